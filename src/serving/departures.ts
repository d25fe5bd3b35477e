// Whose prompt or answer a step has brought to its end, and how requests leave an engine: whom it tells,
// and what becomes of their blocks and rows.

import type { Batch } from "./batch.ts";
import type { Listeners, RequestEnd } from "./engine_news.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "./requests.ts";
import type { TokenLedger } from "./token_ledger.ts";

export class Departures {
  readonly #table: RequestTable;
  readonly #batch: Batch;
  readonly #ledger: TokenLedger;
  readonly #listeners: Listeners;
  /** It computes prompts for other engines. */
  readonly #prefills: boolean;
  /** Prompts that another engine has yet to fetch. */
  readonly #kept = new Set<RequestId>();

  constructor(
    table: RequestTable,
    batch: Batch,
    ledger: TokenLedger,
    listeners: Listeners,
    prefills: boolean,
  ) {
    this.#table = table;
    this.#batch = batch;
    this.#ledger = ledger;
    this.#listeners = listeners;
    this.#prefills = prefills;
  }

  /** Of those who decode, the ones whose answers are whole at this token clock. */
  finishDecoding(clock: number, nowUs: number): void {
    const { decoders } = this.#batch;
    if (decoders.count === 0 || decoders.nextFinishClock() > clock) return;
    const { lastTokenUs } = this.#table.columns;
    for (const id of decoders.takeFinished(clock)) {
      this.#ledger.dropSurplus(id);
      lastTokenUs[id] = nowUs;
      this.complete(id);
    }
  }

  /** Of those whose prompts had a part in the step: who has all of it computed gets a token. */
  finishPrompts(clock: number, nowUs: number): void {
    const { chunks } = this.#batch;
    if (chunks.length === 0) return;
    const { generatedTokens, computedTokens, scheduledTokens, outputTokens } = this.#table.columns;
    for (let place = 0; place < chunks.length; place++) {
      const id = chunks.at(place);
      computedTokens[id]! += scheduledTokens[id]!;
      scheduledTokens[id] = 0;
      if (computedTokens[id]! < this.#table.known(id)) continue;
      if (this.#prefills) {
        this.keep(id);
        continue;
      }
      this.#ledger.token(id, nowUs);
      if (generatedTokens[id] === outputTokens[id]) this.complete(id);
      else this.#batch.decode(id, clock);
    }
    chunks.clear();
  }

  /** A running request has its whole answer, or as much of it as its server gives. */
  complete(id: RequestId): void {
    const { cut, columns } = this.#table;
    const isCut = cut.size > 0 && cut.has(id);
    if (!isCut) this.#ledger.completed(id);
    this.#batch.leave(id);
    columns.state[id] = REQUEST_STATE.ended;
    if (isCut) this.fail(id);
    else this.#end(id, "completed");
  }

  /** One that is in no batch any more fails. */
  fail(id: RequestId): void {
    this.#ledger.window(id).failed(this.#table.tallyOf(id).load);
    this.#end(id, "failed");
  }

  /** One is not taken. */
  reject(id: RequestId): void {
    this.#ledger.window(id).rejected(this.#table.tallyOf(id).load);
    this.#end(id, "rejected");
  }

  #end(id: RequestId, end: RequestEnd): void {
    this.#listeners.onEnd?.(id, end);
    this.#table.remove(id);
  }

  /** A prompt is computed for another engine; the client's first token comes from there. */
  keep(id: RequestId): void {
    this.#ledger.prefilled(id);
    this.#batch.keep(id);
    this.#table.columns.state[id] = REQUEST_STATE.kept;
    this.#kept.add(id);
    this.#listeners.onPrefilled?.(id);
  }

  /** The other engine has it: its blocks are free. */
  handedOver(id: RequestId): void {
    this.#kept.delete(id);
    this.#batch.free(id);
    this.#table.remove(id);
  }

  /** All that was kept is gone with the process. */
  loseKept(): void {
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const id of kept) {
      this.#listeners.onLost?.(id);
      this.#table.remove(id);
    }
  }
}
