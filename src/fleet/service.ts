// A service as its users see it: members of one route group and the weights between them.

import type { Json } from "../kube/object.ts";
import { Signal } from "../sim/process.ts";
import type { Stream } from "../sim/streams.ts";
import { workloadObject } from "./children.ts";
import type { Cluster, PodBirth, PodHost } from "./pod_template.ts";
import type { Revision } from "./revision.ts";
import { drawByWeight } from "./route_group.ts";
import { type Blocked, ServiceStatus } from "./service_status.ts";

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
  readonly #blocked: boolean;
  readonly #status: ServiceStatus;

  /** `route` is the stream from which the gateway draws a member for each request. */
  constructor(name: string, host: Cluster, route: Stream, blocked?: Blocked) {
    this.name = name;
    this.#host = host;
    this.#route = route;
    this.#blocked = blocked !== undefined;
    this.#status = new ServiceStatus(host, blocked);
  }

  get hasReadyPods(): boolean {
    return [...this.revisions.values()].some(({ readyReplicas }) => readyReplicas > 0);
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
    this.#status.tellChildren(revision);
    this.#refreshRoute();
  }

  /** `birth` is when its pods were made, and whether they were up before the run began. */
  scale(revision: Revision, replicas: number, by: string, birth?: PodBirth): void {
    const before = revision.replicas;
    if (before === replicas) return;
    this.#tellScale(revision, replicas, by);
    this.#tellSpec(revision, { replicas });
    this.#tellReplicaSet(revision, before);
    this.#reconcile(revision, birth);
    this.podsChanged(revision);
  }

  /** What a run begins with: its spec is as its object says, its pods come up or were up. */
  begin(revision: Revision, replicas: number, birth: PodBirth): void {
    this.#tellScale(revision, replicas, "spec");
    // What was so before the run has been so since the service was made.
    this.#status.since(Math.min(birth.createdUs, this.#host.clock.nowUs));
    if (!this.#blocked) {
      if (!birth.started && replicas > 0) this.#tellReplicaSet(revision, 0);
      this.#reconcile(revision, birth);
    }
    this.podsChanged(revision);
    this.#status.since(undefined);
    this.#status.tellFailure(revision);
  }

  #tellScale(revision: Revision, replicas: number, by: string): void {
    const { name: service } = this;
    const { name, namespace = "default" } = revision.object.metadata;
    revision.replicas = replicas;
    this.#host.journal.tell({
      kind: "scale",
      service,
      revision: revision.name,
      member: `${namespace}/${name}`,
      replicas,
      by,
    });
  }

  /** The Deployment controller's own event and words. */
  #tellReplicaSet({ main, object }: Revision, before: number): void {
    const { plan, replicas, replicaSet } = main;
    if (plan.groupSize !== undefined) return;
    const way = replicas > before ? "up" : "down";
    this.#host.journal.event(
      "Normal",
      "ScalingReplicaSet",
      workloadObject(object, main),
      `Scaled ${way} replica set ${replicaSet} from ${before} to ${replicas}`,
      "deployment-controller",
    );
  }

  #reconcile(revision: Revision, birth?: PodBirth): void {
    const now = { createdUs: this.#host.clock.nowUs, started: false };
    revision.reconcile(this.#hostOf(revision), birth ?? now);
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
    if (!this.#blocked) this.#reconcile(revision);
    revision.refreshEndpoints();
    this.#status.tell(revision);
    this.#refreshRoute();
    this.changed.fire();
  }

  /**
   * The member that gets the next request. KServe's route holds the member that owns it always, any
   * other only while it has a ready pod; among those the gateway draws by weight.
   */
  pick(): Revision | undefined {
    if (this.#eligible.length <= 1) return this.#eligible[0];
    const weightOf = ({ name }: Revision) => this.#weights[name]!;
    return drawByWeight(this.#eligible, weightOf, this.#total, this.#route);
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
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
