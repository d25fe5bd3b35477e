// From frozen data to a plan that can run, or all that is wrong with it at once.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { NodeKinds } from "../fleet/node_kinds.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import type { Policies } from "../fleet/policy/definition.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import { longestRangeUs } from "../rollout/analysis.ts";
import { analysesOf } from "../rollout/rollouts.ts";
import { adapterNames } from "./adapters.ts";
import { admissionProblems } from "./admission.ts";
import { budgetObjects } from "./budgets.ts";
import { unusedCalibrations, withCalibrations } from "./calibrated.ts";
import { planChanges } from "./change_plans.ts";
import { readConfigs } from "./configs.ts";
import { DEFINITIONS } from "./definition_marks.ts";
import { faultProblems, faultWarnings } from "./fault_problems.ts";
import { loadWarnings } from "./load_warnings.ts";
import { Names } from "./names.ts";
import { planNodes } from "./node_plans.ts";
import { definitionsOf } from "./own_code.ts";
import { ownPlugins, readPolicies } from "./own_policies.ts";
import { type Problem, suggestion } from "./problem.ts";
import { readScenario } from "./read.ts";
import { planRollouts } from "./rollout_plans.ts";
import type { ParsedScenario } from "./schema.ts";
import { planService } from "./services.ts";
import { sharingWarnings } from "./sharing_warnings.ts";
import { judgedServices, sloOf } from "./slo.ts";
import { plansMeantBy } from "./targets.ts";

/** A scenario whose every word is understood. It is plain data, but for `policies`. */
export interface Plan {
  readonly scenario: ParsedScenario;
  readonly nodes: readonly NodePlan[];
  readonly services: readonly ServicePlan[];
  /** What services or their further members become, by the id of the rollout that makes them so. */
  readonly rolledOut?: Readonly<Record<string, ServicePlan>>;
  /** What services become, by the id of the change of their pods or objectives. */
  readonly changed?: Readonly<Record<string, ServicePlan>>;
  /** Service → why it is not simulated; of a scenario none is, for all are or it is refused. */
  readonly notSimulated?: Readonly<Record<string, string>>;
  /** What its own code defines; absent: nothing. */
  readonly policies?: Policies;
  /** Objects that are there beside them from the beginning: configs and budgets. */
  readonly objects?: readonly KubeObject[];
  /** See `Network`. */
  readonly network?: readonly KubeObject[];
  /** Scenarios that it is compared with, by the place of the expectation that does so. */
  readonly others?: ReadonlyMap<number, Plan>;
  /** Recent windows that state must keep for the checks, in seconds. */
  readonly keepSeconds: number;
  /** What is odd but can run. */
  readonly warnings: readonly Problem[];
}

/** Sparklines want a minute at least. */
const MIN_KEEP_SECONDS = 60;

/**
 * Plans a scenario: `data` is what `scenario(…)` returned, or the head of a run file held. What cannot
 * be read does not keep the rest from being judged: all problems are told at once.
 */
export function plan(data: unknown): Plan | { readonly problems: readonly Problem[] } {
  if (!isScenario(data)) return { problems: [{ path: "", message: otherText(data) }] };
  const { scenario, problems, unsure, restore } = readScenario(data);
  if (!scenario) return { problems };
  const { nodes, unknown } = planNodes(scenario.cluster.nodes);
  const slos = Object.fromEntries(
    judgedServices(scenario).map((name) => [name, sloOf(scenario.slo[name])]),
  );
  const isKnown = !unsure.has("cluster") && unknown.length === 0;
  const cluster = isKnown ? new NodeKinds(nodes, scenario.cluster.deviceClasses) : undefined;
  const written = unsure.has("services") ? [] : scenario.services;
  const configs = readConfigs(scenario.configs);
  const { policies, problems: uncoded } = readPolicies(data, scenario);
  const plugins = ownPlugins(policies);
  const planned = written.map((service, index) =>
    planService(service, index, cluster, slos, configs.lookup, plugins)
  );
  const refused = planned.flatMap((service, index) =>
    "problems" in service ? service.problems : admissionProblems(service.plan, index)
  );
  const { calibrations = [] } = scenario;
  const services = planned.flatMap((service) =>
    "plan" in service ? [withCalibrations(service.plan, calibrations)] : []
  );
  const serviceNames = scenario.services.map(nameOf);
  const isNamed = serviceNames.every((name) => name !== undefined);
  const names = new Names(
    scenario,
    serviceNames.filter((name) => name !== undefined),
    isNamed ? unsure : new Set([...unsure, "services"]),
  );
  const found = [...names.check(), ...unknownAdapters(scenario, services)].map((problem) => ({
    path: restore(problem.path),
    message: restore(problem.message),
  }));
  const before = planned.flatMap((service) => "plan" in service ? [service.plan] : []);
  const { plans, problems: unrollable } = planRollouts(
    scenario,
    before,
    cluster,
    slos,
    configs.lookup,
    plugins,
  );
  const changes = planChanges(scenario, before, {
    nodes: cluster,
    slos,
    lookup: configs.lookup,
    ownPlugins: plugins,
  });
  const unchangeable = changes.problems.map(({ path, message }) => ({
    path: restore(path),
    message,
  }));
  const codeless = uncoded.map(({ path, message }) => ({ path: restore(path), message }));
  const rolled = unrollable.map(({ path, message }) => ({ path: restore(path), message }));
  const lost = isKnown ? faultProblems(scenario, nodes, services) : [];
  const missed = lost.map(({ path, message }) => ({ path: restore(path), message }));
  const comparisons = planOthers(scenario, data);
  const all = [
    ...[...problems, ...unknown, ...configs.problems, ...refused],
    ...[...found, ...rolled, ...unchangeable, ...missed, ...codeless],
    ...comparisons.problems.map(({ path, message }) => ({ path: restore(path), message })),
  ];
  if (all.length > 0) return { problems: all };
  const keepSeconds = Math.ceil(Math.max(MIN_KEEP_SECONDS, longestRange(scenario) / 1e6));
  const warnings = [
    ...names.warnings,
    ...loadWarnings(scenario, services),
    ...sharingWarnings(scenario, services),
    ...faultWarnings(scenario, nodes, [...services, ...Object.values(plans)]),
    ...unusedCalibrations(calibrations, services, nodes),
  ];
  const calibrated = (plans: Readonly<Record<string, ServicePlan>>) =>
    Object.fromEntries(
      Object.entries(plans).map(([id, plan]) => [id, withCalibrations(plan, calibrations)]),
    );
  const rolledOut = calibrated(plans);
  const changed = calibrated(changes.plans);
  const { others } = comparisons;
  const objects = [...configs.objects, ...budgetObjects(scenario, services)];
  return {
    ...{ scenario, nodes, services, rolledOut, objects, keepSeconds, warnings },
    ...(policies.isEmpty ? {} : { policies }),
    ...(Object.keys(changed).length > 0 ? { changed } : {}),
    ...(others.size > 0 ? { others } : {}),
  };
}

