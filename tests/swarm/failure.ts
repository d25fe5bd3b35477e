// What is wrong with a scenario or with the loads of a seed, as text: one run of the swarm.
import { compareOnce } from "../unit/serving/reference_comparison.ts";
import { checkRun } from "./invariants.ts";
import { randomScenario } from "./scenarios.ts";
import type { Json } from "./shrink.ts";

/** What is wrong with a seed's run, or with its engine beside the reference; undefined for nothing. */
export function failureOf(seed: number): { text: string; data?: Json } | undefined {
  const data = randomScenario(seed) as Json;
  const text = errorOf(() => checkRun(data));
  if (text !== undefined) return { text, data };
  const differs = errorOf(() => compareOnce(seed));
  return differs === undefined ? undefined : { text: differs };
}

/** The invariant that a scenario breaks, or the error it throws, without what differs between runs. */
export function brokenInvariant(data: Json): string | undefined {
  const message = errorOf(() => checkRun(data))?.split("\n")[0];
  return message?.replace(/^\w*Error(?: \[\w+\])?: /, "").replace(/:.*/, "").replaceAll(
    /\d+/g,
    "N",
  );
}

function errorOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.stack ?? error.message : String(error);
  }
}

/** A scenario file of such data, which runs with the project's other scenarios. */
export function scenarioFile(seed: number, why: string, data: Json): string {
  const reason = why.split("\n")[0]!;
  return `// Seed ${seed} of the swarm, made smaller: ${reason}
// deno task swarm --file swarm-${seed}.ts
export default ${JSON.stringify(data, null, 2)};
`;
}
