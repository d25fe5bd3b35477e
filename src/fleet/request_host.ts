// What becomes of single requests: engines get them, clients give them up, and the log may have a row each.

import type { Attempt, AttemptOutcome } from "../load/load.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import type { RequestEnd } from "../serving/engine_news.ts";
import type { EngineWindows } from "../serving/limits.ts";
import type { RequestId, RequestKind, RequestTable, SharedContent } from "../serving/requests.ts";
import type { StepTime } from "../serving/step_time.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import { HandOffs } from "./hand_off.ts";
import type { Journal } from "./journal.ts";
import {
  type RefusedFate,
  refusedRow,
  type RequestOrigin,
  type RequestPlace,
  requestRow,
} from "./request_rows.ts";

/** What the requests of one load have in common. */
export interface ClientKind extends RequestKind {
  /** The load's name. */
  readonly load?: string;
  /** So long after it arrived its client gives a request up. */
  readonly timeoutUs?: number;
  /** Its InferenceObjective's priority: the higher the more important, negative ones are shed first. */
  readonly objective?: number;
  /** By which the endpoint picker's flow control tells flows of one priority apart. */
  readonly fairnessId?: string;
}

/** A request that arrives now: one attempt of its client's, whether or not there are more. */
export interface FleetRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly warmup: boolean;
  readonly kind: ClientKind;
  readonly content: SharedContent | undefined;
  /** Requests of equal numbers are one user's; undefined: nobody's in particular. */
  readonly session?: number | undefined;
  /** Called once, at the instant at which it ends for its client. */
  readonly onEnd?: ((outcome: AttemptOutcome) => void) | undefined;
  /** Undefined: the only one. */
  readonly attempt?: Attempt | undefined;
}

/** Whether the client of a request that ended so will send it again. */
export function isRetried({ attempt }: FleetRequest, outcome: AttemptOutcome): boolean {
  return attempt !== undefined && attempt.retryOn.includes(outcome);
}

/** What a request is sent to: a pod and the process in it. */
export interface RequestServer {
  readonly engine: ServingEngine | undefined;
  readonly alive: boolean;
}

export class RequestHost {
  readonly table: RequestTable;
  readonly handOffs: HandOffs;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #rows: boolean;
  readonly #timeouts = new Map<RequestId, EventHandle>();
  /** By request, kept up only where rows are told; a row that is used again is written over. */
  readonly #origins: RequestOrigin[] = [];
  /** Those whose client waits for their end, or will try again. */
  readonly #awaited = new Map<RequestId, FleetRequest>();
  /** Given up by their clients, and not over yet: an engine ends them with its next step. */
  readonly #givenUp = new Set<RequestId>();

  /** `rows`: each request is told when it ends. */
  constructor(table: RequestTable, clock: Clock, journal: Journal, rows: boolean) {
    this.table = table;
    this.handOffs = new HandOffs(clock, table);
    this.#clock = clock;
    this.#journal = journal;
    this.#rows = rows;
  }

