// A LeaderWorkerSet: groups of pods that are one replica each, and how they go from template to template.

import type { JsonObject } from "../kube/object.ts";
import type { EventReason } from "./event_reasons.ts";
import { type GroupState, type LeaderSet, nextLeaderSet } from "./group_rollout.ts";
import {
  type GroupCondition,
  groupConditionTypes,
  groupStatusObject,
  withGroupConditions,
} from "./group_status.ts";
import type { Pod } from "./pod.ts";
import { PodCreation } from "./pod_creation.ts";
import { PodGroup } from "./pod_group.ts";
import type { PodBirth, PodHost } from "./pod_template.ts";
import type { TemplateRevision } from "./template_revision.ts";
import { TIMINGS } from "./timings.ts";
import type {
  WorkloadContext,
  WorkloadController,
  WorkloadProgress,
} from "./workload_controller.ts";

const LABEL = "leaderworkerset.sigs.k8s.io";

/**
 * Restart policy `RecreateGroupOnPodRestart` and startup policy `LeaderCreated`, the defaults. Groups at
 * or above the partition are replaced all at once, as by a StatefulSet that knows `maxUnavailable`
 * (Kubernetes' gate MaxUnavailableStatefulSet); without it they go one after the other.
 */
export class LeaderWorkerSet implements WorkloadController {
  readonly #context: WorkloadContext;
  readonly #groups = new Map<number, PodGroup>();
  /** The template of groups below the partition, and of those from it on. */
  #current: TemplateRevision;
  #update: TemplateRevision;
  #changed = false;
  #set: LeaderSet | undefined;
  #conditions: readonly GroupCondition[] = [];
  readonly #creation = new PodCreation();

  constructor(context: WorkloadContext, template: TemplateRevision) {
    this.#context = context;
    this.#current = template;
    this.#update = template;
  }

  get pods(): readonly Pod[] {
    return this.#inOrder.flatMap(({ pods }) => pods);
  }

  get readyReplicas(): number {
    return this.#inOrder.filter(({ ready }) => ready).length;
  }

  get endpoints(): readonly Pod[] {
    return this.#inOrder.flatMap(({ leader }) => leader?.ready ? [leader] : []);
  }

  get updatedReplicas(): number {
    return this.#inOrder.filter((group) => this.#isUpdated(group)).length;
  }

  get progress(): WorkloadProgress {
    return {
      replicas: this.#inOrder.filter(({ ending }) => !ending).length,
      updated: this.updatedReplicas,
      available: this.readyReplicas,
      overdue: false,
    };
  }

  get #inOrder(): PodGroup[] {
    return [...this.#groups.values()].sort((a, b) => a.index - b.index);
  }

