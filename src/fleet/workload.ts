// A workload of a service: a Deployment or a LeaderWorkerSet, what it is to be, and the pods it keeps alive.

import { controlledBy } from "../kube/identity.ts";
import { type GroupPlace, nameOfChild, workloadLabels } from "../kube/names.ts";
import type { JsonObject, KubeObject, OwnerReference } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { Deployment } from "./deployment.ts";
import { LeaderWorkerSet } from "./leader_worker_set.ts";
import { Pod } from "./pod.ts";
import type { PodBirth, PodHost, PodTemplate } from "./pod_template.ts";
import type { ReplicaSet } from "./replica_set.ts";
import { type Serve, type TemplateRevision, templateRevision } from "./template_revision.ts";
import type {
  GroupMember,
  WorkloadContext,
  WorkloadController,
  WorkloadProgress,
} from "./workload_controller.ts";
import type { WorkloadPlan } from "./workload_plan.ts";

export type { Serve, WorkloadPlan };

export class Workload {
  readonly name: string;
  readonly #owner: KubeObject;
  readonly #controller: WorkloadController;
  #plan: WorkloadPlan;
  #hash: string;
  #replicas = 0;
  /** `metadata.generation`: how often its spec was another. */
  #generation = 1;

  constructor(plan: WorkloadPlan, owner: KubeObject, engine: Serve) {
    this.#plan = plan;
    this.#owner = owner;
    this.name = nameOfChild(owner.metadata.name, childOf(plan));
    const template = templateRevision(this.name, plan, engine);
    this.#hash = template.hash;
    const context: WorkloadContext = {
      name: this.name,
      namespace: owner.metadata.namespace ?? "default",
      makePod: (...args) => this.#makePod(...args),
    };
    this.#controller = plan.groupSize === undefined
      ? new Deployment(context, template)
      : new LeaderWorkerSet(context, template);
  }

  /** What it is to be; its pods may still be on their way there. */
  get plan(): WorkloadPlan {
    return this.#plan;
  }

  /** In order of creation; of a LeaderWorkerSet by group, leaders first. */
  get pods(): readonly Pod[] {
    return this.#controller.pods;
  }

  get replicas(): number {
    return this.#replicas;
  }

  set replicas(count: number) {
    if (count !== this.#replicas && this.pods.length > 0) this.#generation++;
    this.#replicas = count;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Replicas that are ready: pods, or groups all of whose pods are. */
  get readyReplicas(): number {
    return this.#controller.readyReplicas;
  }

  /** Pods that requests are sent to: of a group its leader, once all of the group is ready. */
  get endpoints(): readonly Pod[] {
    return this.#controller.endpoints;
  }

  /** How far it is on the way to its present template. */
  get progress(): WorkloadProgress {
    return this.#controller.progress;
  }

  /** Another plan, its pods made and served by another template; nothing happens until `reconcile`. */
  update(plan: WorkloadPlan, engine: Serve): void {
    this.#plan = plan;
    this.#generation++;
    const template = templateRevision(this.name, plan, engine);
    this.#hash = template.hash;
    this.#controller.update(template);
  }

  /** Makes or ends pods until there are as many of the right kind as wanted. */
  reconcile(host: PodHost, birth?: PodBirth): void {
    this.#controller.reconcile(this.#replicas, host, birth);
  }

  /** The ReplicaSet of a Deployment's present template; its pods are named after it. */
  get replicaSet(): string {
    return `${this.name}-${this.#hash}`;
  }

  /** Of a Deployment, oldest first; of a LeaderWorkerSet none. */
  get replicaSets(): readonly ReplicaSet[] {
    return this.#controller instanceof Deployment ? this.#controller.replicaSets : [];
  }

  /** The `status` of its object. */
  get status(): JsonObject {
    return this.#controller.statusObject(this.#replicas, this.#generation);
  }

  labels(place?: GroupPlace): Record<string, string> {
    return workloadLabels(this.#owner.metadata.name, this.#plan.role, place);
  }

  /** What makes the pods of a template. A LeaderWorkerSet's StatefulSets are no objects here. */
  #controllerOf(hash: string): OwnerReference {
    const { namespace = "default", creationTimestamp = "" } = this.#owner.metadata;
    const set = this.replicaSets.find(({ revision }) => revision.hash === hash);
    return set
      ? controlledBy({
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: {
          name: set.name,
          namespace,
          creationTimestamp: virtualTimestamp(set.createdUs),
        },
      })
      : controlledBy({
        apiVersion: "leaderworkerset.x-k8s.io/v1",
        kind: "LeaderWorkerSet",
        metadata: { name: this.name, namespace, creationTimestamp },
      });
  }

  #makePod(
    { plan, engine, hash }: TemplateRevision,
    name: string,
    labels: Readonly<Record<string, string>>,
    host: PodHost,
    birth: PodBirth,
    member?: GroupMember,
  ): Pod {
    const { image, resources, needs, workerNeeds = needs, template, worker = template, startup } =
      plan;
    const isWorker = member?.place === "worker";
    const place = member && { place: member.place, workerGpus: () => member.group.workerGpus };
    const pod: PodTemplate = {
      owner: this.#owner,
      controller: this.#controllerOf(hash),
      labels: { ...this.labels(member?.place), ...labels },
      ...{ image, resources, startup },
      needs: isWorker ? workerNeeds : needs,
      template: isWorker ? worker : template,
      engine: (node, pod) => engine(node, pod, place),
      ...(member && { peers: member.group.peers }),
    };
    return new Pod(pod, name, host, birth);
  }
}

function childOf({ role, groupSize }: WorkloadPlan) {
  if (role === "scheduler" || role === "tokenizer") return role;
  if (role === "prefill") return groupSize === undefined ? "prefill" : "multiNodePrefill";
  return groupSize === undefined ? "main" : "multiNode";
}
