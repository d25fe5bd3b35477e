// What an engine's metrics say, which is behind how its scheduler stands; it changes nothing.

import type { Batch } from "./batch.ts";
import type { EngineGauges } from "./engine_news.ts";
import type { Inbox } from "./inbox.ts";
import type { Steps } from "./steps.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const nothing = (): Mutable<EngineGauges> => ({ running: 0, waiting: 0, usedBlocks: 0 });

/**
 * vLLM tells its counts with each step's output (`EngineCore.step`: schedule, execute,
 * `update_from_output`, which ends with `make_stats`), and its scheduler hears of new requests when a
 * step begins. So who came during the step in progress, or was admitted with it, is not in its metrics
 * yet: with a long prompt in a step that is most of a second.
 */
export class Gauges {
  readonly #batch: Batch;
  readonly #inbox: Inbox;
  readonly #steps: Steps;
  /** Of the last step that ended, but for those of a span in progress. */
  readonly #last = nothing();
  /** Of the last step of a span in progress, when somebody asks. */
  readonly #now = nothing();

  constructor(batch: Batch, inbox: Inbox, steps: Steps) {
    this.#batch = batch;
    this.#inbox = inbox;
    this.#steps = steps;
  }

  /** What they say, of an engine that is settled; to be read at once, it is written over. */
  get current(): EngineGauges {
    const { toldStartedUs } = this.#steps;
    return toldStartedUs === undefined ? this.#last : this.#take(toldStartedUs, this.#now);
  }

  /** A step that began then has ended, and its output is told. */
  tell(startedUs: number): void {
    this.#take(startedUs, this.#last);
  }

  /** The process is gone. */
  clear(): void {
    Object.assign(this.#last, nothing());
  }

  #take(startedUs: number, gauges: Mutable<EngineGauges>): EngineGauges {
    const { running, waiting, usedBlocks } = this.#batch;
    gauges.running = running;
    gauges.waiting = waiting + this.#inbox.visible(startedUs);
    gauges.usedBlocks = usedBlocks;
    return gauges;
  }
}
