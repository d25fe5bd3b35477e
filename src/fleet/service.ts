// A service as its users see it: members of one route group, the weights between them, its status.

import { type Condition, deploymentAvailable, serviceConditions } from "../kube/conditions.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { Signal } from "../sim/process.ts";
import type { Stream } from "../sim/streams.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Cluster, PodHost } from "./pod.ts";
import type { Revision } from "./revision.ts";

export const STABLE = "stable";
export const CANARY = "canary";

export class Service {
  /** Fires when pods of any revision came, went, or changed readiness. */
  readonly changed = new Signal<void>();
  readonly name: string;
  readonly revisions = new Map<string, Revision>();
  readonly #host: Cluster;
  readonly #route: Stream;
  #weights: Readonly<Record<string, number>> = { [STABLE]: 100 };
  #eligible: Revision[] = [];
  #total = 0;

  /** `route` is the stream from which the gateway draws a member for each request. */
  constructor(name: string, host: Cluster, route: Stream) {
    this.name = name;
    this.#host = host;
    this.#route = route;
  }

  revision(name: string): Revision | undefined {
    return this.revisions.get(name);
  }

  get weights(): Readonly<Record<string, number>> {
    return this.#weights;
  }

  /** Adds a member with no replicas and, but for the first, no weight. */
  add(revision: Revision): void {
    this.revisions.set(revision.name, revision);
    this.#host.journal.apply(revision.object);
    this.#refreshRoute();
  }

  /** `started` pods were up before the run began. */
  scale(revision: Revision, replicas: number, by: string, started = false): void {
    if (revision.replicas === replicas) return;
    const { journal } = this.#host;
    const { name: service } = this;
    revision.replicas = replicas;
    journal.tell({ kind: "scale", service, revision: revision.name, replicas, by });
    this.#tellSpec(revision, { replicas });
    revision.reconcile(this.#hostOf(revision), started);
    this.podsChanged(revision);
  }

  /** Sets the members' weights: proportions, not percent; a member that is not named gets 0. */
  setWeights(weights: Readonly<Record<string, number>>): void {
    this.#weights = Object.fromEntries(
      [...this.revisions.keys()].map((name) => [name, weights[name] ?? 0]),
    );
    for (const revision of this.revisions.values()) {
      const route = { group: this.name, weight: this.#weights[revision.name]! };
      this.#tellSpec(revision, { router: { route } });
    }
    this.#refreshRoute();
  }

  /** Pods of a revision came, went, or changed readiness. */
  podsChanged(revision: Revision): void {
    revision.reconcile(this.#hostOf(revision));
    revision.refreshEndpoints();
    this.#tellStatus(revision);
    this.#refreshRoute();
    this.changed.fire();
  }

  /**
   * The member that gets the next request. KServe's route holds the member that owns it always, any
   * other only while it has a ready pod; among those the gateway draws by weight.
   */
  pick(): Revision | undefined {
    if (this.#eligible.length <= 1) return this.#eligible[0];
    let ticket = this.#route.integer(0, this.#total - 1);
    for (const revision of this.#eligible) {
      ticket -= this.#weights[revision.name]!;
      if (ticket < 0) return revision;
    }
    return undefined;
  }

  #hostOf(revision: Revision): PodHost {
    return { ...this.#host, changed: () => this.podsChanged(revision) };
  }

  #refreshRoute(): void {
    const members = [...this.revisions.values()];
    const eligible = members.filter((member) => member.name === STABLE || member.readyReplicas > 0);
    this.#eligible = eligible.filter((member) => (this.#weights[member.name] ?? 0) > 0);
    this.#total = this.#eligible.reduce((sum, { name }) => sum + this.#weights[name]!, 0);
    const told = this.#host.journal.state.services[this.name];
    const names = eligible.map((member) => member.name);
    const weights = this.#weights;
    if (told && same(told.eligible, names) && same(told.weights, weights)) return;
    this.#host.journal.tell({ kind: "weight", service: this.name, weights, eligible: names });
  }

  #tellSpec(revision: Revision, change: { readonly [key: string]: Json }): void {
    const before = revision.object.spec ?? {};
    const router = change["router"]
      ? { router: { ...before["router"] as object, ...change["router"] as object } }
      : {};
    revision.object = { ...revision.object, spec: { ...before, ...change, ...router } };
    this.#host.journal.apply(revision.object);
  }

  #tellStatus(revision: Revision): void {
    const { clock, journal } = this.#host;
    const before = (revision.object.status?.["conditions"] ?? []) as unknown as Condition[];
    const workload = deploymentAvailable(revision.readyReplicas, revision.replicas);
    const conditions = serviceConditions(before, workload, virtualTimestamp(clock.nowUs));
    const wasReady = isReady(before);
    const status = {
      conditions,
      workloads: { primary: { kind: "Deployment", readyReplicas: revision.readyReplicas } },
    };
    revision.object = { ...revision.object, status } as KubeObject;
    journal.apply(revision.object);
    const ready = isReady(conditions as unknown as Condition[]);
    if (ready === wasReady || before.length === 0) return;
    const { member } = revision;
    // KServe's own event reasons and words.
    if (ready) {
      const message = `LLMInferenceService [${member}] is Ready`;
      journal.event("Normal", "LLMInferenceServiceReady", revision.object, message, SOURCE);
    } else {
      const message =
        `LLMInferenceService [${member}] is no longer Ready because of: ${workload.message}`;
      journal.event("Warning", "LLMInferenceServiceNotReady", revision.object, message, SOURCE);
    }
  }
}

const SOURCE = "llmisvc-controller";

function isReady(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
