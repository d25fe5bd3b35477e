// What a workload is to be, whatever it serves: types alone.

import type { Role } from "../kube/names.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import type { StartupPlan } from "../serving/startup.ts";
import type { ScalingPlan } from "./autoscale/scaling_plan.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";
import type { UpdateStrategy } from "./update_strategy.ts";

export interface WorkloadPlan {
  readonly role: Role;
  readonly replicas: number;
  /** Pods of one replica; undefined for a Deployment, whose replicas are pods. */
  readonly groupSize?: number;
  readonly image: string;
  /** What a pod's container asks for, GPUs included. */
  readonly resources: JsonObject;
  /** The PodSpec of a pod, of a group's leader where there are groups: `spec.template` as rendered. */
  readonly template: JsonObject;
  /** The PodSpec of a group's other pods: `spec.worker` as rendered. */
  readonly worker?: JsonObject;
  /** What one pod asks of a node. */
  readonly needs: PodNeeds;
  /** What each of a group's other pods asks of a node. */
  readonly workerNeeds?: PodNeeds;
  readonly startup: StartupPlan;
  /** Who decides on the replicas, where they are not fixed. */
  readonly scaling?: ScalingPlan;
  /** What else of its object its pods are told: where that differs, they are other pods. */
  readonly told?: Json;
  /** Absent: as Kubernetes has it where nothing is said. */
  readonly update?: UpdatePlan;
}

/** How it goes from one template to the next. */
export interface UpdatePlan {
  readonly strategy?: UpdateStrategy;
  /** A pod must be ready for so long to be available; default 0. */
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
  readonly revisionHistoryLimit?: number;
}
