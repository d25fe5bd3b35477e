// What a run leaves out of GPUs on which pods take turns (time-slicing): their memory and time are shared.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { Problem } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";

/**
 * Time-slicing divides no memory: vLLM refuses to start where less than its `--gpu-memory-utilization` is
 * free. Neither that nor the others' steps are simulated.
 */
export function sharingWarnings(
  { cluster }: ParsedScenario,
  services: readonly ServicePlan[],
): Problem[] {
  return cluster.nodes.flatMap(({ timeSlicing }, index) => {
    if (timeSlicing === undefined) return [];
    const greedy = services.find(({ serving }) =>
      serving !== undefined && serving.gpuMemoryUtilization * timeSlicing > 1
    );
    const share = greedy?.serving?.gpuMemoryUtilization;
    const why = share === undefined
      ? ""
      : `; ${timeSlicing} of "${
        greedy!.name
      }" would not start on one: each takes ${share} of its ` +
        `memory (--gpu-memory-utilization)`;
    const message = `Pods that take turns on a GPU are simulated as if each had it alone${why}`;
    return [{ path: `cluster.nodes[${index}].timeSlicing`, message }];
  });
}
