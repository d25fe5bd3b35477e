// From frozen data to a plan that can run, or all that is wrong with it at once.

import type { ServicePlan } from "../fleet/fleet.ts";
import type { MetricCheck } from "../fleet/metric_check.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import type { LLMInferenceService } from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Slo } from "../metrics/slo.ts";
import { longestRangeUs } from "../rollout/analysis.ts";
import { findGpu, GPU_NAMES } from "../serving/gpus.ts";
import { adapterNames } from "./adapters.ts";
import { analysesOf, Names } from "./names.ts";
import { type Problem, suggestion } from "./problem.ts";
import { readScenario } from "./read.ts";
import type { ParsedScenario } from "./schema.ts";
import { planService } from "./services.ts";

/** A scenario whose every word is understood. */
export interface Plan {
  readonly scenario: ParsedScenario;
  readonly nodes: readonly NodePlan[];
  readonly services: readonly ServicePlan[];
  /** Service → why it is not simulated; of a scenario none is, for all are or it is refused. */
  readonly notSimulated?: Readonly<Record<string, string>>;
  /** Objects that are there beside them and do nothing: configs. */
  readonly objects?: readonly KubeObject[];
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
  if (typeof data !== "object" || data === null || !("kind" in data)) {
    const message = "this is not a scenario: export default scenario({ … })";
    return { problems: [{ path: "", message }] };
  }
  const { scenario, problems, unsure, restore } = readScenario(data);
  if (!scenario) return { problems };
  const { nodes, unknown } = planNodes(scenario);
  const slos = Object.fromEntries(
    Object.keys(scenario.slo).map((name) => [name, sloOf(scenario, name)]),
  );
  const cluster = unsure.has("cluster") || unknown.length > 0 ? undefined : nodes;
  const objects = unsure.has("services") ? [] : scenario.services;
  const planned = objects.map((service, index) => planService(service, index, cluster, slos));
  const refused = planned.flatMap((service) => "problems" in service ? service.problems : []);
  const services = planned.flatMap((service) => "plan" in service ? [service.plan] : []);
  const serviceNames = scenario.services.map(nameOf);
  const isNamed = serviceNames.every((name) => name !== undefined);
  const names = new Names(
    scenario,
    serviceNames.filter((name) => name !== undefined),
    isNamed ? unsure : new Set([...unsure, "services"]),
  );
  const found = names.check().map(({ path, message }) => ({
    path: restore(path),
    message: restore(message),
  }));
  const adapters = unknownAdapters(scenario, services);
  const all = [...problems, ...unknown, ...refused, ...found, ...adapters];
  if (all.length > 0) return { problems: all };
  const keepSeconds = Math.ceil(Math.max(MIN_KEEP_SECONDS, longestRange(scenario) / 1e6));
  return { scenario, nodes, services, keepSeconds, warnings: names.warnings };
}

/** Loads that ask for an adapter which their service does not have: vLLM would answer 404 to all. */
function unknownAdapters(
  { load }: ParsedScenario,
  services: readonly ServicePlan[],
): Problem[] {
  return load.flatMap(({ adapter, to }, index) => {
    const service = services.find(({ name }) => name === to);
    if (adapter === undefined || !service?.serving) return [];
    const names = adapterNames(service.object as unknown as LLMInferenceService);
    if (service.serving.lora && (!names || names.includes(adapter))) return [];
    const hint = service.serving.lora ? suggestion(adapter, names ?? []) : "it has none";
    const message = `Cannot send requests for the adapter "${adapter}" to "${to}": ${hint}`;
    return [{ path: `load[${index}].adapter`, message }];
  });
}

/** The name of a service, whether or not the rest of it can be simulated. */
function nameOf(service: unknown): string | undefined {
  const { metadata } = (service ?? {}) as { metadata?: { name?: unknown } | null };
  return typeof metadata?.name === "string" ? metadata.name : undefined;
}

function planNodes(scenario: ParsedScenario): { nodes: NodePlan[]; unknown: Problem[] } {
  const nodes: NodePlan[] = [];
  const unknown: Problem[] = [];
  for (const [index, { count, gpus, name = "node" }] of scenario.cluster.nodes.entries()) {
    const gpu = findGpu(gpus.gpu);
    if (!gpu) {
      const hint = suggestion(gpus.gpu, GPU_NAMES);
      const message = `Cannot use the GPU "${gpus.gpu}": ${hint}`;
      unknown.push({ path: `cluster.nodes[${index}].gpus`, message });
      continue;
    }
    for (let i = 0; i < count; i++) {
      nodes.push({ name: `${name}-${nodes.length + 1}`, gpu, gpus: gpus.count });
    }
  }
  return { nodes, unknown };
}

/** The limits a single request is held against: each objective's strictest percentile. */
function sloOf({ slo }: ParsedScenario, name: string): Slo {
  const strictest = (limit: Record<string, number | undefined> | undefined) => {
    const values = Object.values(limit ?? {}).filter((us) => us !== undefined);
    return values.length === 0 ? undefined : Math.min(...values);
  };
  const { ttft, itl, e2e } = slo[name] ?? {};
  const limits = { ttftUs: strictest(ttft), itlUs: strictest(itl), e2eUs: strictest(e2e) };
  return Object.fromEntries(Object.entries(limits).filter(([, us]) => us !== undefined));
}

function checksOf({ rollouts, expect }: ParsedScenario): MetricCheck[] {
  const analyses = rollouts.flatMap(analysesOf).flatMap(({ analysis }) => analysis.checks);
  return [...analyses, ...expect.filter((expectation) => expectation.kind === "metric")];
}

function longestRange(scenario: ParsedScenario): number {
  const analyses = scenario.rollouts.flatMap(analysesOf);
  const whens = [
    ...scenario.faults.map(({ when }) => when),
    ...scenario.rollouts.map(({ at }) => at),
  ];
  const conditions = whens.flatMap((when) =>
    typeof when === "object" && when.kind === "whenever" ? [when.check] : []
  );
  return Math.max(
    0,
    ...analyses.map(({ analysis }) => longestRangeUs(analysis)),
    ...[...checksOf(scenario), ...conditions].map(({ over }) => over ?? 0),
  );
}
