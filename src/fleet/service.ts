// A service as its users see it: a member of a route group, and the further members made of it.

import { uidOf } from "../kube/identity.ts";
import { type JsonObject, type KubeObject, mergePatch } from "../kube/object.ts";
import { PPM } from "../metrics/names.ts";
import { Signal } from "../sim/process.ts";
import type { Autoscaling } from "./autoscale/autoscaling.ts";
import { routerSpec } from "./children/router_spec.ts";
import type { Cluster, PodBirth, PodHost } from "./pod_template.ts";
import type { Effective, Revision, ServeOf } from "./revision.ts";
import type { RouteGroup } from "./route_group.ts";
import { divergence } from "./route_members.ts";
import { ServiceLife } from "./service_life.ts";
import { type Blocked, ServiceStatus } from "./service_status.ts";
import type { Workload } from "./workload.ts";
import type { WorkloadPlan } from "./workload_plan.ts";

/** What a service is to be from now on. */
export interface Update {
  readonly object: KubeObject;
  readonly effective?: Effective;
  readonly workloads: readonly WorkloadPlan[];
}

/** Route and replicas are somebody else's to change. */
function keeping(before: JsonObject = {}, after: JsonObject = {}): JsonObject {
  const kept = ["router", "replicas"].filter((field) => before[field] !== undefined)
    .map((field) => [field, before[field]!] as const);
  return { ...after, ...Object.fromEntries(kept) };
}

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
  readonly #status: ServiceStatus;
  readonly #life: ServiceLife;
  /** Who decides on replicas where they are not fixed; undefined where nobody does. */
  autoscaling: Pick<Autoscaling, "on" | "off"> | undefined;
  readonly #reconciling = new Set<Revision>();
  readonly #again = new Set<Revision>();
  /** Something changed of which their controllers have yet to hear. */
  readonly #late = new Set<Revision>();

  constructor(name: string, host: Cluster, group: RouteGroup, blocked?: Blocked) {
    this.name = name;
    this.#host = host;
    this.group = group;
    this.#status = new ServiceStatus(host, blocked);
    this.#life = new ServiceLife(this, host, this.#status, blocked);
  }

  get deleted(): boolean {
    return this.#life.deleted;
  }

  get stopped(): boolean {
    return this.#life.phase === "stopped";
  }

  revision(name: string): Revision | undefined {
    return this.revisions.get(name);
  }

  get weights(): Readonly<Record<string, number>> {
    if (this.deleted) return {};
    return Object.fromEntries(
      [...this.revisions.values()].map((each) => [each.name, this.group.member(each).weight]),
    );
  }

  /** Adds a member with no replicas yet; `original`: it was there before the run. */
  add(revision: Revision, weight: number, original: boolean): void {
    this.revisions.set(revision.name, revision);
    this.group.add(revision, weight, original);
    this.group.setPhase(revision, this.#life.phase);
    const { metadata } = revision.object;
    const stored = {
      ...metadata,
      uid: uidOf(revision.object),
      generation: 1,
      finalizers: [FINALIZER],
    };
    revision.object = { ...revision.object, metadata: stored };
    this.#host.journal.apply(revision.object);
    for (const workload of this.#life.blocked ? [] : revision.workloads) {
      if (!this.#status.makes(revision, workload.plan.role)) workload.replicas = 0;
    }
    this.group.onView(() => this.#tellGroup(revision));
    this.group.refresh();
  }

  /** `birth` is when its pods were made, and whether they were up before the run began. */
  scale(revision: Revision, wanted: number, by: string, birth?: PodBirth): void {
    const before = revision.replicas;
    const replicas = withinScaling(revision, wanted);
    if (this.stopped) return this.#keepForResume(revision, replicas);
    if (before === replicas || this.deleted) return;
    this.tellScale(revision, replicas, by);
    revision.replicas = replicas;
    if (!revision.autoscaled) this.#tellSpec(revision, { replicas });
    if (replicas === 0) this.autoscaling?.off(revision);
    if (birth) this.podsChanged(revision, birth);
    else this.#hear(revision);
    if (before === 0) this.autoscaling?.on(this, revision, birth?.started ?? false);
  }

  /** Of a stopped service nothing runs, but its spec says what will. */
  #keepForResume(revision: Revision, replicas: number): void {
    this.#life.keepForResume(revision, replicas);
    if (!revision.autoscaled) this.#tellSpec(revision, { replicas });
  }

  /** An autoscaler sets the replicas of one workload; the service's own spec says nothing of them. */
  scaleWorkload(revision: Revision, workload: Workload, replicas: number, by: string): void {
    if (workload.replicas === replicas) return;
    if (workload === revision.main) this.tellScale(revision, replicas, by);
    workload.replicas = replicas;
    this.#hear(revision);
  }

  /** An autoscaler of a member says something else of itself. */
  scalingChanged(revision: Revision): void {
    this.#status.tell(revision);
  }

  /** Its spec is this from now on, but for its route and, where `replicas` is absent, its replicas. */
  update(
    revision: Revision,
    { object, effective, workloads }: Update,
    serve: ServeOf,
    by: string,
    replicas?: number,
  ): void {
    const { object: before, effective: merged } = revision;
    const spec = keeping(before.spec, object.spec);
    revision.update({ ...before, spec }, workloads, serve);
    revision.effective = effective && {
      ...effective,
      spec: keeping(merged?.spec, effective.spec),
    };
    this.#host.journal.apply(revision.object);
    if (replicas === undefined || replicas === revision.replicas) this.podsChanged(revision);
    else this.scale(revision, replicas, by);
  }

  /** What a run begins with: its spec is as its object says, its pods come up or were up. */
  begin(revision: Revision, replicas: number, birth: PodBirth): void {
    this.tellScale(revision, replicas, "spec");
    revision.replicas = replicas;
    // What was so before the run has been so since the service was made.
    if (birth.started) this.#status.since(Math.min(birth.createdUs, this.#host.clock.nowUs));
    // KServe makes the workloads before anything comes of them.
    if (!birth.started) this.#status.tell(revision);
    this.podsChanged(revision, birth);
    if (!this.#life.blocked) this.autoscaling?.on(this, revision, birth.started);
    this.#status.since(undefined);
    this.#status.tellFailure(revision);
  }

  /** Somebody wants so many replicas of a member from now on. */
  tellScale(revision: Revision, replicas: number, by: string): void {
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
    if (this.deleted) return;
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
    if (this.deleted) return;
    const ppm = Math.round(percent * PPM / 100);
    for (const each of this.revisions.values()) {
      if (each !== to) this.group.setMirror(each, to, ppm);
    }
  }

  /** As by the annotation `serving.kserve.io/stop`. */
  stop(): void {
    this.#life.stop();
  }

  /** The annotation is taken away: everything is made again. */
  resume(): void {
    this.#life.resume();
  }

  /** As by `kubectl delete`. */
  delete(): void {
    this.#life.delete();
  }

  /** Pods of a revision came, went, or changed readiness; its controllers do what follows from it. */
  podsChanged(revision: Revision, birth?: PodBirth): void {
    // What they do is heard of here again: it is looked at when they are through.
    if (this.#reconciling.has(revision)) return void this.#again.add(revision);
    this.#reconciling.add(revision);
    do {
      this.#again.delete(revision);
      if (!this.#life.blocked) revision.reconcile(this.#hostOf(revision), birth);
    } while (this.#again.has(revision));
    this.#reconciling.delete(revision);
    revision.refreshEndpoints();
    if (!this.deleted) {
      this.#status.tell(revision);
      this.group.setPhase(revision, this.#life.phaseOf(revision));
    }
    this.group.refresh();
    this.changed.fire();
  }

  #hostOf(revision: Revision): PodHost {
    return { ...this.#host, changed: () => this.#hear(revision) };
  }

  /** Controllers hear of a change: at once, or late with all that changed until then. */
  #hear(revision: Revision): void {
    const { clock, trouble } = this.#host;
    const lagUs = trouble.apiLag.ofChange();
    if (lagUs === 0) return this.podsChanged(revision);
    if (this.#late.has(revision)) return;
    this.#late.add(revision);
    clock.after(lagUs, () => {
      this.#late.delete(revision);
      this.podsChanged(revision);
    });
  }

  #tellWeight(revision: Revision, weight: number): void {
    const { group = this.name } =
      (revision.object.spec?.["router"] as { route?: { group?: string } } | undefined)?.route ?? {};
    this.#tellSpec(revision, { router: { route: { group, weight } } });
  }

  #tellGroup(revision: Revision): void {
    const name = routerSpec(revision.owner).group?.name;
    if (name === undefined || this.deleted) return;
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
