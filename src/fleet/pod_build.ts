// What the server of a pod will be on the GPUs of its node, or why it cannot be.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { PodLife } from "./pod_life.ts";
import type { Ending } from "./pod_stages.ts";
import type { CannotStart } from "./pod_template.ts";

/** Clear as soon as the process sees its GPUs. Undefined: its serving is not simulated. */
export function builtServer(life: PodLife): ServingEngine | CannotStart | undefined {
  const { pod, name, host, template } = life;
  const node = life.node!;
  if (node.gpusOf(name).some((gpu) => node.devices.health.dead[gpu])) {
    const cannotStart = "CUDA error: no CUDA-capable device is detected";
    return { cannotStart, beforeLoading: true };
  }
  const refused = host.troubles.refusal(pod, "imported");
  return refused
    ? { cannotStart: refused.message, exitCode: refused.exitCode, beforeLoading: true }
    : template.engine(node, name);
}

/** Why it ends once its engine is up. */
export function refusedWhenUp({ host, pod }: PodLife): Ending | undefined {
  const refused = host.troubles.refusal(pod, "initialised");
  return refused && { word: "Error", exitCode: refused.exitCode, message: refused.message };
}
