// ResourceQuotas: what the pods of a namespace may ask for together, and the API server's words beyond that.
//
// As pkg/quota and plugin/pkg/admission/resourcequota of Kubernetes have it, for pods and extended resources.

import type { KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Journal } from "./journal.ts";
import type { Pod } from "./pod.ts";
import type { Amounts } from "./scheduling/pod_needs.ts";

/** `pods`, or `requests.` and an extended resource. */
type Hard = Readonly<Record<string, number>>;

export interface Quota {
  readonly name: string;
  readonly namespace: string;
  readonly hard: Hard;
  /** Hears of each pod that it refuses. */
  readonly refused?: () => void;
}

const REQUESTS = "requests.";

export class Quotas {
  readonly #journal: Journal;
  readonly #quotas = new Map<Quota, number>();
  /** By namespace. */
  readonly #pods = new Map<string, Set<Pod>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** A pod was made. */
  add(pod: Pod): void {
    const known = this.#pods.get(pod.namespace);
    if (known) known.add(pod);
    else this.#pods.set(pod.namespace, new Set([pod]));
    this.#tell(pod.namespace);
  }

  /** A pod is gone: what it asked for is free. */
  remove(pod: Pod): void {
    this.#pods.get(pod.namespace)?.delete(pod);
    this.#tell(pod.namespace);
  }

  /** Somebody makes a quota, or two of one name at once, of which the last holds. */
  begin(quota: Quota, nowUs: number): void {
    this.#quotas.set(quota, nowUs);
    this.#tell(quota.namespace);
  }

  /** Somebody deletes it: controllers notice when they try again. */
  end(quota: Quota): void {
    this.#quotas.delete(quota);
    this.#journal.delete(reference(quota));
  }

  /** Why a pod is refused that asks for so much, made as `count` at once; undefined: it is not. */
  refusal(namespace: string, name: string, requests: Amounts, count = 1): string | undefined {
    for (const quota of this.#quotas.keys()) {
      if (quota.namespace !== namespace) continue;
      const exceeded = Object.keys(quota.hard).filter((resource) => {
        const asked = amountOf(resource, requests) * count;
        return asked > 0 && this.#used(quota, resource) + asked > quota.hard[resource]!;
      });
      if (exceeded.length === 0) continue;
      quota.refused?.();
      const list = (amount: (resource: string) => number) =>
        exceeded.sort().map((resource) => `${resource}=${amount(resource)}`).join(",");
      return `pods "${name}" is forbidden: exceeded quota: ${quota.name}, ` +
        `requested: ${list((resource) => amountOf(resource, requests))}, ` +
        `used: ${list((resource) => this.#used(quota, resource))}, ` +
        `limited: ${list((resource) => quota.hard[resource]!)}`;
    }
    return undefined;
  }

  #used({ namespace }: Quota, resource: string): number {
    let used = 0;
    for (const pod of this.#pods.get(namespace) ?? []) used += amountOf(resource, pod.requests);
    return used;
  }

  #tell(namespace: string): void {
    for (const [quota, sinceUs] of this.#quotas) {
      if (quota.namespace === namespace) this.#journal.apply(this.#object(quota, sinceUs));
    }
  }

  #object(quota: Quota, sinceUs: number): KubeObject {
    const texts = (amount: (resource: string) => number) =>
      Object.fromEntries(
        Object.keys(quota.hard).map((resource) => [resource, String(amount(resource))]),
      );
    const hard = texts((resource) => quota.hard[resource]!);
    const { metadata, ...rest } = reference(quota);
    return {
      ...rest,
      metadata: { ...metadata, creationTimestamp: virtualTimestamp(sinceUs) },
      spec: { hard },
      status: { hard, used: texts((resource) => this.#used(quota, resource)) },
    };
  }
}

function reference({ name, namespace }: Quota): KubeObject {
  return { apiVersion: "v1", kind: "ResourceQuota", metadata: { name, namespace } };
}

function amountOf(resource: string, requests: Amounts): number {
  if (resource === "pods") return 1;
  return requests[resource.slice(REQUESTS.length)] ?? 0;
}
