// The policies of a scenario's own code: which of those that its data names have come with it.

import type { PluginTypes } from "../fleet/picker/plugin_type.ts";
import { PLUGIN_TYPES } from "../fleet/picker/registry.ts";
import {
  type DefinitionType,
  type MetricDefinition,
  Policies,
} from "../fleet/policy/definition.ts";
import { ownScorer } from "../fleet/policy/own_scorer.ts";
import { definitionsOf, FUNCTIONS, policyData } from "./own_code.ts";
import { pathText, type Problem, suggestion } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";

/** Where a scenario refers to a policy. */
interface Reference {
  readonly type: DefinitionType;
  readonly name: string;
  readonly path: string;
}

/** The policies that came with `data`, and what is wrong with them. */
export function readPolicies(
  data: unknown,
  scenario: ParsedScenario,
): { readonly policies: Policies; readonly problems: readonly Problem[] } {
  const definitions = definitionsOf(data);
  const policies = new Policies(definitions);
  const metrics = ownMetrics(scenario, []);
  for (const { check } of metrics) check.own = policies.find("metric", check.policy);
  const problems = [
    ...metrics.flatMap(({ check, path }) =>
      missing({ type: "metric", name: check.policy, path: pathText([...path, "policy"]) }, policies)
    ),
    ...references(scenario).flatMap((reference) => missing(reference, policies)),
    ...scenario.policies.flatMap(({ type, name, code }, index) => {
      const path = `policies[${index}]`;
      const found = policies.find(type, name);
      if (!found) return missing({ type, name, path }, policies);
      if (policyData(found).code !== code) {
        return [{ path, message: `Cannot tell which ${type} "${name}" is meant: there are two` }];
      }
      const lacking = FUNCTIONS[type].filter((each) =>
        typeof (found as unknown as Record<string, unknown>)[each] !== "function"
      );
      if (lacking.length > 0) {
        return [{ path, message: `Cannot run the ${type} "${name}": it has no ${lacking[0]}` }];
      }
      if (type !== "scorer" || !(name in PLUGIN_TYPES)) return [];
      const message =
        `Cannot call a scorer "${name}": the endpoint picker has a plugin of that name`;
      return [{ path: `${path}.name`, message }];
    }),
  ];
  return { policies, problems };
}

/** Its scorers as plugins of the endpoint picker. */
export function ownPlugins(policies: Policies): PluginTypes {
  return Object.fromEntries(
    policies.names("scorer").map((name) => [name, ownScorer(policies.find("scorer", name)!)]),
  );
}

function references(scenario: ParsedScenario): Reference[] {
  const { faults, load, rollouts, autoscalers, processes } = scenario;
  return [
    ...faults.flatMap((fault, index) =>
      fault.kind === "own" ? [reference("fault", fault.policy, `faults[${index}]`)] : []
    ),
    ...load.flatMap((each, index) =>
      each.kind === "own" ? [reference("load", each.policy, `load[${index}]`)] : []
    ),
    ...rollouts.flatMap((rollout, index) =>
      rollout.kind !== "canary"
        ? []
        : rollout.steps.flatMap((step, at) =>
          step.kind === "own"
            ? [reference("step", step.policy, `rollouts[${index}].steps[${at}]`)]
            : []
        )
    ),
    ...autoscalers.map(({ policy }, index) =>
      reference("autoscaler", policy, `autoscalers[${index}]`)
    ),
    ...processes.map(({ name }, index) => ({
      ...{ type: "process" as const, name, path: `processes[${index}]` },
    })),
  ];
}

interface OwnMetric {
  readonly policy: string;
  /** Its code, which a run then has at hand wherever the check is measured. */
  own?: MetricDefinition | undefined;
}

/** Every check of a metric of its own, wherever it stands, with its path. */
function ownMetrics(
  value: unknown,
  path: readonly PropertyKey[],
): { check: OwnMetric; path: readonly PropertyKey[] }[] {
  if (typeof value !== "object" || value === null) return [];
  const { kind, metric } = value as { kind?: unknown; metric?: unknown };
  if (kind === "metric" && metric === "own") return [{ check: value as OwnMetric, path }];
  // Manifests have words of their own.
  return Object.entries(value).filter(([key]) => key !== "services" && key !== "configs")
    .flatMap(([key, each]) =>
      ownMetrics(each, [...path, Array.isArray(value) ? Number(key) : key])
    );
}

function reference(type: DefinitionType, name: string, path: string): Reference {
  return { type, name, path: `${path}.policy` };
}

function missing({ type, name, path }: Reference, policies: Policies): Problem[] {
  if (policies.find(type, name)) return [];
  const known = policies.names(type);
  const hint = known.length > 0
    ? suggestion(name, known)
    : "run the scenario's own file, for a log or a copy of its data has no code";
  return [{ path, message: `Cannot find the code of the ${type} "${name}": ${hint}` }];
}
