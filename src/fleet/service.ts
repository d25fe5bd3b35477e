// A service as its users see it: a member of a route group, and the further members made of it.

import { uidOf } from "../kube/identity.ts";
import { type JsonObject, mergePatch } from "../kube/object.ts";
import { PPM } from "../metrics/names.ts";
import { Signal } from "../sim/process.ts";
import type { Autoscaling } from "./autoscale/autoscaling.ts";
import { routerSpec } from "./children/router_spec.ts";
import type { Cluster, PodBirth, PodHost } from "./pod_template.ts";
import type { Revision } from "./revision.ts";
import type { RouteGroup } from "./route_group.ts";
import { divergence } from "./route_members.ts";
import { type Blocked, ServiceStatus } from "./service_status.ts";
import type { Workload } from "./workload.ts";

export const STABLE = "stable";
export const CANARY = "canary";

/** By which KServe's controller gets to clean up after a service. */
const FINALIZER = "serving.kserve.io/llmisvc-finalizer";

export class Service {
  /** Fires when pods of any revision came, went, or changed readiness. */
  readonly changed = new Signal<void>();
  readonly name: string;
  readonly revisions = new Map<string, Revision>();
  readonly #host: Cluster;
  /** Its own, or one that it shares with other services. */
  readonly group: RouteGroup;
  /** Nothing is made for it, be it that it was stopped or that something is wrong with it. */
  readonly #blocked: boolean;
  readonly #stopped: boolean;
  readonly #status: ServiceStatus;
  /** Who decides on replicas where they are not fixed; undefined where nobody does. */
  autoscaling: Pick<Autoscaling, "on" | "off"> | undefined;
  readonly #reconciling = new Set<Revision>();
  readonly #again = new Set<Revision>();

  constructor(name: string, host: Cluster, group: RouteGroup, blocked?: Blocked) {
    this.name = name;
    this.#host = host;
    this.group = group;
    this.#blocked = blocked !== undefined;
    this.#stopped = blocked?.parts !== undefined;
    this.#status = new ServiceStatus(host, blocked);
  }

  revision(name: string): Revision | undefined {
    return this.revisions.get(name);
  }

