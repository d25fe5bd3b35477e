// A workload of a service: a Deployment or a LeaderWorkerSet, and the pods that it keeps alive.

import {
  type GroupPlace,
  nameOfChild,
  podName,
  replicaSetName,
  type Role,
  workloadLabels,
} from "../kube/names.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { StartupPlan } from "../serving/startup.ts";
import { Pod } from "./pod.ts";
import type { PodBirth, PodHost, PodTemplate } from "./pod_template.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";

/** What a workload is to be, whatever it serves. */
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
}

/** How a pod of it serves on a node, see `PodTemplate`. */
export type Serve = PodTemplate["engine"];

export class Workload {
  readonly plan: WorkloadPlan;
  readonly name: string;
  pods: Pod[] = [];
  replicas = 0;
  readonly #owner: KubeObject;
  readonly #engine: Serve;
  #nextOrdinal = 0;

  constructor(plan: WorkloadPlan, owner: KubeObject, engine: Serve) {
    this.plan = plan;
    this.#owner = owner;
    this.#engine = engine;
    this.name = nameOfChild(owner.metadata.name, childOf(plan));
  }

  /** Replicas that are ready: pods, or groups all of whose pods are. */
  get readyReplicas(): number {
    const size = this.plan.groupSize;
    if (size === undefined) return this.pods.filter((pod) => pod.ready).length;
    return this.#groups().filter((pods) => pods.length === size && pods.every((pod) => pod.ready))
      .length;
  }

  /** The pods by group, leaders first; of a Deployment, each on its own. */
  #groups(): Pod[][] {
    const groups = new Map<string, Pod[]>();
    for (const pod of this.pods) {
      const group = groupOf(pod.name, this.name);
      groups.set(group, [...groups.get(group) ?? [], pod]);
    }
    return [...groups.values()];
  }

  /** Makes or ends pods until there are as many as wanted, like a ReplicaSet or an LWS controller. */
  reconcile(host: PodHost, birth: PodBirth): void {
    this.pods = this.pods.filter((pod) => !pod.gone);
    if (this.plan.groupSize === undefined) this.#reconcilePods(host, birth);
    else this.#reconcileGroups(host, birth, this.plan.groupSize);
  }

  #reconcilePods(host: PodHost, birth: PodBirth): void {
    const live = this.pods.filter((pod) => !pod.terminating);
    const template = this.#template();
    for (let missing = this.replicas - live.length; missing > 0; missing--) {
      const name = podName(this.name, this.plan.image, this.#nextOrdinal++);
      this.pods.push(new Pod(template, name, host, birth));
    }
    // Those that are not ready go first, then the youngest.
    const surplus = live.map((pod, age) => ({ pod, age }))
      .sort((a, b) => Number(a.pod.ready) - Number(b.pod.ready) || b.age - a.age)
      .slice(0, Math.max(0, live.length - this.replicas));
    for (const { pod } of surplus) pod.terminate();
  }

  /** Pods of a group have their places: one that is gone comes back under its own name. */
  #reconcileGroups(host: PodHost, birth: PodBirth, size: number): void {
    const wanted = new Set<string>();
    const known = new Set(this.pods.map(({ name }) => name));
    for (let group = 0; group < this.replicas; group++) {
      for (let index = 0; index < size; index++) {
        const name = `${this.name}-${group}${index === 0 ? "" : `-${index}`}`;
        wanted.add(name);
        if (known.has(name)) continue;
        const template = this.#template(index === 0 ? "leader" : "worker");
        this.pods.push(new Pod(template, name, host, birth));
      }
    }
    for (const pod of this.pods) if (!wanted.has(pod.name)) pod.terminate();
  }

  /** The ReplicaSet of a Deployment; its pods are named after it. */
  get replicaSet(): string {
    return replicaSetName(this.name, this.plan.image);
  }

  labels(place?: GroupPlace): Record<string, string> {
    return workloadLabels(this.#owner.metadata.name, this.plan.role, place);
  }

  #template(place?: GroupPlace): PodTemplate {
    const { image, resources, needs, workerNeeds = needs, template, worker = template, startup } =
      this.plan;
    return {
      owner: this.#owner,
      labels: this.labels(place),
      ...{ image, resources, startup },
      needs: place === "worker" ? workerNeeds : needs,
      template: place === "worker" ? worker : template,
      engine: this.#engine,
    };
  }
}

function childOf({ role, groupSize }: WorkloadPlan) {
  if (role === "scheduler") return "scheduler";
  if (role === "prefill") return groupSize === undefined ? "prefill" : "multiNodePrefill";
  return groupSize === undefined ? "main" : "multiNode";
}

/** `x-kserve-mn-0-3` is of group 0. */
function groupOf(pod: string, workload: string): string {
  return pod.slice(workload.length + 1).split("-")[0]!;
}
