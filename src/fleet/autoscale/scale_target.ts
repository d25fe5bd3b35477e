// A workload of a member as its scale subresource shows it to an autoscaler.

import type { KubeObject } from "../../kube/object.ts";
import type { Revision } from "../revision.ts";
import type { Service } from "../service.ts";
import type { Workload } from "../workload.ts";
import type { ScaleTarget } from "./autoscaler.ts";

export class WorkloadTarget implements ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly #service: Service;
  readonly #revision: Revision;
  readonly #workload: Workload;

  constructor(service: Service, revision: Revision, workload: Workload) {
    const grouped = workload.plan.groupSize !== undefined;
    this.apiVersion = grouped ? "leaderworkerset.x-k8s.io/v1" : "apps/v1";
    this.kind = grouped ? "LeaderWorkerSet" : "Deployment";
    this.name = workload.name;
    this.#service = service;
    this.#revision = revision;
    this.#workload = workload;
  }

  get owner(): KubeObject {
    return this.#revision.object;
  }

  get replicas(): number {
    return this.#workload.replicas;
  }

  /** Of a LeaderWorkerSet the selector names the leaders: one a group. */
  get statusReplicas(): number {
    return this.#first.filter((pod) => !pod.terminating && !pod.gone).length;
  }

  get readyPods(): number {
    return this.#first.filter((pod) => pod.ready).length;
  }

  /** A leader's name is its group's: `x-mn-3`, its workers' are `x-mn-3-1`. */
  get #first() {
    const { pods, plan, name } = this.#workload;
    if (plan.groupSize === undefined) return pods;
    return pods.filter((pod) => !pod.name.slice(name.length + 1).includes("-"));
  }

  scale(replicas: number, by: string): void {
    this.#service.scaleWorkload(this.#revision, this.#workload, replicas, by);
  }
}
