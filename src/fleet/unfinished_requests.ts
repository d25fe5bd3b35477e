// Requests that a run's end finds in flight: those that can be good no more are told, whatever holds them.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { EngineWindows } from "../serving/limits.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "../serving/requests.ts";
import { classOf, type FleetRequest } from "./fleet_request.ts";

/** One that no engine has yet. */
export interface OpenRequest {
  readonly request: FleetRequest;
  /** When this attempt came to the gateway. */
  readonly sinceUs: number;
}

/** Tells of one without a token so far: each of its latencies is at least its age. */
export function tellOpen(
  { request, sinceUs }: OpenRequest,
  windows: EngineWindows,
  nowUs: number,
): void {
  const { attempt, gatewayTry, kind } = request;
  const ageUs = nowUs - (attempt?.firstUs ?? gatewayTry?.arrivedUs ?? sinceUs);
  windows[classOf(request)].unfinished(ageUs, 0, ageUs, kind.slo, kind.countedAs);
}

/** Those that engines have. */
export class UnfinishedRequests {
  readonly #table: RequestTable;
  /** By request; a row that is used again is written over. */
  readonly #engines: ServingEngine[] = [];
  readonly #windows = new WeakMap<ServingEngine, EngineWindows>();

  constructor(table: RequestTable) {
    this.#table = table;
  }

  /** Requests of this engine are counted there. */
  watch(engine: ServingEngine, windows: EngineWindows): void {
    this.#windows.set(engine, windows);
  }

  served(id: RequestId, engine: ServingEngine): void {
    this.#engines[id] = engine;
  }

  /** Engines have settled before. */
  tell(nowUs: number): void {
    // Of what was prefilled for another engine that one has the request.
    const { state } = this.#table.columns;
    for (const id of this.#table.openIds()) {
      if (state[id] !== REQUEST_STATE.kept) this.#tell(id, nowUs);
    }
  }

  #tell(id: RequestId, nowUs: number): void {
    const { columns, slos } = this.#table;
    const { firstSentUs, firstTokenUs, generatedTokens, outputTokens } = columns;
    const engine = this.#engines[id]!;
    const sentUs = firstSentUs[id]!;
    const has = generatedTokens[id]! > 0 || columns.state[id] === REQUEST_STATE.decoding;
    // What a server has put out its client need not have.
    const firstUs = has && !engine.held?.holdsFirst(id) ? firstTokenUs[id]! : nowUs;
    // Its last token comes after now.
    const gaps = outputTokens[id]! - 1;
    const tpotUs = gaps > 0 ? Math.round((nowUs - firstUs) / gaps) : 0;
    const { class_, load } = this.#table.tallyOf(id);
    const window = this.#windows.get(engine)![class_];
    window.unfinished(firstUs - sentUs, tpotUs, nowUs - sentUs, slos[id], load);
  }
}
