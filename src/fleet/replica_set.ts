// One ReplicaSet of a Deployment: as many pods of one template as it is scaled to.

import { podOfReplicaSet } from "../kube/names.ts";
import type { Pod } from "./pod.ts";
import { PodCreation } from "./pod_creation.ts";
import type { PodHost } from "./pod_template.ts";
import type { TemplateRevision } from "./template_revision.ts";

export interface PodMaker {
  /** Makes a pod of a template under a name. */
  make(revision: TemplateRevision, name: string): Pod;
  /** Why the API server refuses such a pod; undefined: it does not. */
  refusal(revision: TemplateRevision, name: string): string | undefined;
  readonly host: PodHost;
}

const CONTROLLER = "replicaset-controller";

export class ReplicaSet {
  readonly revision: TemplateRevision;
  readonly name: string;
  readonly createdUs: number;
  /** Its place among the ReplicaSets that its Deployment ever had. */
  readonly number: number;
  /** `deployment.kubernetes.io/revision`: the highest is the Deployment's present one. */
  rollout: number;
  replicas = 0;
  /** See `ReplicaSetSize`. */
  desired = 0;
  maxReplicas = 0;
  pods: Pod[] = [];
  readonly creation = new PodCreation();
  readonly #readySinceUs = new Map<Pod, number>();
  #nextOrdinal = 0;

  readonly #namespace: string;

  /** `deployment` is what it belongs to. */
  constructor(
    deployment: { readonly name: string; readonly namespace: string },
    revision: TemplateRevision,
    number: number,
    createdUs: number,
  ) {
    this.revision = revision;
    this.number = number;
    this.rollout = number;
    this.createdUs = createdUs;
    this.name = `${deployment.name}-${revision.hash}`;
    this.#namespace = deployment.namespace;
  }

  /** Its pods but for those that terminate: what its status counts. */
  get live(): Pod[] {
    return this.pods.filter((pod) => !pod.terminating && !pod.gone);
  }

  get ready(): number {
    return this.live.filter((pod) => pod.ready).length;
  }

  /** Reads again since when each pod is ready; a pod that is up before the run was so always. */
  observe(sinceUs: number): void {
    for (const pod of this.pods) {
      if (!pod.ready) this.#readySinceUs.delete(pod);
      else if (!this.#readySinceUs.has(pod)) this.#readySinceUs.set(pod, sinceUs);
    }
  }

  /** Pods that are ready for so long. */
  available(minReadyUs: number, nowUs: number): number {
    if (minReadyUs === 0) return this.ready;
    return this.live.filter((pod) => this.#isAvailable(pod, minReadyUs, nowUs)).length;
  }

  #isAvailable(pod: Pod, minReadyUs: number, nowUs: number): boolean {
    const sinceUs = this.#readySinceUs.get(pod);
    return sinceUs !== undefined && sinceUs + minReadyUs <= nowUs;
  }

  /** When the next of its ready pods becomes available. */
  nextAvailableUs(minReadyUs: number, nowUs: number): number {
    return Math.min(
      ...[...this.#readySinceUs.values()].map((us) => us + minReadyUs).filter((us) => us > nowUs),
    );
  }

  /** Makes or ends pods until there are as many as wanted. */
  reconcile(maker: PodMaker): void {
    if (this.pods.some((pod) => pod.gone)) {
      for (const pod of this.pods) if (pod.gone) this.#readySinceUs.delete(pod);
      this.pods = this.pods.filter((pod) => !pod.gone);
    }
    const live = this.live;
    this.#make(this.replicas - live.length, maker);
    for (const pod of surplusOf(live, live.length - this.replicas)) pod.terminate();
  }

  /** Those that the API server takes; after one that it does not the rest are not tried (`slowStartBatch`). */
  #make(missing: number, { make, refusal, host }: PodMaker): void {
    const { clock, journal } = host;
    if (missing > 0 && !this.creation.mayTry(clock.nowUs)) return;
    for (; missing > 0; missing--) {
      const name = podOfReplicaSet(this.name, this.#nextOrdinal);
      const refused = refusal(this.revision, name);
      if (refused !== undefined) {
        this.creation.refused(refused, host);
        const message = `Error creating: ${refused}`;
        return journal.event("Warning", "FailedCreate", this.#reference, message, CONTROLLER);
      }
      this.#nextOrdinal++;
      this.pods.push(make(this.revision, name));
    }
    this.creation.succeeded(host);
  }

  get #reference() {
    return { kind: "ReplicaSet", metadata: { name: this.name, namespace: this.#namespace } };
  }
}

/**
 * The ReplicaSet controller's order (`ActivePodsWithRanks`) as far as pods here differ: first those
 * without a node, then those that are not ready, then the youngest.
 */
function surplusOf(live: readonly Pod[], count: number): Pod[] {
  if (count <= 0) return [];
  const rank = (pod: Pod) => pod.node === undefined ? 0 : pod.ready ? 2 : 1;
  return live.map((pod, age) => ({ pod, age }))
    .sort((a, b) => rank(a.pod) - rank(b.pod) || b.age - a.age)
    .slice(0, count)
    .map(({ pod }) => pod);
}
