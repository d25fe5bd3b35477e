// Many simulated runs, one after the other out of a pool, with a line that says how far they are.

import type { Console } from "./console.ts";
import { RunProgress } from "./run_progress.ts";
import { inOrder, type SeedJob, type SeedPool, type SeedResult } from "./seed_pool.ts";

/** The results in the order of the jobs; a terminal shows a bar meanwhile. */
export async function* runJobs<J extends SeedJob>(
  pool: SeedPool,
  jobs: readonly J[],
  console: Console,
): AsyncGenerator<readonly [J, SeedResult]> {
  const progress = new RunProgress(console, jobs.length);
  try {
    progress.draw();
    yield* inOrder(pool, jobs, () => ({}), (job) => progress.end(job));
  } finally {
    progress.clear();
  }
}
