// What is said to an engine between two steps, until the step in progress is over: requests that were
// given up, and keys and values that are here or not to be had.

import type { Batch } from "./batch.ts";
import type { Departures } from "./departures.ts";
import type { Inbox } from "./inbox.ts";
import type { RequestId } from "./requests.ts";
import type { Steps } from "./steps.ts";

export interface Interrupted {
  readonly batch: Batch;
  readonly inbox: Inbox;
  readonly steps: Steps;
  readonly departures: Departures;
}

export class Interruptions {
  readonly #engine: Interrupted;
  /** Given up since the last boundary. */
  readonly #aborted: RequestId[] = [];
  /** Loads that are over since then, and whether they brought what was asked for. */
  readonly #loaded: { readonly id: RequestId; readonly brought: boolean }[] = [];

  constructor(engine: Interrupted) {
    this.#engine = engine;
  }

  abort(id: RequestId): void {
    this.#aborted.push(id);
  }

  loaded(id: RequestId, brought: boolean): void {
    this.#loaded.push({ id, brought });
  }

  clear(): void {
    this.#aborted.length = 0;
    this.#loaded.length = 0;
  }

  /** The step in which it was given up brings a request no token; the others get theirs. */
  markAborted(): void {
    if (this.#aborted.length === 0) return;
    const { steps, batch } = this.#engine;
    steps.tellAllButLast();
    const { toldClock, toldUs } = steps;
    for (const id of this.#aborted) batch.silence(id, toldClock, toldUs);
  }

  takeAborted(): void {
    if (this.#aborted.length === 0) return;
    const { batch, inbox, departures } = this.#engine;
    // Whoever hears that one failed may give up another.
    for (const id of this.#aborted.splice(0)) {
      if (inbox.remove(id) || batch.drop(id)) departures.fail(id);
    }
  }

  takeLoaded(): void {
    if (this.#loaded.length === 0) return;
    const { loads } = this.#engine.batch;
    for (const { id, brought } of this.#loaded) loads.end(id, brought);
    this.#loaded.length = 0;
  }
}
