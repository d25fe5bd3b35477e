// Many simulated runs, one after the other out of a pool, with a line that says how far they are.

import type { Console } from "./console.ts";
import { ProgressLine } from "./console.ts";
import { nowMs } from "./drive.ts";
import { inOrder, type SeedJob, type SeedPool, type SeedResult } from "./seed_pool.ts";

const BAR_WIDTH = 24;

/** The results in the order of the jobs; a terminal shows a bar meanwhile. */
export async function* runJobs<J extends SeedJob>(
  pool: SeedPool,
  jobs: readonly J[],
  console: Console,
): AsyncGenerator<readonly [J, SeedResult]> {
  const progress = new ProgressLine(console);
  const startMs = nowMs();
  let done = 0;
  try {
    progress.show(barText(0, jobs.length, 0));
    for await (const each of inOrder(pool, jobs)) {
      done++;
      progress.show(barText(done, jobs.length, nowMs() - startMs));
      yield each;
    }
  } finally {
    progress.clear();
  }
}

/** `[######------------------] 12 of 48 runs, 30 s left`. */
export function barText(done: number, all: number, elapsedMs: number): string {
  const filled = all === 0 ? BAR_WIDTH : Math.floor(BAR_WIDTH * done / all);
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, "-");
  const left = done === 0 ? "" : `, ${Math.ceil(elapsedMs / done * (all - done) / 1000)} s left`;
  return `[${bar}] ${done} of ${all} runs${left}`;
}
