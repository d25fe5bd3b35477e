// One pod template that a workload has or had, and the hash by which it is known again. Knows no pod.

import { type GroupPlace, replicaSetName } from "../kube/names.ts";
import type { Json } from "../kube/object.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import type { Node } from "./nodes.ts";
import type { PodTemplate } from "./pod_template.ts";
import type { WorkloadPlan } from "./workload_plan.ts";

/** A pod's place in its group, and the kind of GPUs that each of the workers has. */
export interface PlaceInGroup {
  readonly place: GroupPlace;
  workerGpus(): readonly (GpuFacts | undefined)[];
}

/** How a pod of it serves on a node, see `PodTemplate`. */
export type Serve = (
  node: Node,
  pod: string,
  place: PlaceInGroup | undefined,
) => ReturnType<PodTemplate["engine"]>;

export interface TemplateRevision {
  readonly plan: WorkloadPlan;
  readonly engine: Serve;
  /** `pod-template-hash` of a Deployment, `template-revision-hash` of a LeaderWorkerSet. */
  readonly hash: string;
}

/** Of the workload of this name. The same template gives the same hash, whatever was in between. */
export function templateRevision(
  workload: string,
  plan: WorkloadPlan,
  engine: Serve,
): TemplateRevision {
  const hash = replicaSetName(workload, inOrder(templateOf(plan))).slice(workload.length + 1);
  return { plan, engine, hash };
}

/** What of a plan is in its pods; the rest follows from it, or is in the workload's own spec. */
function templateOf({ groupSize, image, resources, template, worker, told }: WorkloadPlan): Json {
  return {
    image,
    resources,
    template,
    ...(groupSize === undefined ? {} : { groupSize }),
    ...(worker && { worker }),
    ...(told === undefined ? {} : { told }),
  };
}

/** JSON with the keys in order: how an object was put together is no part of it. */
function inOrder(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}
