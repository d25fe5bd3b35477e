// A Deployment: its ReplicaSets, one a pod template, and how the pods go from one to the next.

import type { JsonObject } from "../kube/object.ts";
import type { EventHandle } from "../sim/clock.ts";
import {
  isScalingEvent,
  newSetReplicas,
  recreateScales,
  type ReplicaSetSize,
  rollingScales,
  type Scale,
  scalingScales,
} from "./deployment_rollout.ts";
import {
  deadlineUs,
  type DeploymentCounts,
  type DeploymentStatus,
  deploymentStatusObject,
  type DeploymentWish,
  nextStatus,
  NOTHING_YET,
  withReplicaFailure,
} from "./deployment_status.ts";
import type { Pod } from "./pod.ts";
import type { PodBirth, PodHost } from "./pod_template.ts";
import { type PodMaker, ReplicaSet } from "./replica_set.ts";
import type { TemplateRevision } from "./template_revision.ts";
import {
  DEPLOYMENT_STRATEGY,
  maxUnavailableOf,
  PROGRESS_DEADLINE_SECONDS,
  resolveFenceposts,
  REVISION_HISTORY_LIMIT,
  type UpdateStrategy,
} from "./update_strategy.ts";
import type {
  WorkloadContext,
  WorkloadController,
  WorkloadProgress,
} from "./workload_controller.ts";

const SECOND = 1_000_000;

/** What the Deployment controller knows of its Deployment's spec. */
interface Spec {
  readonly replicas: number;
  readonly strategy: UpdateStrategy;
}

export class Deployment implements WorkloadController {
  readonly #context: WorkloadContext;
  #template: TemplateRevision;
  #sets: ReplicaSet[] = [];
  /** ReplicaSets that it ever had, and the highest of their rollouts. */
  #made = 0;
  #rollout = 0;
  #status: DeploymentStatus = NOTHING_YET;
  #created = false;
  #recheck: EventHandle | undefined;

  constructor(context: WorkloadContext, template: TemplateRevision) {
    this.#context = context;
    this.#template = template;
  }

  get pods(): readonly Pod[] {
    return this.#sets.length === 1 ? this.#sets[0]!.pods : this.#sets.flatMap(({ pods }) => pods);
  }

  get readyReplicas(): number {
    return this.#sets.reduce((sum, set) => sum + set.ready, 0);
  }

  get endpoints(): readonly Pod[] {
    return this.pods.filter((pod) => pod.ready);
  }

  get updatedReplicas(): number {
    return this.#fresh?.live.length ?? 0;
  }

  get progress(): WorkloadProgress {
    const { replicas, updatedReplicas, availableReplicas, conditions } = this.#status;
    const overdue = conditions.some(({ reason }) => reason === "ProgressDeadlineExceeded");
    return { replicas, updated: updatedReplicas, available: availableReplicas, overdue };
  }

  /** Oldest first. */
  get replicaSets(): readonly ReplicaSet[] {
    return this.#sets;
  }

  get status(): DeploymentStatus {
    return this.#status;
  }

  statusObject(replicas: number, generation: number): JsonObject {
    return deploymentStatusObject(this.#status, replicas, generation);
  }

  /** The next time it is reconciled it goes to this template. */
  update(template: TemplateRevision): void {
    this.#template = template;
  }

  /** The ReplicaSet of its present template, once there is one. */
  get #fresh(): ReplicaSet | undefined {
    return this.#sets.find(({ revision }) => revision.hash === this.#template.hash);
  }