  #isUpdated({ revision, ending }: PodGroup): boolean {
    return !ending && revision.hash === this.#update.hash;
  }

  update(template: TemplateRevision): void {
    this.#changed ||= template.hash !== this.#update.hash;
    this.#update = template;
  }

  statusObject(): JsonObject {
    const counts = {
      replicas: this.#groups.size,
      readyReplicas: this.readyReplicas,
      updatedReplicas: this.updatedReplicas,
    };
    return groupStatusObject(this.#context.name, counts, this.#conditions);
  }

  reconcile(replicas: number, host: PodHost, birth?: PodBirth): void {
    const born = birth ?? { createdUs: host.clock.nowUs, started: false };
    this.#sweep();
    const tell = born.started ? undefined : host;
    // Decided first: no group is held against a template before its place in the order is clear.
    this.#decide(replicas, tell);
    do this.#fit(host, born); while (this.#decide(replicas, tell));
    this.#settle(replicas);
    this.#tellConditions(replicas, born.createdUs, tell);
  }

  /** Pods that are gone leave their groups; a group that lost one of them goes as a whole. */
  #sweep(): void {
    for (const group of this.#inOrder) {
      if (!group.ending && group.broken) group.end();
      group.pods = group.pods.filter((pod) => !pod.gone);
      if (group.pods.length === 0) this.#groups.delete(group.index);
    }
  }

  /** Whether the leaders' set is to be another than it was. */
  #decide(replicas: number, tell: PodHost | undefined): boolean {
    const before = this.#set;
    const { strategy } = this.#update.plan.update ?? {};
    const wanted = { replicas, strategy, changed: this.#changed };
    const next = nextLeaderSet(wanted, before, this.#states(before?.replicas ?? 0));
    if (before && same(before, next)) return false;
    this.#set = next;
    if (!before) this.#event(tell, "GroupsProgressing", `Created leader statefulset ${this.#name}`);
    else if (this.#changed) {
      const words = `Creating revision with key ${this.#update.hash} for updated LWS`;
      this.#event(tell, "CreatingRevision", words);
    } else if (next.partition !== before.partition) {
      const words = `Updating replicas ${before.partition} to ${next.partition}`;
      this.#event(tell, "GroupsUpdating", words);
    }
    if (before && next.desired === before.desired && next.replicas < before.replicas) {
      const words = `deleting surge replica ${this.#name}-${next.replicas}`;
      this.#event(tell, "GroupsProgressing", words);
    }
    this.#changed = false;
    return true;
  }

  get #name(): string {
    return this.#context.name;
  }

  #states(count: number): GroupState[] {
    return Array.from({ length: count }, (_, index) => {
      const group = this.#groups.get(index);
      return { ready: group?.ready ?? false, updated: group ? this.#isUpdated(group) : false };
    });
  }

  /** Ends groups that are too many or of the wrong template; makes those whose place is free. */
  #fit(host: PodHost, birth: PodBirth): void {
    const { replicas, partition } = this.#set!;
    for (const group of this.#inOrder) {
      const replaced = group.index >= partition && !this.#isUpdated(group);
      if (!group.ending && (group.index >= replicas || replaced)) group.end();
    }
    this.#sweep();
    const missing = Array.from({ length: replicas }, (_, index) => index)
      .filter((index) => !this.#groups.has(index));
    if (missing.length > 0 && !this.#creation.mayTry(host.clock.nowUs)) return;
    for (const index of missing) {
      const revision = index >= partition ? this.#update : this.#current;
      const refused = this.#refusal(index, revision, host);
      if (refused !== undefined) return this.#refused(index, refused, host);
      this.#make(index, revision, host, birth);
    }
    this.#creation.succeeded(host);
  }

  /** A group's pods are made together or not at all: one without its workers would only wait for them. */
  #refusal(index: number, { plan }: TemplateRevision, { quotas }: PodHost): string | undefined {
    const { groupSize = 1, needs } = plan;
    const name = `${this.#name}-${index}`;
    return quotas.refusal(this.#context.namespace, name, needs.requests, groupSize);
  }

  #refused(index: number, refused: string, host: PodHost): void {
    this.#creation.refused(refused, host);
    const { namespace } = this.#context;
    const about = { kind: "StatefulSet", metadata: { name: this.#name, namespace } };
    const message = `create Pod ${this.#name}-${index} in StatefulSet ${this.#name} failed ` +
      `error: ${refused}`;
    host.journal.event("Warning", "FailedCreate", about, message, "statefulset-controller");
  }

  #make(index: number, revision: TemplateRevision, host: PodHost, birth: PodBirth): void {
    const size = revision.plan.groupSize ?? 1;
    const noticed = () => void host.clock.after(TIMINGS.deathNoticedUs, () => host.changed());
    const group = new PodGroup(index, `${this.#name}-${index}`, revision, size, noticed);
    this.#groups.set(index, group);
    const make = (worker: number, born: PodBirth) => this.#makePod(group, worker, host, born);
    if (!birth.started) {
      for (let worker = 0; worker < size; worker++) group.pods.push(make(worker, birth));
      return;
    }
    // A leader that is up before the run began has its workers already.
    for (let worker = 1; worker < size; worker++) group.pods.push(make(worker, birth));
    for (const pod of group.pods) if (pod.ready) group.joinedBefore();
    const started = group.pods.every((pod) => pod.ready);
    group.pods.unshift(make(0, { ...birth, started }));
  }

  #makePod(group: PodGroup, worker: number, host: PodHost, birth: PodBirth): Pod {
    const labels = {
      [`${LABEL}/name`]: this.#name,
      [`${LABEL}/group-index`]: String(group.index),
      [`${LABEL}/worker-index`]: String(worker),
      [`${LABEL}/template-revision-hash`]: group.revision.hash,
    };
    const place = worker === 0 ? "leader" : "worker";
    const name = worker === 0 ? group.name : `${group.name}-${worker}`;
    return this.#context.makePod(group.revision, name, labels, host, birth, { place, group });
  }

  /** The update is through: from now on there is one template. */
  #settle(replicas: number): void {
    const { partition, replicas: groups } = this.#set!;
    if (partition > 0 || groups !== replicas || this.#groups.size !== replicas) return;
    if (this.#inOrder.every((group) => this.#isUpdated(group))) this.#current = this.#update;
  }

  #tellConditions(replicas: number, atUs: number, tell: PodHost | undefined): void {
    const there = this.#states(this.#set!.replicas)
      .filter((_, index) => this.#groups.has(index));
    const types = groupConditionTypes(there, replicas);
    const before = this.#conditions;
    this.#conditions = withGroupConditions(before, types, atUs);
    if (this.#conditions.every((condition, index) => condition === before[index])) return;
    const { reason, message } = this.#conditions.find(({ type }) => type === types[0])!;
    const ready = `with ${this.readyReplicas} groups ready of total ${replicas} groups`;
    this.#event(tell, reason, `${message}, ${ready}`);
  }

  #event(tell: PodHost | undefined, reason: EventReason, message: string): void {
    const { name, namespace } = this.#context;
    const about = { kind: "LeaderWorkerSet", metadata: { name, namespace } };
    tell?.journal.event("Normal", reason, about, message, "leaderworkerset");
  }
}

function same(a: LeaderSet, b: LeaderSet): boolean {
  return a.replicas === b.replicas && a.partition === b.partition && a.desired === b.desired;
}