  /** Hears of the end of every request of an engine, counted in `windows`; before it takes the first. */
  watch(
    engine: ServingEngine,
    place: RequestPlace,
    stepTime: StepTime,
    windows: EngineWindows,
  ): void {
    engine.onEnd = (id, end) => {
      if (this.#timeouts.size > 0) this.#forget(id);
      this.handOffs.ended(id);
      const timedOut = this.#givenUp.delete(id);
      if (this.#awaited.size > 0) this.#tellClient(id, end, timedOut, stepTime, windows);
      if (!this.#rows) return;
      const fate = end === "failed"
        ? { outcome: end, reason: timedOut ? "timeout" : "lost" } as const
        : { outcome: end };
      const { columns } = this.table;
      this.#journal.tell(requestRow(columns, id, fate, place, this.#origins[id]!, stepTime));
    };
  }

  /** The client of a request that an engine had hears of its end, if it waits for that. */
  #tellClient(
    id: RequestId,
    end: RequestEnd,
    timedOut: boolean,
    { tokenUs, completionUs }: StepTime,
    windows: EngineWindows,
  ): void {
    const request = this.#awaited.get(id);
    if (!request) return;
    this.#awaited.delete(id);
    // What an engine refuses is wrong, and would be wherever it is sent.
    const outcome = timedOut ? "timeout" : end === "rejected" ? "invalid" : end;
    if (isRetried(request, outcome)) windows[request.warmup ? 1 : 0].retried();
    const { onEnd } = request;
    // It heard of its own giving up when it did so.
    if (!onEnd || timedOut) return;
    if (outcome !== "completed") return onEnd(outcome);
    // As its e2e latency is counted: the last token has yet to reach it.
    const onItsWayUs = tokenUs * this.table.columns.outputTokens[id]! + completionUs;
    this.#clock.after(onItsWayUs, () => onEnd("completed"));
  }

  /** Gives the request's row, which stands until it ends. */
  serve(
    engine: ServingEngine,
    request: FleetRequest,
    arrivedUs = this.#clock.nowUs,
  ): RequestId {
    const id = this.#add(request, arrivedUs);
    this.#send(engine, id, request.kind, arrivedUs);
    return id;
  }

  /**
   * The same, its prompt computed by `prefill` first. llm-d's sidecar, which asks for it, is in the pod
   * that is to answer: `unanswered` is called when that is gone by the time the prompt is computed.
   */
  serveSplit(
    prefill: ServingEngine,
    decode: RequestServer,
    request: FleetRequest,
    unanswered: (arrivedUs: number) => void,
    arrivedUs = this.#clock.nowUs,
  ): void {
    const engine = decode.engine!;
    const prompt = this.#add(request, arrivedUs);
    this.handOffs.whenPrefilled(prompt, () => {
      this.#forget(prompt);
      this.#awaited.delete(prompt);
      if (!decode.alive || decode.engine !== engine) {
        this.handOffs.abandon(prefill, prompt);
        unanswered(arrivedUs);
        return;
      }
      const answer = this.#add(request, arrivedUs);
      this.handOffs.begin(prefill, prompt, engine, answer);
      this.#send(engine, answer, request.kind, arrivedUs);
    });
    this.#send(prefill, prompt, request.kind, arrivedUs);
  }

  #add(request: FleetRequest, arrivedUs: number): RequestId {
    const { promptTokens, outputTokens, warmup, kind, content, attempt } = request;
    const id = this.table.add(
      arrivedUs,
      promptTokens,
      outputTokens,
      warmup,
      kind,
      content,
      attempt?.firstUs,
    );
    if (request.onEnd || attempt) this.#awaited.set(id, request);
    if (this.#rows) this.#origins[id] = originOf(request);
    return id;
  }

  #send(engine: ServingEngine, id: RequestId, { timeoutUs }: ClientKind, arrivedUs: number): void {
    if (timeoutUs !== undefined) {
      const giveUp = () => {
        this.#timeouts.delete(id);
        this.#givenUp.add(id);
        this.handOffs.giveUp(id);
        const onEnd = this.#awaited.get(id)?.onEnd;
        engine.abort(id);
        onEnd?.("timeout");
      };
      this.#timeouts.set(id, this.#clock.at(arrivedUs + timeoutUs, giveUp));
    }
    engine.submit(id);
  }

  /** No engine had it, or none has it any more. */
  refused(
    fate: RefusedFate,
    place: RequestPlace,
    request: FleetRequest,
    arrivedUs = this.#clock.nowUs,
  ): void {
    if (this.#rows) {
      const { promptTokens, warmup } = request;
      const row = refusedRow(fate, place, originOf(request), arrivedUs, promptTokens, warmup);
      this.#journal.tell(row);
    }
    request.onEnd?.(outcomeOf(fate));
  }

  #forget(id: RequestId): void {
    const timeout = this.#timeouts.get(id);
    if (timeout === undefined) return;
    this.#clock.cancel(timeout);
    this.#timeouts.delete(id);
  }
}

/** As its client sees it. */
export function outcomeOf({ outcome, reason }: RefusedFate): AttemptOutcome {
  return reason === "timeout" ? "timeout" : outcome;
}

/** The kind itself where that says it all: there are as many of these as loads. */
function originOf({ kind, attempt }: FleetRequest): RequestOrigin {
  return attempt ? { ...kind, attempt: attempt.number } : kind;
}