  get #old(): ReplicaSet[] {
    return this.#sets.filter(({ revision }) => revision.hash !== this.#template.hash);
  }

  reconcile(replicas: number, host: PodHost, birth?: PodBirth): void {
    const { nowUs } = host.clock;
    const born = birth ?? { createdUs: nowUs, started: false };
    const maker: PodMaker = {
      host,
      make: (revision, name) => {
        const labels = { "pod-template-hash": revision.hash };
        return this.#context.makePod(revision, name, labels, host, born);
      },
      refusal: ({ plan: { needs } }, name) =>
        host.quotas.refusal(this.#context.namespace, name, needs.requests),
    };
    const strategy = this.#template.plan.update?.strategy ?? DEPLOYMENT_STRATEGY;
    const spec = { replicas, strategy };
    this.#created = false;
    for (const set of this.#sets) set.reconcile(maker);
    this.#observe(born.createdUs);
    for (let scales; (scales = this.#nextScales(spec, born.createdUs, nowUs)).length > 0;) {
      for (const scale of scales) this.#scale(scale, spec, maker, born.started ? undefined : host);
      this.#observe(born.createdUs);
    }
    for (const set of this.#sets) mark(set, spec);
    this.#forgetOldSets(host);
    this.#tellStatus(spec, host, born.createdUs);
  }

  #observe(atUs: number): void {
    if (this.#minReadyUs === 0) return;
    for (const set of this.#sets) set.observe(atUs);
  }

  /** One round of the controller; none when there is nothing to do until something happens. */
  #nextScales(spec: Spec, atUs: number, nowUs: number): Scale[] {
    const sizes = (sets: readonly ReplicaSet[]) => sets.map((set) => this.#sizeOf(set, nowUs));
    const old = sizes(this.#old);
    const known = this.#fresh;
    const all = known ? [...old, this.#sizeOf(known, nowUs)] : old;
    if (isScalingEvent(spec.replicas, all)) {
      const scales = scalingScales(spec, known && this.#sizeOf(known, nowUs), old);
      for (const set of this.#sets) mark(set, spec);
      if (scales.length > 0) return scales;
    }
    if (spec.strategy.kind === "Recreate") {
      const down = recreateScales(old);
      if (down.length > 0) return down;
      // `oldPodsRunning`: those that terminate have not gone yet.
      if (this.#old.some(({ pods }) => pods.some((pod) => !pod.gone))) return [];
    }
    const fresh = this.#sizeOf(known ?? this.#create(atUs), nowUs);
    if (spec.strategy.kind === "RollingUpdate") return rollingScales(spec, fresh, old);
    const wanted = newSetReplicas(spec, fresh, old);
    return wanted === fresh.replicas ? [] : [{ number: fresh.number, replicas: wanted }];
  }

  #create(atUs: number): ReplicaSet {
    const set = new ReplicaSet(this.#context, this.#template, ++this.#made, atUs);
    set.rollout = ++this.#rollout;
    this.#sets.push(set);
    this.#created = true;
    return set;
  }

  #sizeOf(set: ReplicaSet, nowUs: number): ReplicaSetSize {
    const { number, replicas, desired, maxReplicas } = set;
    return { number, replicas, desired, maxReplicas, available: this.#available(set, nowUs) };
  }

  #available(set: ReplicaSet, nowUs: number): number {
    return set.available(this.#minReadyUs, nowUs);
  }

  get #minReadyUs(): number {
    return (this.#template.plan.update?.minReadySeconds ?? 0) * SECOND;
  }

  #scale({ number, replicas }: Scale, spec: Spec, maker: PodMaker, tell?: PodHost): void {
    const set = this.#sets.find((set) => set.number === number)!;
    const before = set.replicas;
    set.replicas = replicas;
    mark(set, spec);
    set.reconcile(maker);
    const way = replicas > before ? "up" : "down";
    const message = `Scaled ${way} replica set ${set.name} from ${before} to ${replicas}`;
    const { name, namespace } = this.#context;
    const about = { kind: "Deployment", metadata: { name, namespace } };
    tell?.journal.event("Normal", "ScalingReplicaSet", about, message, "deployment-controller");
  }

  /** `cleanupDeployment`: of the old ones without pods only the newest are kept, to go back to. */
  #forgetOldSets({ journal }: PodHost): void {
    const fresh = this.#fresh;
    // One that is gone back to is the newest again.
    if (fresh && fresh.rollout < this.#rollout) fresh.rollout = ++this.#rollout;
    const limit = this.#template.plan.update?.revisionHistoryLimit ?? REVISION_HISTORY_LIMIT;
    const old = this.#old.sort((a, b) => a.rollout - b.rollout);
    for (const set of old.slice(0, Math.max(0, old.length - limit))) {
      if (set.replicas > 0 || set.pods.some((pod) => !pod.gone)) continue;
      this.#sets.splice(this.#sets.indexOf(set), 1);
      const { namespace } = this.#context;
      const metadata = { name: set.name, namespace };
      journal.delete({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata });
    }
  }

  #tellStatus({ replicas, strategy }: Spec, host: PodHost, atUs: number): void {
    const fresh = this.#fresh;
    const { progressDeadlineSeconds = PROGRESS_DEADLINE_SECONDS } = this.#template.plan.update ??
      {};
    const wish: DeploymentWish = {
      replicas,
      maxUnavailable: maxUnavailableOf(strategy, replicas),
      progressDeadlineUs: progressDeadlineSeconds * SECOND,
      replicaSet: fresh?.name ?? "",
      created: this.#created,
    };
    const { nowUs } = host.clock;
    const counts = this.#counts(nowUs);
    this.#status = nextStatus(this.#status, counts, wish, atUs);
    const due = deadlineUs(this.#status, wish) ?? Infinity;
    // It was over before the run began.
    if (due <= nowUs) {
      this.#status = nextStatus(this.#status, counts, { ...wish, created: false }, due);
    }
    const failing = [fresh, ...this.#old].find((set) => set?.creation.failure)?.creation;
    this.#status = withReplicaFailure(this.#status, failing?.failure?.message, nowUs);
    const next = Math.min(
      due > nowUs ? due : Infinity,
      this.#minReadyUs === 0 ? Infinity : this.#nextAvailableUs(nowUs),
    );
    if (this.#recheck !== undefined) host.clock.cancel(this.#recheck);
    this.#recheck = next === Infinity ? undefined : host.clock.at(next, () => host.changed());
  }

  #nextAvailableUs(nowUs: number): number {
    return Math.min(...this.#sets.map((set) => set.nextAvailableUs(this.#minReadyUs, nowUs)));
  }

  #counts(nowUs: number): DeploymentCounts {
    const sum = (of: (set: ReplicaSet) => number) =>
      this.#sets.reduce((all, set) => all + of(set), 0);
    return {
      replicas: sum((set) => set.live.length),
      updatedReplicas: this.updatedReplicas,
      readyReplicas: this.readyReplicas,
      availableReplicas: sum((set) => this.#available(set, nowUs)),
    };
  }
}

/** `SetReplicasAnnotations`: for which replicas of the Deployment it has its own. */
function mark(set: ReplicaSet, { replicas, strategy }: Spec): void {
  set.desired = replicas;
  set.maxReplicas = replicas + resolveFenceposts(strategy, replicas).maxSurge;
}
