// What services are to be by changes of their pods and objectives: each change beside those before it.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import type { ConfigLookup } from "../kube/effective_spec.ts";
import type { JsonObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import type { Change } from "../rollout/change.ts";
import type { Problem } from "./problem.ts";
import { otherWorkloads, withRevision } from "./rollout_plans.ts";
import { entryId } from "./scenario.ts";
import type { ParsedScenario } from "./schema.ts";
import { planService } from "./services.ts";
import { sloOf } from "./slo.ts";

/** How services are planned. */
export interface PlanningContext {
  readonly nodes: NodeKinds | undefined;
  readonly slos: Readonly<Record<string, Slo>>;
  readonly lookup: ConfigLookup;
  readonly ownPlugins: PluginTypes;
}

export interface ChangePlans {
  /** By the change's id. */
  readonly plans: Readonly<Record<string, ServicePlan>>;
  readonly problems: readonly Problem[];
}

interface Placed {
  readonly change: Change;
  readonly index: number;
}

/** `planned` are the services as they are before; of one that could not be planned nothing is said here. */
export function planChanges(
  scenario: ParsedScenario,
  planned: readonly ServicePlan[],
  context: PlanningContext,
): ChangePlans {
  const plans: Record<string, ServicePlan> = {};
  const problems: Problem[] = [];
  for (const before of planned) {
    const at = scenario.services.findIndex((service) => nameOf(service) === before.name);
    if (at < 0) continue;
    const own = changesOf(scenario, before.name);
    const untimely = own.length > 1
      ? own.find(({ change }) => typeof change.when !== "number")
      : undefined;
    if (untimely) {
      const message = `Cannot tell which change of "${before.name}" comes first: give each a time`;
      problems.push({ path: `changes[${untimely.index}].when`, message });
      continue;
    }
    let object = scenario.services[at] as JsonObject;
    let last = before;
    for (const { change, index } of own) {
      if (change.slo) last = { ...last, slo: sloOf(change.slo) };
      if (change.to) {
        object = withRevision(object, change.to);
        const path = `changes[${index}].to`;
        const found = planService(
          ...[object, at, context.nodes, context.slos, context.lookup, context.ownPlugins] as const,
        );
        const wrong = "problems" in found
          ? found.problems.map(({ message }) => message)
          : [otherWorkloads(before, found.plan)].filter((each) => each !== undefined);
        problems.push(...wrong.map((message) => ({ path, message })));
        if ("problems" in found) break;
        last = { ...found.plan, ...(last.slo ? { slo: last.slo } : {}) };
      }
      plans[entryId("changes", index, change)] = last;
    }
  }
  return { plans, problems };
}

/** Those of its pods and its objectives, as they come. */
function changesOf({ changes }: ParsedScenario, service: string): readonly Placed[] {
  const own = changes.flatMap((change, index): Placed[] =>
    change.kind === "change" && change.service === service && (change.to || change.slo)
      ? [{ change, index }]
      : []
  );
  const timeOf = ({ change }: Placed) => typeof change.when === "number" ? change.when : 0;
  return own.toSorted((a, b) => timeOf(a) - timeOf(b));
}

function nameOf(service: unknown): unknown {
  return (service as { metadata?: { name?: unknown } } | null)?.metadata?.name;
}
