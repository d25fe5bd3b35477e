// From frozen data to a plan that can run, or all that is wrong with it at once.

import type { Fault } from "../fault/faults.ts";
import type { ServicePlan } from "../fleet/fleet.ts";
import type { MetricCheck } from "../fleet/metric_check.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import { CANARY, STABLE } from "../fleet/service.ts";
import type { When } from "../fleet/when.ts";
import type { Slo } from "../metrics/slo.ts";
import { type Analysis, longestRangeUs } from "../rollout/analysis.ts";
import type { Canary } from "../rollout/canary.ts";
import { findGpu, GPU_NAMES } from "../serving/gpus.ts";
import { type Problem, problemsOf, suggestion } from "./problem.ts";
import { entryId } from "./scenario.ts";
import { type ParsedScenario, scenarioSchema } from "./schema.ts";
import { planService } from "./services.ts";

/** A scenario whose every word is understood. */
export interface Plan {
  readonly scenario: ParsedScenario;
  readonly nodes: readonly NodePlan[];
  readonly services: readonly ServicePlan[];
  /** Recent windows that state must keep for the checks, in seconds. */
  readonly keepSeconds: number;
  /** What is odd but can run. */
  readonly warnings: readonly Problem[];
}

/** Sparklines want a minute at least. */
const MIN_KEEP_SECONDS = 60;

/** Plans a scenario: `data` is what `scenario(…)` returned, or the head of a run file held. */
export function plan(data: unknown): Plan | { readonly problems: readonly Problem[] } {
  const parsed = scenarioSchema.safeParse(data);
  if (!parsed.success) {
    const isScenario = typeof data === "object" && data !== null && "kind" in data;
    if (isScenario) return { problems: problemsOf(parsed.error.issues) };
    return {
      problems: [{ path: "", message: "this is not a scenario: export default scenario({ … })" }],
    };
  }
  const scenario = parsed.data;
  const { nodes, problems } = planNodes(scenario);
  if (problems.length > 0) return { problems };
  const slos = Object.fromEntries(
    Object.keys(scenario.slo).map((name) => [name, sloOf(scenario, name)]),
  );
  const planned = scenario.services.map((service, index) =>
    planService(service, index, nodes, slos)
  );
  const refused = planned.flatMap((service) => "problems" in service ? service.problems : []);
  if (refused.length > 0) return { problems: refused };
  const services = planned.flatMap((service) => "plan" in service ? [service.plan] : []);
  const names = new Names(scenario, services.map(({ name }) => name));
  const found = names.check();
  if (found.length > 0) return { problems: found };
  const keepSeconds = Math.ceil(Math.max(MIN_KEEP_SECONDS, longestRange(scenario) / 1e6));
  return { scenario, nodes, services, keepSeconds, warnings: names.warnings };
}

function planNodes(scenario: ParsedScenario): { nodes: NodePlan[]; problems: Problem[] } {
  const nodes: NodePlan[] = [];
  const problems: Problem[] = [];
  for (const [index, { count, gpus, name = "node" }] of scenario.cluster.nodes.entries()) {
    const gpu = findGpu(gpus.gpu);
    if (!gpu) {
      const hint = suggestion(gpus.gpu, GPU_NAMES);
      const message = `Cannot use the GPU "${gpus.gpu}": ${hint}`;
      problems.push({ path: `cluster.nodes[${index}].gpus`, message });
      continue;
    }
    for (let i = 0; i < count; i++) {
      nodes.push({ name: `${name}-${nodes.length + 1}`, gpu, gpus: gpus.count });
    }
  }
  return { nodes, problems };
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
  const conditions = scenario.faults.flatMap(({ when }) =>
    typeof when === "object" && when.kind === "whenever" ? [when.check] : []
  );
  return Math.max(
    0,
    ...analyses.map(({ analysis }) => longestRangeUs(analysis)),
    ...[...checksOf(scenario), ...conditions].map(({ over }) => over ?? 0),
  );
}

function analysesOf(canary: Canary): { path: string; analysis: Analysis; inline: boolean }[] {
  const background = canary.analysis
    ? [{ path: "analysis", analysis: canary.analysis, inline: false }]
    : [];
  const inline = canary.steps.flatMap((step, index) =>
    step.kind === "analysisStep"
      ? [{ path: `steps[${index}].analysis`, analysis: step.analysis, inline: true }]
      : []
  );
  return [...background, ...inline];
}

/** Holds every name in a scenario against what it names. */
class Names {
  readonly warnings: Problem[] = [];
  readonly #problems: Problem[] = [];
  readonly #scenario: ParsedScenario;
  readonly #services: readonly string[];

  constructor(scenario: ParsedScenario, services: readonly string[]) {
    this.#scenario = scenario;
    this.#services = services;
  }

