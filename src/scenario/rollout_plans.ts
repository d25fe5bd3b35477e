// What services, or further members of them, are to be by their rollouts: each planned like a service of its own.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import type { ConfigLookup } from "../kube/effective_spec.ts";
import { isMap, listIn } from "../kube/json_shape.ts";
import { isMain, withMain } from "../kube/main_container.ts";
import { type Json, type JsonObject, mergePatch } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import type { PodChange, RevisionChange } from "../rollout/revision_change.ts";
import type { Rollout } from "../rollout/rollouts.ts";
import type { Problem } from "./problem.ts";
import { entryId } from "./scenario.ts";
import type { ParsedScenario } from "./schema.ts";
import { planService } from "./services.ts";

export interface RolloutPlans {
  /** By the rollout's id. */
  readonly plans: Readonly<Record<string, ServicePlan>>;
  readonly problems: readonly Problem[];
}

/** `planned` are the services as they are before; of one that could not be planned nothing is said here. */
export function planRollouts(
  { rollouts, services }: ParsedScenario,
  planned: readonly ServicePlan[],
  nodes: NodeKinds | undefined,
  slos: Readonly<Record<string, Slo>>,
  lookup: ConfigLookup,
  ownPlugins: PluginTypes,
): RolloutPlans {
  const plans: Record<string, ServicePlan> = {};
  const problems: Problem[] = [];
  for (const [index, rollout] of rollouts.entries()) {
    const before = planned.find(({ name }) => name === rollout.service);
    const at = services.findIndex((service) => nameOf(service) === rollout.service);
    if (!before || at < 0) continue;
    const path = `rollouts[${index}].to`;
    if (rollout.to.prefill && !before.workloads.some(({ role }) => role === "prefill")) {
      const message = `Cannot change the prefill pods of "${rollout.service}": it has none`;
      problems.push({ path: `${path}.prefill`, message });
      continue;
    }
    const found = planService(
      withRevision(
        services[at] as JsonObject,
        rollout.to,
        rollout.kind === "rolling" ? strategyOf(rollout) : {},
      ),
      at,
      nodes,
      slos,
      lookup,
      ownPlugins,
    );
    if ("problems" in found) {
      problems.push(...found.problems.map(({ message }) => ({ path, message })));
      continue;
    }
    const other = otherWorkloads(before, found.plan);
    const stuck = cannotMove(found.plan);
    if (other !== undefined) problems.push({ path, message: other });
    if (stuck !== undefined) problems.push({ path: `rollouts[${index}]`, message: stuck });
    plans[entryId("rollouts", index, rollout)] = found.plan;
  }
  return { plans, problems };
}

/** KServe's own words, `validateRolloutStrategy`. */
function cannotMove({ workloads }: ServicePlan): string | undefined {
  const nothing = workloads.some(({ update }) =>
    update?.strategy?.kind === "RollingUpdate" && isNothing(update.strategy.maxSurge) &&
    isNothing(update.strategy.maxUnavailable)
  );
  return nothing
    ? "maxUnavailable and maxSurge cannot both be zero; this would prevent any rolling update progress"
    : undefined;
}

function isNothing(value: number | string): boolean {
  return value === 0 || value === "0%";
}

/** A rollout keeps its workloads: KServe would make others beside them and delete these. */
export function otherWorkloads(before: ServicePlan, after: ServicePlan): string | undefined {
  const shape = ({ workloads }: ServicePlan) =>
    workloads.map(({ role, groupSize = "" }) => `${role}${groupSize}`).join(" ");
  if (shape(before) === shape(after)) return undefined;
  return `Cannot roll out "${before.name}" with other workloads than it has: only their pods may change`;
}

function nameOf(service: unknown): unknown {
  return (service as { metadata?: { name?: unknown } } | null)?.metadata?.name;
}

/** The object as somebody would apply it. */
export function withRevision(
  object: JsonObject,
  { prefill: toPrefill, spec: patch = {}, ...toMain }: RevisionChange,
  strategy: JsonObject = {},
): JsonObject {
  const spec = mergePatch(object["spec"] ?? {}, patch as Json) as JsonObject;
  const main = changed(spec, toMain, strategy);
  const before = spec["prefill"] as JsonObject | undefined;
  const prefill = before && { prefill: changed(before, toPrefill ?? {}, strategy) };
  return { ...object, spec: { ...main, ...prefill } };
}

function strategyOf({ maxSurge, maxUnavailable }: Extract<Rollout, { kind: "rolling" }>) {
  return {
    ...(maxSurge === undefined ? {} : { maxSurge }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
  };
}

function changed(workload: JsonObject, change: PodChange, strategy: JsonObject): JsonObject {
  const { replicas, ...pods } = change;
  const both = { ...workload["rolloutStrategy"] as JsonObject | undefined, ...strategy };
  const podSpec = (field: "template" | "worker") =>
    withPods((workload[field] ?? {}) as JsonObject, pods);
  return {
    ...workload,
    ...(replicas === undefined ? {} : { replicas }),
    ...(Object.keys(both).length === 0 ? {} : { rolloutStrategy: both }),
    ...(Object.keys(pods).length === 0 ? {} : {
      template: podSpec("template"),
      ...(workload["worker"] === undefined ? {} : { worker: podSpec("worker") }),
    }),
  };
}

function withPods(spec: JsonObject, { env, ...fields }: Omit<PodChange, "replicas">): JsonObject {
  if (env === undefined) return withMain(spec, fields as JsonObject);
  const main = listIn(spec, "containers").find(isMain);
  const kept = listIn(main ?? {}, "env").filter((each) =>
    isMap(each) && !(`${each["name"]}` in env)
  );
  const added = Object.entries(env).map(([name, value]) => ({ name, value }));
  return withMain(spec, { ...fields as JsonObject, env: [...kept, ...added] });
}
