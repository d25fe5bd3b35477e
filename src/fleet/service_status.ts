// What KServe's controller makes for a member and says about it: children, conditions, fields, events.

import {
  type Condition,
  conditionsOf,
  type LoneCondition,
  notReady,
  type Reconciled,
  ROUTER_CONDITIONS,
  serviceConditions,
  TRUE,
  unobserved,
  type Verdict,
  verdictOf,
} from "../kube/conditions.ts";
import type { Role } from "../kube/names.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { WeightedMember } from "./children/http_route.ts";
import type { Owner } from "./children/metadata.ts";
import { backendOf } from "./children/router_spec.ts";
import { CONTROLLER, MemberChildren } from "./member_children.ts";
import type { Cluster } from "./pod_template.ts";
import type { Revision } from "./revision.ts";
import type { Workload } from "./workload.ts";
import { observedWorkloads, workloadConditions, workloadParts } from "./workload_report.ts";

/** What keeps KServe from making anything for a service: it was stopped, or cannot be combined. */
export interface Blocked {
  readonly presets: Verdict;
  /** The verdict of every part of it that would be there. */
  readonly parts?: Verdict;
  /** Why its server cannot be made: the reconcile ends there. */
  readonly workload?: string;
}

/** The annotation `serving.kserve.io/stop` in force. */
export const STOPPED = {
  presets: TRUE,
  parts: { status: "False", reason: "Stopped", message: "Service is stopped" },
} as const satisfies Blocked;

/** What a member sees of its route group. */
export interface GroupFacts {
  readonly name: string;
  /** By name; those that take requests are the backends of its route, with their weights. */
  readonly members: readonly (WeightedMember & { readonly stopped?: boolean })[];
  /** Why it is degraded. */
  readonly degraded?: string;
}

/** What is known of a member that no workload of it tells. */
interface Told {
  children: MemberChildren;
  group?: GroupFacts & { readonly backends: readonly WeightedMember[] };
  /** The member of its group that it waits for before it can be deleted. */
  awaits?: string;
  /** What its children were when its status was told. */
  key: string;
}

export class ServiceStatus {
  readonly #host: Cluster;
  #blocked: Blocked | undefined;
  readonly #told = new Map<Revision, Told>();
  /** When conditions that are told now came about, where that is not now. */
  #sinceUs: number | undefined;

  constructor(host: Cluster, blocked: Blocked | undefined) {
    this.#host = host;
    this.#blocked = blocked;
  }

  /** What is told from now on has been so since then; undefined: since it is told. */
  since(us: number | undefined): void {
    this.#sinceUs = us;
  }