  check(): Problem[] {
    const { slo, load, rollouts, faults, expect, warmup, duration } = this.#scenario;
    this.#unique("services", this.#services);
    this.#unique("load", load.map(({ name }) => name));
    this.#unique("faults", faults.map((fault, index) => entryId("faults", index, fault)));
    this.#unique("rollouts", rollouts.map(({ service }) => service));
    if (warmup >= duration) {
      this.#problem(
        "warmup",
        "Cannot warm up as long as the run lasts or longer: nothing would be left",
      );
    }
    for (const name of Object.keys(slo)) this.#service(name, `slo.${name}`);
    for (const [index, { to }] of load.entries()) this.#service(to, `load[${index}].to`);
    for (const [index, canary] of rollouts.entries()) this.#canary(canary, `rollouts[${index}]`);
    for (const [index, fault] of faults.entries()) this.#fault(fault, `faults[${index}]`);
    for (const [index, expectation] of expect.entries()) {
      this.#expectation(expectation, `expect[${index}]`);
    }
    return this.#problems;
  }

  #problem(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  #unique(list: string, names: readonly string[]): void {
    for (const [index, name] of names.entries()) {
      const first = names.indexOf(name);
      if (first === index) continue;
      this.#problem(
        `${list}[${index}]`,
        `Cannot use "${name}" twice: ${list}[${first}] has it already`,
      );
    }
  }

  #service(name: string, path: string): void {
    if (this.#services.includes(name)) return;
    this.#problem(path, `Cannot find the service "${name}": ${suggestion(name, this.#services)}`);
  }

  #canary(canary: Canary, path: string): void {
    this.#service(canary.service, `${path}.service`);
    this.#when(canary.at, `${path}.at`);
    for (const [index, step] of canary.steps.entries()) {
      const weight = "weight" in step ? step.weight : undefined;
      if (weight === undefined || (weight >= 0 && weight <= 100)) continue;
      const why = weight > 100 ? `${weight} is above 100` : `${weight} is below 0`;
      const message = `Cannot set weight of "${canary.service}": ${why}`;
      this.#problem(`${path}.steps[${index}].weight`, message);
    }
    for (const { path: field, analysis, inline } of analysesOf(canary)) {
      if (inline && analysis.count === undefined) {
        const message =
          `Cannot wait for the analysis "${analysis.name}": a step's analysis needs a count`;
        this.#problem(`${path}.${field}.count`, message);
      }
      for (const [index, check] of analysis.checks.entries()) {
        this.#metric(
          { ...check, service: check.service ?? canary.service },
          `${path}.${field}.checks[${index}]`,
        );
      }
    }
  }

  #fault(fault: Fault, path: string): void {
    if (fault.on.service !== undefined) this.#service(fault.on.service, `${path}.on.service`);
    if (fault.on.of !== undefined) this.#revision(fault.on.of, `${path}.on.of`);
    this.#when(fault.when, `${path}.when`);
  }

  #expectation(expectation: ParsedScenario["expect"][number], path: string): void {
    if (expectation.kind === "metric") return this.#metric(expectation, path);
    this.#service(expectation.service, `${path}.service`);
    if (expectation.kind === "weight") {
      return this.#revision(expectation.revision, `${path}.revision`);
    }
    this.#rollout(expectation.service, `${path}.service`);
    if (expectation.after) this.#reference(expectation.after.ref, `${path}.after`);
  }

  #metric(check: MetricCheck, path: string): void {
    if (check.service !== undefined) this.#service(check.service, `${path}.service`);
    else if (this.#services.length > 1) {
      const message = `Cannot tell which service is meant: say service, one of ${
        this.#services.join(", ")
      }`;
      this.#problem(`${path}.service`, message);
    }
    if (check.of !== undefined) this.#revision(check.of, `${path}.of`);
    const service = check.service ?? this.#services[0]!;
    if (check.metric === "goodput" && this.#scenario.slo[service] === undefined) {
      const message = `Cannot measure goodput of "${service}": it has no slo to meet`;
      this.#problem(path, message);
    }
  }

  #revision(name: string, path: string): void {
    if (name === STABLE || (name === CANARY && this.#scenario.rollouts.length > 0)) return;
    const known = this.#scenario.rollouts.length > 0 ? [STABLE, CANARY] : [STABLE];
    this.#problem(path, `Cannot find the revision "${name}": ${suggestion(name, known)}`);
  }

  #rollout(service: string, path: string): void {
    if (this.#scenario.rollouts.some((rollout) => rollout.service === service)) return;
    this.#problem(path, `Cannot find a rollout of "${service}": rollouts has none`);
  }

  #when(when: When, path: string): void {
    if (typeof when === "number") {
      if (when >= this.#scenario.duration) {
        this.warnings.push({ path, message: "This never happens: the run ends first" });
      }
      return;
    }
    if (when.kind === "after") return this.#reference(when.fault.ref, path);
    if (when.kind === "whenever") return this.#metric(when.check, `${path}.check`);
    const { rollouts } = this.#scenario;
    const rollout = rollouts.find(({ service }) =>
      when.rollout === undefined || service === when.rollout
    );
    if (!rollout) this.#problem(path, "Cannot wait for a step: there is no such rollout");
    else if (when.step >= rollout.steps.length) {
      const last = rollout.steps.length - 1;
      this.#problem(`${path}.step`, `Cannot wait for step ${when.step}: the last one is ${last}`);
    }
  }

  #reference(ref: string | null, path: string): void {
    const known = this.#scenario.faults.map((fault, index) => entryId("faults", index, fault));
    if (ref !== null && known.includes(ref)) return;
    this.warnings.push({
      path,
      message: "This never happens: the fault it names is not in faults",
    });
  }
}
