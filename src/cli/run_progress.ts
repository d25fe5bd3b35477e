// How far many runs are: a bar with what is left on a terminal, nothing anywhere else.

import { formatInstant } from "../view/format.ts";
import { type Console, ProgressLine } from "./console.ts";
import { nowMs } from "./drive.ts";
import type { JobListener } from "./seed_job.ts";

const CELLS = 24;
/** A terminal is written to no more often than that. */
const PAUSE_MS = 100;
/** A guess from less than this share is none. */
const LEAST_DONE = 0.01;

export interface Progress {
  /** Runs that ended, of how many. */
  readonly done: number;
  readonly total: number;
  /** Absent where runs are not judged. */
  readonly passed?: number;
  /** Runs' worth of what is simulated of those that did not end. */
  readonly underWay: number;
  readonly elapsedMs: number;
}

/** `███░░░ 12/100, 12 passed, 41s left`. */
export function barText({ done, total, passed, underWay, elapsedMs }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, (done + underWay) / total);
  const full = Math.floor(share * CELLS);
  const bar = "█".repeat(full) + "░".repeat(CELLS - full);
  const left = share < LEAST_DONE
    ? ""
    : `, ${formatInstant(Math.ceil(elapsedMs * (1 - share) / share / 1000) * 1e6)} left`;
  return `${bar} ${done}/${total}${passed === undefined ? "" : `, ${passed} passed`}${left}`;
}

/** Counts runs, and draws them on standard error. */
export class RunProgress {
  readonly #line: ProgressLine;
  readonly #startMs = nowMs();
  /** What share of each run under way is simulated. */
  readonly #shares = new Map<object, number>();
  #total: number;
  #done = 0;
  #passed: number | undefined;
  #drawnMs = -Infinity;

  constructor(console: Console, total: number) {
    this.#line = new ProgressLine(console);
    this.#total = total;
  }

  /** Runs fewer are to be done than were thought. */
  leaveOut(runs: number): void {
    this.#total -= runs;
  }

  /** Hears how far a run is, whose key is its own; nothing is to be told where nobody sees it. */
  listenerOf(run: object, durationUs: number): JobListener {
    if (!this.#line.isShown) return {};
    return { progress: (us) => this.#advance(run, us / durationUs) };
  }

  #advance(run: object, share: number): void {
    this.#shares.set(run, share);
    this.draw();
  }

  /** A run ended; `passed` says how, where it is judged. */
  end(run: object, passed?: boolean): void {
    this.#shares.delete(run);
    this.#done++;
    if (passed !== undefined) this.#passed = (this.#passed ?? 0) + (passed ? 1 : 0);
    this.draw();
  }

  draw(): void {
    if (nowMs() - this.#drawnMs < PAUSE_MS) return;
    this.#drawnMs = nowMs();
    const underWay = [...this.#shares.values()].reduce((sum, share) => sum + share, 0);
    const elapsedMs = nowMs() - this.#startMs;
    const passed = this.#passed === undefined ? {} : { passed: this.#passed };
    const counts = { done: this.#done, total: this.#total, ...passed };
    this.#line.show(barText({ ...counts, underWay, elapsedMs }));
  }

  /** Before anything else is written to the terminal. */
  clear(): void {
    this.#line.clear();
    this.#drawnMs = -Infinity;
  }
}
