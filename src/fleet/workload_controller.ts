// What a workload's controller does, whichever kind it is, and what it is given to do it with: types alone.

import type { GroupPlace } from "../kube/names.ts";
import type { JsonObject } from "../kube/object.ts";
import type { Pod } from "./pod.ts";
import type { PodGroup } from "./pod_group.ts";
import type { PodBirth, PodHost } from "./pod_template.ts";
import type { TemplateRevision } from "./template_revision.ts";

/** Keeps as many pods of the right template alive as are wanted. */
export interface WorkloadController {
  readonly pods: readonly Pod[];
  /** Replicas that are ready: pods, or groups all of whose pods are. */
  readonly readyReplicas: number;
  /** Pods that requests are sent to: of a group its leader, once all of the group is ready. */
  readonly endpoints: readonly Pod[];
  /** Of them and of those that are not ready, those of the present template. */
  readonly updatedReplicas: number;
  readonly progress: WorkloadProgress;
  /** The next time it is reconciled it goes to this template. */
  update(template: TemplateRevision): void;
  /** `birth` is when pods are made that are made now; absent: now. */
  reconcile(replicas: number, host: PodHost, birth?: PodBirth): void;
  /** The `status` of its object. */
  statusObject(replicas: number, generation: number): JsonObject;
}

/** How far an update is, in replicas. */
export interface WorkloadProgress {
  /** All that are there but for those that terminate. */
  readonly replicas: number;
  /** Of the present template. */
  readonly updated: number;
  /** Of any template. */
  readonly available: number;
  /** Nothing of it has moved for longer than its deadline. */
  readonly overdue: boolean;
}

/** A pod's place in a group. */
export interface GroupMember {
  readonly place: GroupPlace;
  readonly group: PodGroup;
}

/** The workload that a controller works for. */
export interface WorkloadContext {
  readonly name: string;
  readonly namespace: string;
  makePod(
    revision: TemplateRevision,
    name: string,
    labels: Readonly<Record<string, string>>,
    host: PodHost,
    birth: PodBirth,
    member?: GroupMember,
  ): Pod;
}
