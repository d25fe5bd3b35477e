// A source moved on and printed again and again, for whoever cannot be drawn on: a dumb terminal, a pipe.

import { Pace } from "./pace.ts";
import type { LiveSource } from "./source.ts";

export interface PrintingOptions {
  readonly speed: number;
  readonly refreshMs: number;
  readonly stop: AbortSignal;
  /** False once nobody reads any more. */
  print(source: LiveSource): boolean;
}

/** Prints at once and at every refresh, until the source ends, nobody reads, or `stop` says so. */
export async function printAgain(source: LiveSource, options: PrintingOptions): Promise<void> {
  const { speed, refreshMs, stop, print } = options;
  const pace = new Pace(source, () => performance.now());
  let printAtMs = performance.now();
  while (!stop.aborted) {
    const arrived = await pace.advance(speed);
    if (performance.now() >= printAtMs || source.ended) {
      if (!print(source) || source.ended) return;
      printAtMs = performance.now() + refreshMs;
    }
    await rest(arrived ? printAtMs - performance.now() : 0, stop);
  }
}

function rest(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    stop.addEventListener("abort", done);
  });
}
