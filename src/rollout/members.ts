// The members of a service that a rollout works with: how many pods they have, and who gets which traffic.

import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { Revision } from "../fleet/revision.ts";
import { STABLE } from "../fleet/revision_names.ts";
import type { Service } from "../fleet/service.ts";
import { type Process, wait, waitAtMost } from "../sim/process.ts";

/** How much of a revision must be ready before a rollout goes on. */
export interface ReadyThreshold {
  readonly type: "Percent" | "Pod";
  readonly value: number;
}

export interface MembersPlan {
  /** The rollout, who scales. */
  readonly id: string;
  readonly service: string;
  /** What the new revision is called within the service. */
  readonly revision: string;
  /** What it is. */
  readonly plan: ServicePlan;
  /** Replicas that it is to have in the end; absent: as many as stable. */
  readonly replicas?: number | undefined;
  /** Stable gives up replicas as its traffic goes (Argo's dynamicStableScale). */
  readonly dynamicStableScale: boolean;
  /** Without progress for so long, pods are overdue; µs. */
  readonly progressDeadlineUs: number;
  /** Called when they are, and when they came all the same; may throw. */
  readonly onOverdue: (revision: Revision, overdue: boolean) => void;
  /** Called when the new revision's weight became another. */
  readonly onWeight: (weight: number) => void;
}

export class Members {
  readonly service: Service;
  /** Percent of the traffic that the new revision has. */
  weight = 0;
  /** Its replicas are its weight's share of stable's. */
  scaleFollowsWeight = true;
  /** Absent: all that are wanted. */
  threshold: ReadyThreshold | undefined;
  readonly fleet: Fleet;
  readonly #is: MembersPlan;
  /** Stable's replicas where they are no longer what they were when the rollout began. */
  #before: number | undefined;
  #mirrored = 0;
  /** Weights of further members, which stable gives up. */
  readonly #others = new Map<string, number>();

  constructor(plan: MembersPlan, fleet: Fleet) {
    this.#is = plan;
    this.fleet = fleet;
    this.service = fleet.services.get(plan.service)!;
  }

  get nowUs(): number {
    return this.fleet.clock.nowUs;
  }

  get stable(): Revision {
    return this.service.revision(STABLE)!;
  }

  /** The new revision, once it was made. */
  get revision(): Revision {
    return this.service.revision(this.#is.revision)!;
  }

  /** Makes the new revision, where an earlier try has not. */
  make(): void {
    if (this.#is.dynamicStableScale) this.#before ??= this.stable.replicas;
    this.scaleFollowsWeight = true;
    this.threshold = undefined;
    this.add(this.#is.revision, this.#is.plan);
  }

  /** A further member of the service; one that there was before is used again. */
  add(name: string, plan?: ServicePlan): Revision {
    return this.service.revision(name) ?? this.fleet.addMember(this.#is.service, name, plan);
  }

  /** What the new revision is. */
  get plan(): ServicePlan {
    return this.#is.plan;
  }

  /** Replicas of the new revision that hold all of the traffic. */
  get full(): number {
    return this.#is.replicas ?? this.#stableFull;
  }

  get #stableFull(): number {
    return this.#before ?? this.stable.replicas;
  }

  /** Argo's rule: the new revision has its weight's share of all replicas, rounded up. */
  replicasFor(weight: number): number {
    return Math.ceil(weight * this.full / 100);
  }

  scale(replicas: number, revision: Revision = this.revision): void {
    this.service.scale(revision, replicas, this.#is.id);
  }

  /** Gives up stable's replicas; how many it had is remembered. */
  retireStable(): void {
    this.#before ??= this.stable.replicas;
    this.scale(0, this.stable);
  }

  /** Stable has as many replicas again as when the rollout began. */
  reviveStable(): void {
    this.scale(this.#stableFull, this.stable);
  }

  /** The new revision has this share of the traffic, in percent, from now on. */
  setWeight(weight: number): void {
    // The last step may have brought all traffic already, the abort may come before any.
    const known = this.service.weights[this.#is.revision] === weight;
    this.weight = weight;
    this.#setWeights();
    if (!known) this.#is.onWeight(weight);
  }

  /** The new revision has all replicas, and with them all traffic. */
  *takeOver(): Process {
    this.threshold = undefined;
    this.mirror(0);
    this.scale(Math.max(this.revision.replicas, this.full));
    yield* this.awaitReady();
    this.setWeight(100);
  }

  /** Where stable gave up replicas it gets its traffic back with them, as they become ready. */
  *giveBack(): Process {
    const { stable } = this;
    this.reviveStable();
    while (this.weight > 0) {
      const share = Math.floor(100 * stable.readyReplicas / Math.max(1, stable.replicas));
      const weight = Math.min(this.weight, Math.max(0, 100 - share));
      if (weight !== this.weight) this.setWeight(weight);
      if (weight > 0) yield* wait(this.service.changed);
    }
  }

  /** Stable's replicas follow its weight, where they are to; before it takes traffic back they are ready. */
  *followStable(weight: number): Process {
    if (!this.#is.dynamicStableScale) return;
    this.scale(Math.ceil((100 - weight) * this.#stableFull / 100), this.stable);
    if (weight < this.weight) yield* this.awaitReady(this.stable);
  }

  /** A further member takes so many percent from stable; 0: none. */
  share(name: string, weight: number): void {
    this.#others.set(name, weight);
    this.#setWeights();
  }

  #setWeights(): void {
    const others = [...this.#others.values()].reduce((sum, weight) => sum + weight, 0);
    this.service.setWeights({
      [STABLE]: Math.max(0, 100 - this.weight - others),
      [this.#is.revision]: this.weight,
      ...Object.fromEntries(this.#others),
    });
  }

  /** Copies of so many percent of the requests go to the new revision; 0: none. */
  mirror(percent: number): void {
    if (percent === this.#mirrored) return;
    this.#mirrored = percent;
    this.service.setMirror(this.revision, percent);
  }

  /** Ends when as many replicas of a revision are ready as are wanted of it, and its route can use them. */
  *awaitReady(revision: Revision = this.revision): Process {
    const { progressDeadlineUs, onOverdue } = this.#is;
    const { service } = this;
    let sinceUs = this.nowUs;
    let ready = revision.readyReplicas;
    let overdue = false;
    // A stopped service's further member is stopped too, and ready when both are resumed.
    while (service.stopped || !this.#isReady(revision)) {
      if (service.stopped || revision.readyReplicas !== ready) sinceUs = this.nowUs;
      ready = revision.readyReplicas;
      const leftUs = sinceUs + progressDeadlineUs - this.nowUs;
      if (leftUs > 0) yield* waitAtMost(service.changed, leftUs);
      else {
        if (!overdue) onOverdue(revision, true);
        overdue = true;
        yield* wait(service.changed);
      }
    }
    if (overdue) onOverdue(revision, false);
  }

  #isReady(revision: Revision): boolean {
    const { replicas, readyReplicas } = revision;
    if (replicas === 0) return revision.complete;
    // One that its peers leave out of the route would get no request, whatever its weight.
    if (!this.service.group.member(revision).routable) return false;
    if (!this.threshold || revision !== this.revision) return revision.complete;
    const { type, value } = this.threshold;
    const wanted = type === "Pod" ? Math.min(value, replicas) : Math.ceil(value * replicas / 100);
    return readyReplicas >= wanted;
  }
}