  /** Its members are stopped, and what was made for them goes; undefined: all is made again. */
  block(blocked: Blocked | undefined, revisions: Iterable<Revision>): void {
    for (const revision of revisions) {
      const told = this.#of(revision);
      if (blocked) told.children.stop(revision.owner, revision.workloads);
      told.children = new MemberChildren(this.#host);
      told.key = "";
    }
    this.#blocked = blocked;
  }

  /** It cannot be deleted before that member of its group has it out of its route. */
  setAwaits(revision: Revision, member: string): void {
    const told = this.#of(revision);
    told.awaits = member;
    told.key = "";
    this.tell(revision);
  }

  /** It is deleted, and with it what was made for it. */
  delete(revision: Revision): void {
    this.#of(revision).children.delete(revision.owner, revision.workloads);
    this.#host.journal.delete(revision.object);
  }

  /** What a member sees of its group changed. */
  setGroup(revision: Revision, group: GroupFacts): void {
    const told = this.#of(revision);
    const text = (facts: GroupFacts) => JSON.stringify([groupStatus(facts), facts.degraded]);
    if (told.group && text(group) === text(told.group)) return;
    const { degraded } = group;
    if (degraded !== undefined && degraded !== told.group?.degraded) {
      const { journal } = this.#host;
      journal.event("Warning", "MemberDivergence", revision.object, degraded, CONTROLLER);
    }
    told.group = { ...group, backends: group.members.filter(({ stopped }) => !stopped) };
    told.key = "";
    // Before anything was told of it there is nothing to correct.
    if (revision.object.status) this.tell(revision);
  }

  /** KServe makes this workload: nothing that comes before it went wrong. */
  makes(revision: Revision, role: Role): boolean {
    if (this.#blocked) return false;
    if (role !== "scheduler" && role !== "tokenizer") return true;
    const { children, group } = this.#of(revision);
    children.look(revision.owner, group?.backends);
    return !children.report.nothingMade;
  }

  /** What it refers to is not there: KServe makes no route and no pool for it. */
  routesNothing(revision: Revision): boolean {
    return this.#of(revision).children.report.nothingMade === true;
  }

  /** Looks at a member and its autoscalers again; says nothing when nothing of it changed. */
  tell(revision: Revision): void {
    const told = this.#of(revision);
    const workloads = revision.workloads.filter(({ plan }) => this.makes(revision, plan.role));
    const key = JSON.stringify([
      revision.object.metadata.generation,
      workloads.map(({ replicas, status }) => [replicas, status]),
      revision.scaling,
    ]);
    if (key === told.key) return;
    told.key = key;
    this.#observeGeneration(revision);
    if (!this.#blocked) {
      const { owner } = revision;
      told.children.look(owner, told.group?.backends);
      told.children.tell(owner, workloads, this.#sinceUs === undefined);
    }
    this.#tellStatus(revision, told, workloads);
  }

  #of(revision: Revision): Told {
    let told = this.#told.get(revision);
    if (!told) {
      told = { children: new MemberChildren(this.#host), key: "" };
      this.#told.set(revision, told);
    }
    return told;
  }

  /** Before it reconciles a new generation, Knative says that nobody has looked at it yet. */
  #observeGeneration({ object }: Revision): void {
    const { status, metadata } = object;
    if (this.#sinceUs !== undefined) return;
    if (status?.["observedGeneration"] === metadata.generation) return;
    const conditions = json(unobserved(conditionsOf({ status }), this.#now));
    this.#host.journal.apply({ ...object, status: { ...status, conditions } });
  }

  get #now(): string {
    return virtualTimestamp(this.#sinceUs ?? this.#host.clock.nowUs);
  }

  #tellStatus(revision: Revision, told: Told, workloads: readonly Workload[]): void {
    const { object, owner, effective } = revision;
    const { report, observed } = told.children;
    const before = conditionsOf(object);
    const after = serviceConditions(before, this.#reconciled(revision, told, workloads), this.#now);
    const { router, ...reached } = observed;
    const group = told.group && !this.#blocked ? { group: groupStatus(told.group) } : {};
    const found = { ...router as JsonObject | undefined, ...group };
    const complete = !this.#blocked && report.error === undefined;
    const status = {
      observedGeneration: object.metadata.generation ?? 1,
      conditions: json(after),
      ...reached,
      ...(Object.keys(found).length > 0 ? { router: found } : {}),
      ...(complete ? { workloads: observedWorkloads(owner, workloads) } : {}),
      ...(effective ? { appliedConfigs: json(effective.applied) } : {}),
      ...(effective ? { annotations: effective.annotations } : {}),
    };
    revision.object = { ...object, status };
    this.#host.journal.apply(revision.object);
    // What was so before the run is no news.
    if (this.#sinceUs === undefined) this.#tellReadiness(revision, before, after);
  }

  #reconciled(
    { object, owner, scaling }: Revision,
    { children, group, awaits }: Told,
    workloads: readonly Workload[],
  ): Reconciled {
    const presets = this.#blocked?.presets ?? TRUE;
    if (presets.status !== "True") return { presets };
    const { parts: stopped } = this.#blocked ?? {};
    if (stopped) {
      const all = (types: readonly string[]) =>
        Object.fromEntries(types.map((type) => [type, stopped]));
      return {
        presets,
        workloads: all(workloadConditions(owner)),
        router: all(STOPPED_ROUTER),
        lone: {},
      };
    }
    const { workload: unmade } = this.#blocked ?? {};
    if (unmade !== undefined) return { presets, workloads: unmadeWorkload(owner, unmade) };
    const parts = workloadParts(workloads);
    const { report } = children;
    const stale = report.error === undefined ? {} : routerConditionsOf(conditionsOf(object));
    return {
      presets,
      workloads: { ...parts.workloads, ...scaling },
      router: { ...stale, ...parts.router, ...report.conditions },
      lone: loneConditions(owner, group, awaits),
    };
  }

  /** Why a reconcile ended before its end. */
  tellFailure(revision: Revision): void {
    const { presets: { status, message = "" } = TRUE, workload } = this.#blocked ?? {};
    const { error } = this.#of(revision).children.report;
    const why = status !== "True"
      ? message
      : workload !== undefined
      ? workload
      : error !== undefined
      ? `failed to reconcile networking: ${error}`
      : undefined;
    if (why === undefined) return;
    const failed = `Reconciliation failed: ${why}`;
    this.#host.journal.event("Warning", "Error", revision.object, failed, CONTROLLER);
  }

  /** KServe's own event reasons and words. */
  #tellReadiness(
    { member, object }: Revision,
    before: readonly Condition[],
    after: readonly Condition[],
  ): void {
    const { journal } = this.#host;
    const [was, is] = [statusOfReady(before), statusOfReady(after)];
    if (was !== "True" && is === "True") {
      const message = `LLMInferenceService [${member}] is Ready`;
      journal.event("Normal", "LLMInferenceServiceReady", object, message, CONTROLLER);
    }
    if (was === "True" && is === "False") {
      const types = after.filter(({ type, status }) => type !== "Ready" && status === "False")
        .map(({ type }) => type).join(", ");
      const message = `LLMInferenceService [${member}] is no longer Ready because of: ${types}`;
      journal.event("Warning", "LLMInferenceServiceNotReady", object, message, CONTROLLER);
    }
  }
}

/** Its first condition says why; those of what would have come after it do not exist yet. */
function unmadeWorkload(owner: Owner, message: string): NonNullable<Reconciled["workloads"]> {
  const [type] = workloadConditions(owner);
  const shape = type === "WorkerWorkloadReady" ? "MultiNode" : "SingleNode";
  return { [type!]: notReady(`Reconcile${shape}WorkloadError`, message) };
}

function loneConditions(
  owner: Owner,
  group: GroupFacts | undefined,
  awaits: string | undefined,
): { readonly [type in LoneCondition]?: Verdict } {
  const { uri = "" } = (owner.spec?.["model"] ?? {}) as { readonly uri?: string };
  return {
    ...(group ? { GroupReady: awaits === undefined ? TRUE : finalizationPending(awaits) } : {}),
    ...(group?.degraded === undefined ? {} : {
      GroupDegraded: { status: "True", reason: "MemberDivergence", message: group.degraded },
    }),
    // Assumed: the cluster is of Kubernetes 1.35 or newer, where image volumes are on by default.
    ...(uri.startsWith("oci+native://") ? { OciImageVolumeCompatible: TRUE } : {}),
  };
}

function finalizationPending(member: string): Verdict {
  return {
    status: "False",
    reason: "FinalizationPending",
    message: `waiting for member ${member} to remove backendRef before deletion`,
  };
}

/** As `status.router.group` lists it: members that are stopped too. */
function groupStatus({ name, members }: GroupFacts): JsonObject {
  return {
    name,
    members: members.map(({ owner, weight, stopped }) => ({
      name: owner.metadata.name,
      weight,
      ...(stopped ? { stopped } : {}),
      backendRef: backendOf(owner),
    })),
  };
}

function statusOfReady(conditions: readonly Condition[]): string | undefined {
  return conditions.find(({ type }) => type === "Ready")?.status;
}

function json(value: unknown): Json {
  return value as Json;
}

/** KServe says it of all of them, whether or not the service has them. */
const STOPPED_ROUTER = [
  "GatewaysReady",
  "HTTPRoutesReady",
  "InferencePoolReady",
  "SchedulerWorkloadReady",
] as const;

function routerConditionsOf(conditions: readonly Condition[]) {
  const types: readonly string[] = ROUTER_CONDITIONS;
  return Object.fromEntries(
    conditions.filter(({ type }) => types.includes(type)).map((condition) => [
      condition.type,
      verdictOf(condition),
    ]),
  );
}