/** The scenarios that expectations compare with, each planned as one of its own. */
function planOthers({ expect }: ParsedScenario, data: object) {
  const others = new Map<number, Plan>();
  const problems: Problem[] = [];
  for (const [index, expectation] of expect.entries()) {
    if (expectation.kind !== "betterThan") continue;
    const { than, measured: { over = 0 } } = expectation;
    // What is expected of the other run is another's business, and would go on without end.
    const planned = plan({ ...than, expect: [], [DEFINITIONS]: definitionsOf(data) });
    if ("problems" in planned) {
      problems.push(...planned.problems.map(({ path, message }) => ({
        path: `expect[${index}].than${path === "" ? "" : `.${path}`}`,
        message,
      })));
    } else {
      const keepSeconds = Math.max(planned.keepSeconds, Math.ceil(over / 1e6));
      others.set(index, { ...planned, keepSeconds });
    }
  }
  return { others, problems };
}

/** Whether data is meant as a scenario, whatever else is wrong with it. */
function isScenario(data: unknown): data is object {
  return typeof data === "object" && data !== null && "kind" in data && data.kind !== "sweep";
}

function otherText(data: unknown): string {
  return (data as { kind?: unknown } | null)?.kind === "sweep"
    ? "this is a sweep, many runs of a scenario: mtop sweep runs it"
    : "this is not a scenario: export default scenario({ … })";
}

/** Loads that ask for an adapter which their service does not have: vLLM would answer 404 to all. */
function unknownAdapters(
  { load }: ParsedScenario,
  services: readonly ServicePlan[],
): Problem[] {
  return load.flatMap(({ adapter, to }, index) => {
    if (adapter === undefined) return [];
    return plansMeantBy(to, services).flatMap(({ name, serving, object }) => {
      if (!serving) return [];
      const names = adapterNames(object as unknown as LLMInferenceService);
      if (serving.lora && (!names || names.includes(adapter))) return [];
      const hint = serving.lora ? suggestion(adapter, names ?? []) : "it has none";
      const message = `Cannot send requests for the adapter "${adapter}" to "${name}": ${hint}`;
      return [{ path: `load[${index}].adapter`, message }];
    });
  });
}

/** The name of a service, whether or not the rest of it can be simulated. */
function nameOf(service: unknown): string | undefined {
  const { metadata } = (service ?? {}) as { metadata?: { name?: unknown } | null };
  return typeof metadata?.name === "string" ? metadata.name : undefined;
}

function longestRange(scenario: ParsedScenario): number {
  const analyses = scenario.rollouts.flatMap(analysesOf);
  const whens = [
    ...scenario.faults.map(({ when }) => when),
    ...scenario.rollouts.map(({ at }) => at),
    ...scenario.changes.map(({ when }) => when),
  ];
  const conditions = whens.flatMap((when) =>
    typeof when === "object" && when.kind === "whenever" ? [when.check] : []
  );
  return Math.max(
    0,
    ...analyses.map(({ analysis }) => longestRangeUs(analysis)),
    ...conditions.map(({ over }) => over ?? 0),
    ...scenario.expect.map(rangeOf),
  );
}

/** How far back an expectation looks, where it says so. */
function rangeOf(expectation: ParsedScenario["expect"][number]): number {
  switch (expectation.kind) {
    case "metric":
    case "distribution":
      return expectation.over ?? 0;
    case "always":
    case "recovered":
      return expectation.check?.over ?? 0;
    case "betterThan":
      return expectation.measured.over ?? 0;
    default:
      return 0;
  }
}
