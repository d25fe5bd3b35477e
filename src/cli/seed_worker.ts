// Runs inside a worker that may touch nothing, but read own code where it is told to: jobs come in one at a time, progress and results go out.

import type { Definition } from "../fleet/policy/definition.ts";
import { withDefinitions } from "../scenario/own_code.ts";
import type { Plan } from "../scenario/plan.ts";
import { OtherCode, readOwnCode } from "./own_code_source.ts";
import { type FromWorker, type JobFlags, planOfJob, runJob, type ToWorker } from "./seed_job.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};

/** Read once. */
let definitions: readonly Definition[] | undefined;

/** The scenario of the job before: the next one is often of the same. */
let last: { readonly data: unknown; readonly planned: Plan } | undefined;

/** With it where the scenario has any. */
async function withOwnCode(data: unknown, { ownCode }: JobFlags): Promise<unknown> {
  if (!ownCode) return data;
  definitions ??= await readOwnCode(ownCode);
  return withDefinitions(data, definitions);
}

async function answer(job: ToWorker): Promise<FromWorker> {
  const { id, seed, acts = [], flags, scenario, progress, lines } = job;
  try {
    if (scenario) {
      const data = await withOwnCode(JSON.parse(scenario.json), flags);
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
    if (error instanceof OtherCode) return { id, say: "otherCode" };
    const stack = error instanceof Error ? error.stack ?? error.message : String(error);
    return { id, say: "failed", stack };
  }
}

scope.onmessage = async ({ data: job }) => scope.postMessage(await answer(job));
