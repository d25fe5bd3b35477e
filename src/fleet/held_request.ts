// One answer that is whole and waits for the network: its client may give it up, or be told at last.

import type { AttemptOutcome } from "../load/load.ts";
import type { HeldAnswers, WholeAnswer } from "../serving/held_answers.ts";
import type { Clock } from "../sim/clock.ts";
import type { Fact, FailureReason } from "./events.ts";
import { heldRow } from "./request_rows.ts";

/** When somebody gives a request up, and who. */
export interface Deadline {
  readonly atUs: number;
  readonly byClient: boolean;
}

/** Who waits for it. */
export interface HeldClient {
  readonly deadline: Deadline | undefined;
  /** Its row, as if the answer had arrived. */
  readonly row: Fact<"request"> | undefined;
  tellRow(row: Fact<"request">): void;
  /** Whether it sends it again after this. */
  retries(outcome: AttemptOutcome): boolean;
  onEnd(outcome: AttemptOutcome): void;
}

export function holdAnswer(
  held: HeldAnswers,
  answer: WholeAnswer,
  client: HeldClient,
  clock: Clock,
): void {
  const { deadline, row } = client;
  const lose = held.wait(answer, (reason, late) => {
    if (giveUp !== undefined) clock.cancel(giveUp);
    const fate = reason === undefined
      ? { outcome: "completed" } as const
      : { outcome: "failed", reason: reason as FailureReason } as const;
    const outcome = reason === "timeout" ? "timeout" : fate.outcome;
    if (reason !== undefined) answer.window.failed(answer.load);
    if (reason !== undefined && client.retries(outcome)) answer.window.retried(false, answer.load);
    if (row) client.tellRow(heldRow(row, fate, late));
    client.onEnd(outcome);
  });
  const reason = deadline?.byClient ? "timeout" : "gateway-timeout";
  const giveUp = deadline &&
    clock.at(Math.max(deadline.atUs, clock.nowUs), () => lose(reason));
}
