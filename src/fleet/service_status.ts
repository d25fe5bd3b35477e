// What KServe's controller says about a member: verdicts, conditions, observed fields, events.

import {
  type Condition,
  deploymentAvailable,
  groupsAvailable,
  schedulerAvailable,
  serviceConditions,
  type ServiceVerdicts,
  type SubCondition,
  type Verdict,
} from "../kube/conditions.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { routerShape, routingObjects, serviceUrl, workloadObject } from "./children.ts";
import type { Cluster } from "./pod_template.ts";
import { replicaSetObject } from "./replica_set_object.ts";
import type { Revision } from "./revision.ts";
import type { Workload } from "./workload.ts";

/** What keeps KServe from making anything for a service: it was stopped, or cannot be combined. */
export interface Blocked {
  readonly presets: Verdict;
  /** The verdict of every part of it that would be there. */
  readonly parts?: Verdict;
}

/** Tells the objects of a service's members and what becomes of them. */
export class ServiceStatus {
  readonly #host: Cluster;
  readonly #blocked: Blocked | undefined;
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

  /** What routes to a member's pods. */
  tellChildren({ object }: Revision): void {
    if (this.#blocked) return;
    for (const child of routingObjects(object)) this.#host.journal.apply(child);
  }

  /** Why nothing could be made of it. */
  tellFailure({ object }: Revision): void {
    const { status, message = "" } = this.#blocked?.presets ?? READY;
    if (status === "True") return;
    const failed = `Reconciliation failed: ${message}`;
    this.#host.journal.event("Warning", "Error", object, failed, SOURCE);
  }

  /** Looks at a member's workloads and autoscalers again. */
  tell(revision: Revision): void {
    const { clock, journal } = this.#host;
    const before = (revision.object.status?.["conditions"] ?? []) as unknown as Condition[];
    const now = virtualTimestamp(this.#sinceUs ?? clock.nowUs);
    const conditions = serviceConditions(before, this.#verdicts(revision), now);
    if (!this.#blocked) {
      for (const workload of revision.workloads) {
        journal.apply(workloadObject(revision.object, workload));
        for (const set of workload.replicaSets) {
          journal.apply(replicaSetObject(workload, set, revision.object));
        }
      }
    }
    const status = this.#blocked ? { conditions } : observed(revision, conditions);
    revision.object = { ...revision.object, status };
    journal.apply(revision.object);
    if (before.length > 0) {
      this.#tellReadiness(revision, before, conditions as unknown as Condition[]);
    }
  }

  /** KServe's own event reasons and words. */
  #tellReadiness(
    { member, object }: Revision,
    before: readonly Condition[],
    after: readonly Condition[],
  ): void {
    const { journal } = this.#host;
    const ready = isReady(after);
    if (ready === isReady(before)) return;
    if (ready) {
      const message = `LLMInferenceService [${member}] is Ready`;
      journal.event("Normal", "LLMInferenceServiceReady", object, message, SOURCE);
    } else {
      const why = after.find(({ type }) => type === "Ready");
      const message = `LLMInferenceService [${member}] is no longer Ready because of: ${
        why?.message ?? ""
      }`;
      journal.event("Warning", "LLMInferenceServiceNotReady", object, message, SOURCE);
    }
  }

  #verdicts(revision: Revision): ServiceVerdicts {
    const parts = { ...routerVerdicts(revision), ...revision.scaling };
    for (const workload of revision.workloads) {
      const [type, verdict] = verdictOf(workload);
      parts[type] = verdict;
    }
    if (!this.#blocked) return { presets: READY, parts };
    const { presets, parts: all } = this.#blocked;
    if (!all) return { presets, parts: {} };
    return {
      presets,
      parts: Object.fromEntries(Object.keys(parts).map((type) => [type, all])),
    };
  }
}

const SOURCE = "llmisvc-controller";

const READY: Verdict = { status: "True" };

/** Gateway, route and pool of a simulated cluster are accepted as soon as they are there. */
function routerVerdicts({ object }: Revision): { [type in SubCondition]?: Verdict } {
  const { route, gateway, scheduler } = routerShape(object);
  return {
    ...(gateway ? { GatewaysReady: READY } : {}),
    ...(route ? { HTTPRoutesReady: READY } : {}),
    ...(scheduler ? { InferencePoolReady: READY } : {}),
  };
}

function verdictOf(workload: Workload): [SubCondition, Verdict] {
  const { plan: { role, groupSize }, readyReplicas: ready, replicas } = workload;
  if (role === "scheduler") return ["SchedulerWorkloadReady", schedulerAvailable(ready)];
  const prefill = role === "prefill";
  return groupSize === undefined
    ? [prefill ? "PrefillWorkloadReady" : "MainWorkloadReady", deploymentAvailable(ready, replicas)]
    : [
      prefill ? "PrefillWorkerWorkloadReady" : "WorkerWorkloadReady",
      groupsAvailable(ready, replicas),
    ];
}

/** The status of a service that has its children: where it is reached and what it is made of. */
function observed({ object, workloads }: Revision, conditions: Json): JsonObject {
  const url = serviceUrl(object);
  const parts = workloads.map((workload) => {
    const { plan: { role, groupSize }, name, readyReplicas } = workload;
    const field = role === "prefill" ? "prefill" : role === "scheduler" ? "scheduler" : "primary";
    const kind = groupSize === undefined
      ? { apiGroup: "apps", kind: "Deployment" }
      : { apiGroup: "leaderworkerset.x-k8s.io", kind: "LeaderWorkerSet" };
    return [field, { ...kind, name, readyReplicas }] as const;
  });
  return {
    url,
    addresses: [{ url }],
    conditions,
    workloads: Object.fromEntries(parts),
  };
}

function isReady(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
