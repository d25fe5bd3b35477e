// Moves a source on as fast as its speed says against the wall clock, breathing often enough for keys.

import type { LiveSource } from "./source.ts";

/** A source gives way to keys and signals this often. */
const BREATH_MS = 30;
/** A source that is too slow for its speed is behind by no more than this, wall time. */
const BACKLOG_MS = 1000;

export class Pace {
  readonly #source: LiveSource;
  readonly #nowMs: () => number;
  #lastMs: number;
  #dueUs: number;
  #standing = false;

  constructor(source: LiveSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
    this.#dueUs = source.nowUs;
  }

  /**
   * Takes the source towards where it ought to be by now, for one breath at most. `speed` is virtual
   * seconds a second, 0 stands still; `stepUs` goes on by so much in any case. True when it is there.
   */
  async advance(speed: number, stepUs = 0): Promise<boolean> {
    const source = this.#source;
    const nowMs = this.#nowMs();
    const elapsedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (source.ended) return true;
    if (speed > 0) this.#dueUs = this.#goingOn(elapsedMs, speed);
    // Whoever pauses sees this instant: what a slow source still owes is forgotten.
    else if (!this.#standing) this.#dueUs = source.nowUs;
    this.#standing = speed === 0;
    this.#dueUs += stepUs;
    if (this.#dueUs <= source.nowUs) return true;
    const breathAtMs = nowMs + BREATH_MS;
    return await source.advance(Math.floor(this.#dueUs), () => this.#nowMs() >= breathAtMs);
  }

  #goingOn(elapsedMs: number, speed: number): number {
    if (speed === Infinity) return Infinity;
    const mostUs = this.#source.nowUs + BACKLOG_MS * 1000 * speed;
    return Math.min(this.#dueUs + elapsedMs * 1000 * speed, mostUs);
  }
}
