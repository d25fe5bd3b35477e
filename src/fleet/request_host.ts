// What becomes of single requests: engines get them, clients give them up, and the log may have a row each.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { RequestId, RequestKind, RequestTable, SharedContent } from "../serving/requests.ts";
import type { StepTime } from "../serving/step_time.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import type { Journal } from "./journal.ts";
import { refusedRow, type RequestPlace, requestRow } from "./request_rows.ts";

/** What the requests of one load have in common. */
export interface ClientKind extends RequestKind {
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

export class RequestHost {
  readonly table: RequestTable;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #rows: boolean;
  readonly #timeouts = new Map<RequestId, EventHandle>();

  /** `rows`: each request is told when it ends. */
  constructor(table: RequestTable, clock: Clock, journal: Journal, rows: boolean) {
    this.table = table;
    this.#clock = clock;
    this.#journal = journal;
    this.#rows = rows;
  }

  /** Hears of the end of every request of an engine; before it takes the first. */
  watch(engine: ServingEngine, place: RequestPlace, stepTime: StepTime): void {
    engine.onEnd = (id, end) => {
      if (this.#timeouts.size > 0) this.#forget(id);
      if (!this.#rows) return;
      this.#journal.tell(requestRow(this.table.columns, id, end, place, stepTime));
    };
  }

  serve(engine: ServingEngine, request: FleetRequest): void {
    const { promptTokens, outputTokens, warmup, kind, content } = request;
    const nowUs = this.#clock.nowUs;
    const id = this.table.add(nowUs, promptTokens, outputTokens, warmup, kind, content);
    if (kind.timeoutUs !== undefined) {
      const giveUp = () => {
        this.#timeouts.delete(id);
        engine.abort(id);
      };
      this.#timeouts.set(id, this.#clock.after(kind.timeoutUs, giveUp));
    }
    engine.submit(id);
  }

  refused(how: "rejected" | "failed", place: RequestPlace, request: FleetRequest): void {
    if (!this.#rows) return;
    const { promptTokens, warmup } = request;
    this.#journal.tell(refusedRow(how, place, this.#clock.nowUs, promptTokens, warmup));
  }

  #forget(id: RequestId): void {
    const timeout = this.#timeouts.get(id);
    if (timeout === undefined) return;
    this.#clock.cancel(timeout);
    this.#timeouts.delete(id);
  }
}
