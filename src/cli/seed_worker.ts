// Runs inside a worker that may touch nothing: jobs come in one at a time, progress and results go out.

import type { Plan } from "../scenario/plan.ts";
import { type FromWorker, planOfJob, runJob, type ToWorker } from "./seed_job.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};

/** The scenario of the job before: the next one is often of the same. */
let last: { readonly data: unknown; readonly planned: Plan } | undefined;

async function answer(job: ToWorker): Promise<FromWorker> {
  const { id, seed, acts = [], flags, scenario, progress, lines } = job;
  try {
    if (scenario) {
      const data: unknown = JSON.parse(scenario.json);
      last = { data, planned: scenario.planned ?? planOfJob(data) };
    }
    const { data, planned } = last!;
    const listener = {
      ...(progress
        ? { progress: (us: number) => scope.postMessage({ id, say: "progress", virtualUs: us }) }
        : {}),
      ...(lines
        ? { lines: (lines: readonly string[]) => scope.postMessage({ id, say: "lines", lines }) }
        : {}),
    };
    // Nothing stops a job in here: the pool ends the whole worker.
    const result = await runJob(planned, { data, seed, acts }, flags, undefined, listener);
    return { id, say: "done", result: result! };
  } catch (error) {
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    return { id, say: "failed", stack };
  }
}

scope.onmessage = async ({ data: job }) => scope.postMessage(await answer(job));
