// The Deployment or LeaderWorkerSet of a workload. Knows no pod.

import { withMain } from "../../kube/main_container.ts";
import type { GroupPlace } from "../../kube/names.ts";
import type { JsonObject, KubeObject } from "../../kube/object.ts";
import type { WorkloadPlan } from "../workload_plan.ts";
import { childOf, type Owner } from "./metadata.ts";

/** A workload as it is now. */
export interface WorkloadFacts {
  readonly name: string;
  readonly plan: WorkloadPlan;
  /** What is wanted of it. */
  readonly replicas: number;
  readonly generation: number;
  /** As its own controller tells it. */
  readonly status: JsonObject;
  labels(place?: GroupPlace): Record<string, string>;
}

export function workloadObject(owner: Owner, workload: WorkloadFacts): KubeObject {
  return workload.plan.groupSize === undefined
    ? deploymentObject(owner, workload)
    : groupsObject(owner, workload);
}

function deploymentObject(owner: Owner, workload: WorkloadFacts): KubeObject {
  const { plan, replicas, generation, status } = workload;
  const labels = workload.labels();
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...childOf(owner, { name: workload.name, labels }), generation },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      // Two endpoint pickers would each know half of the requests (kserve: `scheduler.go`).
      ...(plan.role === "scheduler" ? { strategy: { type: "Recreate" } } : {}),
      template: { metadata: { labels }, spec: podSpecOf(plan, plan.template) },
    },
    status,
  };
}

function groupsObject(owner: Owner, workload: WorkloadFacts): KubeObject {
  const { plan, replicas, generation, status } = workload;
  const metadata = childOf(owner, { name: workload.name, labels: workload.labels("leader") });
  const template = (place: GroupPlace, spec: JsonObject): JsonObject => ({
    metadata: { labels: workload.labels(place) },
    spec: podSpecOf(plan, spec),
  });
  return {
    apiVersion: "leaderworkerset.x-k8s.io/v1",
    kind: "LeaderWorkerSet",
    metadata: { ...metadata, generation },
    spec: {
      replicas,
      leaderWorkerTemplate: {
        size: plan.groupSize,
        leaderTemplate: template("leader", plan.template),
        workerTemplate: template("worker", plan.worker ?? plan.template),
      },
    },
    status,
  };
}

/** The same object for the same plan and PodSpec: whoever compares need not look into it. */
const SPECS = new WeakMap<WorkloadPlan, Map<JsonObject, JsonObject>>();

/** A PodSpec with what its `main` container really runs. */
export function podSpecOf(plan: WorkloadPlan, spec: JsonObject): JsonObject {
  const known = SPECS.get(plan) ?? new Map<JsonObject, JsonObject>();
  SPECS.set(plan, known);
  const made = known.get(spec) ?? withMain(spec, { image: plan.image, resources: plan.resources });
  known.set(spec, made);
  return made;
}