  get weights(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.revisions.values()].map((each) => [each.name, this.group.member(each).weight]),
    );
  }

  /** Adds a member with no replicas yet; `original`: it was there before the run. */
  add(revision: Revision, weight: number, original: boolean): void {
    this.revisions.set(revision.name, revision);
    this.group.add(revision, weight, original);
    const { metadata } = revision.object;
    const stored = {
      ...metadata,
      uid: uidOf(revision.object),
      generation: 1,
      finalizers: [FINALIZER],
    };
    revision.object = { ...revision.object, metadata: stored };
    this.#host.journal.apply(revision.object);
    for (const workload of this.#blocked ? [] : revision.workloads) {
      if (!this.#status.makes(revision, workload.plan.role)) workload.replicas = 0;
    }
    if (this.#stopped) this.group.setPhase(revision, "stopped");
    this.group.onView(() => this.#tellGroup(revision));
    this.group.refresh();
  }

  /** `birth` is when its pods were made, and whether they were up before the run began. */
  scale(revision: Revision, wanted: number, by: string, birth?: PodBirth): void {
    const before = revision.replicas;
    const replicas = withinScaling(revision, wanted);
    if (before === replicas) return;
    this.#tellScale(revision, replicas, by);
    revision.replicas = replicas;
    if (!revision.autoscaled) this.#tellSpec(revision, { replicas });
    if (replicas === 0) this.autoscaling?.off(revision);
    this.podsChanged(revision, birth);
    if (before === 0) this.autoscaling?.on(this, revision, birth?.started ?? false);
  }

  /** An autoscaler sets the replicas of one workload; the service's own spec says nothing of them. */
  scaleWorkload(revision: Revision, workload: Workload, replicas: number, by: string): void {
    if (workload.replicas === replicas) return;
    if (workload === revision.main) this.#tellScale(revision, replicas, by);
    workload.replicas = replicas;
    this.podsChanged(revision);
  }

  /** An autoscaler of a member says something else of itself. */
  scalingChanged(revision: Revision): void {
    this.#status.tell(revision);
  }

  /** What a run begins with: its spec is as its object says, its pods come up or were up. */
  begin(revision: Revision, replicas: number, birth: PodBirth): void {
    this.#tellScale(revision, replicas, "spec");
    revision.replicas = replicas;
    // What was so before the run has been so since the service was made.
    if (birth.started) this.#status.since(Math.min(birth.createdUs, this.#host.clock.nowUs));
    // KServe makes the workloads before anything comes of them.
    if (!birth.started) this.#status.tell(revision);
    this.podsChanged(revision, birth);
    if (!this.#blocked) this.autoscaling?.on(this, revision, birth.started);
    this.#status.since(undefined);
    this.#status.tellFailure(revision);
  }

  #tellScale(revision: Revision, replicas: number, by: string): void {
    const { name: service } = this;
    const { name, namespace = "default" } = revision.object.metadata;
    this.#host.journal.tell({
      kind: "scale",
      service,
      revision: revision.name,
      member: `${namespace}/${name}`,
      replicas,
      by,
    });
  }

  /** Sets the members' weights: proportions, not percent; a member that is not named gets 0. */
  setWeights(weights: Readonly<Record<string, number>>): void {
    for (const revision of this.revisions.values()) {
      this.#putWeight(revision, weights[revision.name] ?? 0);
    }
    this.group.refresh();
  }

  /** Sets the weight of one member alone. */
  setWeight(revision: string, weight: number): void {
    this.#putWeight(this.revisions.get(revision)!, weight);
    this.group.refresh();
  }

  #putWeight(revision: Revision, weight: number): void {
    this.group.setWeight(revision, weight);
    this.#tellWeight(revision, weight);
  }

  /**
   * From now on so many percent of the requests that come by its routes are copied to another member, as
   * by an HTTPRoute's RequestMirror; 0: none. Throws a RangeError when that is no percentage.
   */
  setMirror(to: Revision, percent: number): void {
    if (!(percent >= 0 && percent <= 100)) {
      throw new RangeError(`Cannot mirror ${percent} % of "${this.name}": write 0 to 100`);
    }
    const ppm = Math.round(percent * PPM / 100);
    for (const each of this.revisions.values()) {
      if (each !== to) this.group.setMirror(each, to, ppm);
    }
  }

  /** Pods of a revision came, went, or changed readiness; its controllers do what follows from it. */
  podsChanged(revision: Revision, birth?: PodBirth): void {
    // What they do is heard of here again: it is looked at when they are through.
    if (this.#reconciling.has(revision)) return void this.#again.add(revision);
    this.#reconciling.add(revision);
    do {
      this.#again.delete(revision);
      if (!this.#blocked) revision.reconcile(this.#hostOf(revision), birth);
    } while (this.#again.has(revision));
    this.#reconciling.delete(revision);
    revision.refreshEndpoints();
    this.#status.tell(revision);
    this.group.refresh();
    this.changed.fire();
  }

  #hostOf(revision: Revision): PodHost {
    return { ...this.#host, changed: () => this.podsChanged(revision) };
  }

  #tellWeight(revision: Revision, weight: number): void {
    const { group = this.name } =
      (revision.object.spec?.["router"] as { route?: { group?: string } } | undefined)?.route ?? {};
    this.#tellSpec(revision, { router: { route: { group, weight } } });
  }

  #tellGroup(revision: Revision): void {
    const name = routerSpec(revision.owner).group?.name;
    if (name === undefined) return;
    const { matching, divergent } = this.group.view(revision);
    const degraded = divergence(divergent);
    this.#status.setGroup(revision, {
      name,
      members: matching.map(({ revision: { owner }, weight, phase }) => ({
        owner,
        weight,
        ...(phase === "stopped" ? { stopped: true } : {}),
      })),
      ...(degraded === undefined ? {} : { degraded }),
    });
  }

  /** Somebody changes the spec: a merge patch, and a new generation of the object. */
  #tellSpec(revision: Revision, change: JsonObject): void {
    const { object, effective } = revision;
    const spec = mergePatch(object.spec, change) as JsonObject;
    const generation = (object.metadata.generation ?? 1) + 1;
    revision.object = { ...object, metadata: { ...object.metadata, generation }, spec };
    if (effective) {
      const merged = mergePatch(effective.spec, change) as JsonObject;
      revision.effective = { ...effective, spec: merged };
    }
    this.#host.journal.apply(revision.object);
  }
}

/** A rollout may ask an autoscaled member for more than it has, or for its end: never for less. */
function withinScaling({ main, replicas }: Revision, wanted: number): number {
  const { scaling } = main.plan;
  if (!scaling || wanted === 0) return wanted;
  return Math.max(replicas, Math.min(scaling.maxReplicas, Math.max(scaling.minReplicas, wanted)));
}
