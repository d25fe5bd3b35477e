// A run that was recorded as what `top` shows.

import { basename } from "node:path";
import { type Act, actWords } from "../fleet/acts.ts";
import type { FleetEvent } from "../fleet/events.ts";
import { fold } from "../fleet/fold.ts";
import { type FleetState, initialState } from "../fleet/state.ts";
import { type LogFile, openLog } from "../log/file_reader.ts";
import { formatDuration } from "../sim/duration.ts";
import type { LiveSource, SourceHand } from "../tui/source.ts";
import { validateEvent } from "./fleet_log.ts";
import type { OpenedSource } from "./opened_source.ts";
import { quotedWord, shellWord } from "./shell_word.ts";
import { slosOfScenario } from "./slos.ts";

/** Reads a run file as its events are wanted. Throws as `openLog` does. */
export async function openRecording(path: string): Promise<OpenedSource> {
  const log = await openLog(path, { validate: validateEvent });
  return {
    source: new LogSource(log, `log ${basename(path)}`),
    finite: true,
    slos: slosOfScenario(log.header.scenario),
    warning: () =>
      log.ending === undefined || log.ending.kind === "whole" ? undefined : log.ending.message,
  };
}

/** What is recorded stays as it is: the command line that makes another future of it. */
function branchAdvice({ path, header }: LogFile, act: Act, service: string, atUs: number): string {
  const { changes } = (header.scenario ?? {}) as { changes?: unknown };
  const place = Array.isArray(changes) ? changes.length : 0;
  const when = formatDuration(atUs);
  const change = JSON.stringify({ kind: "act", act, service, when });
  return `Cannot ${actWords(act)} the rollout in the past; for another future: mtop run --from ` +
    `${shellWord(path)} --at ${when} --set ${quotedWord(`changes[${place}]=${change}`)}`;
}

/** A log, folded up to the instant that is asked for; it is read once, from the front. */
export class LogSource implements LiveSource {
  readonly label: string;
  readonly hand: SourceHand;
  readonly #batches: AsyncIterator<readonly unknown[]>;
  #state: FleetState = initialState();
  #batch: readonly FleetEvent[] = [];
  #next = 0;
  #nowUs = 0;
  #ended = false;

  constructor(log: LogFile, label: string) {
    this.label = label;
    this.#batches = log.events();
    this.hand = {
      possible: () => [],
      act: (rollout, act) => {
        const service = this.state.rollouts[rollout]?.service ?? rollout;
        return branchAdvice(log, act, service, this.#nowUs);
      },
      faults: () => [],
      begin: (fault) => `Cannot begin ${fault} in the past`,
    };
  }

  get state(): FleetState {
    return this.#state;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Throws a `LogReadError` when the file cannot be read any more. */
  async advance(untilUs: number, pause: () => boolean = () => false): Promise<boolean> {
    while (!this.#ended) {
      if (!this.#foldUntil(untilUs)) {
        this.#nowUs = Math.max(this.#nowUs, untilUs);
        return true;
      }
      const { value, done } = await this.#batches.next();
      this.#ended = done === true;
      this.#batch = done ? [] : value as readonly FleetEvent[];
      this.#next = 0;
      // After a batch, not before it: whoever always says so gets to the end all the same.
      if (!this.#ended && pause()) return false;
    }
    return true;
  }

  /** True when the batch is used up, and what comes next is still to be read. */
  #foldUntil(untilUs: number): boolean {
    for (; this.#next < this.#batch.length; this.#next++) {
      const event = this.#batch[this.#next]!;
      if (event.at > untilUs) return false;
      this.#state = fold(this.#state, event);
      this.#nowUs = Math.max(this.#nowUs, event.at);
    }
    return true;
  }
}
