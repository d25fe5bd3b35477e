// What becomes of single requests: engines get them, clients give them up, and the log may have a row each.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { RequestId, RequestKind, RequestTable, SharedContent } from "../serving/requests.ts";
import type { StepTime } from "../serving/step_time.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import { HandOffs } from "./hand_off.ts";
import type { Journal } from "./journal.ts";
import { refusedRow, type RequestPlace, requestRow } from "./request_rows.ts";

/** What the requests of one load have in common. */
export interface ClientKind extends RequestKind {
  /** The load's name. */
  readonly load?: string;
  /** So long after it arrived its client gives a request up. */
  readonly timeoutUs?: number;
}

/** A request that arrives now. */
export interface FleetRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly warmup: boolean;
  readonly kind: ClientKind;
  readonly content: SharedContent | undefined;
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
  readonly #kinds: ClientKind[] = [];
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

  /** Hears of the end of every request of an engine; before it takes the first. */
  watch(engine: ServingEngine, place: RequestPlace, stepTime: StepTime): void {
    engine.onEnd = (id, end) => {
      if (this.#timeouts.size > 0) this.#forget(id);
      this.handOffs.ended(id);
      const timedOut = this.#givenUp.delete(id);
      if (!this.#rows) return;
      const fate = end === "failed"
        ? { outcome: end, reason: timedOut ? "timeout" : "lost" } as const
        : { outcome: end };
      const { columns } = this.table;
      this.#journal.tell(requestRow(columns, id, fate, place, this.#kinds[id]!, stepTime));
    };
  }

  serve(engine: ServingEngine, request: FleetRequest): void {
    const nowUs = this.#clock.nowUs;
    this.#send(engine, this.#add(request, nowUs), request.kind, nowUs);
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
  ): void {
    const engine = decode.engine!;
    const arrivedUs = this.#clock.nowUs;
    const prompt = this.#add(request, arrivedUs);
    this.handOffs.whenPrefilled(prompt, () => {
      this.#forget(prompt);
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
    const { promptTokens, outputTokens, warmup, kind, content } = request;
    const id = this.table.add(arrivedUs, promptTokens, outputTokens, warmup, kind, content);
    if (this.#rows) this.#kinds[id] = kind;
    return id;
  }

  #send(engine: ServingEngine, id: RequestId, { timeoutUs }: ClientKind, arrivedUs: number): void {
    if (timeoutUs !== undefined) {
      const giveUp = () => {
        this.#timeouts.delete(id);
        this.#givenUp.add(id);
        this.handOffs.giveUp(id);
        engine.abort(id);
      };
      this.#timeouts.set(id, this.#clock.at(arrivedUs + timeoutUs, giveUp));
    }
    engine.submit(id);
  }

  refused(
    how: "rejected" | "failed",
    place: RequestPlace,
    { promptTokens, warmup, kind }: FleetRequest,
    arrivedUs = this.#clock.nowUs,
  ): void {
    if (!this.#rows) return;
    this.#journal.tell(refusedRow(how, place, kind, arrivedUs, promptTokens, warmup));
  }

  #forget(id: RequestId): void {
    const timeout = this.#timeouts.get(id);
    if (timeout === undefined) return;
    this.#clock.cancel(timeout);
    this.#timeouts.delete(id);
  }
}
