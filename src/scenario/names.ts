// Every name in a scenario held against what it names.

import type { Fault } from "../fault/faults.ts";
import { isSchedule, type Schedule, scheduleText } from "../fault/schedule.ts";
import { whoseOf } from "../fault/whose.ts";
import type { MetricCheck } from "../fleet/metric_check.ts";
import { STABLE } from "../fleet/service.ts";
import type { When } from "../fleet/when.ts";
import type { Target } from "../load/target.ts";
import type { ActEntry } from "../rollout/act.ts";
import type { AnalysisCheck } from "../rollout/analysis_check.ts";
import type { Change } from "../rollout/change.ts";
import { analysesOf, revisionsOf, type Rollout, stepsOf } from "../rollout/rollouts.ts";
import type { ExpectationOf, Since } from "./expectation_schema.ts";
import { chainProblems } from "./load_chains.ts";
import { type Problem, suggestion } from "./problem.ts";
import { rolloutProblems } from "./rollout_problems.ts";
import { entryId } from "./scenario.ts";
import type { ParsedScenario } from "./schema.ts";
import { addressedOf, meantBy, targetProblem } from "./targets.ts";

/** A metric that is held against another run's. */
type Compared = ExpectationOf<"betterThan">["measured"];

/**
 * Services that have a goodput: those with objectives of their own, and those with a load that brings
 * its own. There a request under no objective is good when it is completed.
 */
export function judgedServices({ slo, load, services }: ParsedScenario): string[] {
  const addressed = services.flatMap((each) => addressedOf(each) ?? []);
  const loaded = load.filter((each) => each.slo !== undefined)
    .flatMap(({ to }) => meantBy(to, addressed).map(({ name }) => name));
  return [...new Set([...Object.keys(slo), ...loaded])];
}

/** Fields of a scenario that could not be read whole: what is not found there may be there. */
export type Unsure = ReadonlySet<string>;

export class Names {
  readonly warnings: Problem[] = [];
  readonly #problems: Problem[] = [];
  readonly #scenario: ParsedScenario;
  readonly #services: readonly string[];
  readonly #unsure: Unsure;

  constructor(scenario: ParsedScenario, services: readonly string[], unsure: Unsure) {
    this.#scenario = scenario;
    this.#services = services;
    this.#unsure = unsure;
  }

  check(): Problem[] {
    const { slo, load, rollouts, changes, faults, autoscalers, expect } = this.#scenario;
    this.#unique("services", this.#services);
    this.#unique("load", load.map(({ name }) => name));
    this.#unique("faults", faults.map((fault, index) => entryId("faults", index, fault)));
    this.#unique("rollouts", rollouts.map(({ service }) => service));
    this.#unique("rollouts", rollouts.map((canary, index) => entryId("rollouts", index, canary)));
    this.#warmup();
    if (!this.#unsure.has("load")) this.#problems.push(...chainProblems(load));
    for (const name of Object.keys(slo)) this.#service(name, `slo.${name}`);
    for (const name of Object.keys(this.#scenario.cluster.budgets ?? {})) {
      this.#service(name, `cluster.budgets.${name}`);
    }
    for (const [index, { to }] of load.entries()) this.#target(to, `load[${index}].to`);
    for (const [index, rollout] of rollouts.entries()) {
      const path = `rollouts[${index}]`;
      this.#service(rollout.service, `${path}.service`);
      this.#when(rollout.at, `${path}.at`);
      this.#rolloutParts(rollout, path);
    }
    for (const [index, change] of changes.entries()) {
      const path = `changes[${index}]`;
      change.kind === "act" ? this.#act(change, path) : this.#change(change, path);
    }
    for (const [index, fault] of faults.entries()) this.#fault(fault, `faults[${index}]`);
    const scalers = autoscalers.map((each, index) => entryId("autoscalers", index, each));
    this.#unique("autoscalers", scalers);
    this.#unique("autoscalers", autoscalers.map(({ service }) => service));
    for (const [index, { service }] of autoscalers.entries()) {
      this.#service(service, `autoscalers[${index}].service`);
    }
    for (const [index, expectation] of expect.entries()) {
      this.#expectation(expectation, `expect[${index}]`);
    }
    return this.#problems;
  }

  #problem(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  #warmup(): void {
    const { warmup, duration } = this.#scenario;
    if (warmup < duration || this.#unsure.has("duration")) return;
    this.#problem(
      "warmup",
      "Cannot warm up as long as the run lasts or longer: nothing would be left",
    );
  }

  #unique(list: string, names: readonly string[]): void {
    for (const [index, name] of names.entries()) {
      if (name in {}) {
        this.#problem(`${list}[${index}]`, `Cannot use the name "${name}": it is reserved`);
      }
      const first = names.indexOf(name);
      if (first === index) continue;
      this.#problem(
        `${list}[${index}]`,
        `Cannot use "${name}" twice: ${list}[${first}] has it already`,
      );
    }
  }

  #service(name: string, path: string): void {
    if (this.#services.includes(name) || this.#unsure.has("services")) return;
    this.#problem(path, `Cannot find the service "${name}": ${suggestion(name, this.#services)}`);
  }

  #target(to: Target, path: string): void {
    if (this.#unsure.has("services")) return;
    const addressed = this.#scenario.services.flatMap((each) => addressedOf(each) ?? []);
    const problem = targetProblem(to, addressed, path);
    if (problem) this.#problem(problem.path, problem.message);
    if (typeof to === "string" || !("member" in to) || to.of === undefined) return;
    this.#revision(to.of, `${path}.of`);
  }

  #change({ service, when, weight, deleted, mirror }: Change, path: string): void {
    if (deleted && this.#scenario.rollouts.some((rollout) => rollout.service === service)) {
      this.#problem(`${path}.deleted`, `Cannot delete "${service}": it has a rollout`);
    }
    this.#service(service, `${path}.service`);
    this.#when(when, `${path}.when`);
    if (mirror) this.#service(mirror.to, `${path}.mirror.to`);
    if (mirror?.to === service) {
      this.#problem(`${path}.mirror.to`, `Cannot mirror "${service}" to itself`);
    }
    if (weight === undefined || this.#unsure.has("services")) return;
    if (!this.#services.includes(service) || this.#groupOf(service) !== undefined) return;
    const message = `Cannot set weight of "${service}": it is in no route group, ` +
      `spec.router.route.group names none`;
    this.#problem(`${path}.weight`, message);
  }

  #groupOf(service: string): string | undefined {
    const addressed = this.#scenario.services.map(addressedOf);
    return addressed.find((each) => each?.name === service)?.group;
  }

  #rolloutParts(rollout: Rollout, path: string): void {
    // A rolling update's weights are its group's own.
    if (rollout.kind !== "rolling") this.#alone(rollout.service, `${path}.service`);
    else if (rollout.undo !== undefined) this.#when(rollout.undo, `${path}.undo`);
    this.#problems.push(...rolloutProblems(rollout, path));
    for (const { path: field, analysis } of analysesOf(rollout)) {
      for (const [index, check] of analysis.checks.entries()) {
        this.#metric(
          { ...check, service: check.service ?? rollout.service },
          `${path}.${field}.checks[${index}]`,
        );
      }
    }
  }

  #act({ service, when }: ActEntry, path: string): void {
    this.#service(service, `${path}.service`);
    if (this.#services.includes(service)) this.#rollout(service, `${path}.service`);
    this.#when(when, `${path}.when`);
  }

  /** A canary's weights are percent of its service: with others in the group they would be something else. */
  #alone(service: string, path: string): void {
    const group = this.#groupOf(service);
    if (group === undefined || this.#unsure.has("services")) return;
    const others = this.#services.filter((name) =>
      name !== service && this.#groupOf(name) === group
    );
    if (others.length === 0) return;
    const message = `Cannot roll out a canary of "${service}": it shares the route group ` +
      `"${group}" with ${others.join(", ")}; change their weights instead`;
    this.#problem(path, message);
  }

  #fault(fault: Fault, path: string): void {
    const whom = whoseOf(fault);
    const field = "on" in fault ? `${path}.on` : path;
    if (whom.service !== undefined) this.#service(whom.service, `${field}.service`);
    if (whom.of !== undefined) this.#revision(whom.of, `${field}.of`);
    if (!isSchedule(fault.when)) return this.#when(fault.when, `${path}.when`);
    this.#schedule(fault.when, `${path}.when`);
    if (!("permanent" in fault) || !fault.permanent) return;
    const message = `Cannot be permanent and happen ${scheduleText(fault.when)}: say how long, for`;
    this.#problem(`${path}.permanent`, message);
  }

  #schedule(schedule: Schedule, path: string): void {
    const first = schedule.kind === "every"
      ? schedule.from ?? schedule.interval
      : schedule.from ?? 0;
    if (first < this.#scenario.duration) return;
    this.warnings.push({ path, message: "This never happens: the run ends first" });
  }

  #expectation(expectation: ParsedScenario["expect"][number], path: string): void {
    const { kind } = expectation;
    if ("after" in expectation && expectation.after !== undefined) {
      this.#since(expectation.after, `${path}.after`);
    }
    if (kind === "metric" || kind === "distribution") return this.#metric(expectation, path);
    if (kind === "always") return this.#metric(expectation.check, `${path}.check`);
    if (kind === "betterThan") return this.#comparison(expectation, path);
    if (kind === "event") return;
    if (expectation.service !== undefined) this.#service(expectation.service, `${path}.service`);
    if (kind === "weight") return this.#revision(expectation.revision, `${path}.revision`);
    if (kind === "rollout") return this.#rollout(expectation.service, `${path}.service`);
    if (kind === "recovered") this.#recovery(expectation, path);
  }

  #since(after: Since, path: string): void {
    if (typeof after !== "number") return this.#reference(after.ref, path);
    if (after < this.#scenario.duration || this.#unsure.has("duration")) return;
    this.#problem(path, "Cannot expect anything after the run's end");
  }

  #recovery({ service, check }: ExpectationOf<"recovered">, path: string): void {
    if (check) {
      return this.#metric({ ...check, service: check.service ?? service }, `${path}.check`);
    }
    this.#objective(service, path);
  }

  /** A service and a revision have to be in both scenarios; the other says so itself. */
  #comparison({ measured, than }: ExpectationOf<"betterThan">, path: string): void {
    this.#metric(measured, `${path}.measured`);
    const { service } = measured;
    const known = (than["services"] as unknown[] | undefined)?.flatMap((each) =>
      addressedOf(each)?.name ?? []
    );
    if (service === undefined || !known || known.includes(service)) return;
    const message = `Cannot find the service "${service}" in "${than.name}": ` +
      suggestion(service, known);
    this.#problem(`${path}.measured.service`, message);
  }

  #metric(check: MetricCheck | AnalysisCheck | Compared, path: string): void {
    if (check.service !== undefined) this.#service(check.service, `${path}.service`);
    else if (this.#services.length > 1) {
      const message = `Cannot tell which service is meant: say service, one of ${
        this.#services.join(", ")
      }`;
      this.#problem(`${path}.service`, message);
    }
    if (check.of !== undefined) this.#revision(check.of, `${path}.of`);
    const only = this.#services.length === 1 ? this.#services[0] : undefined;
    const baseline = check.kind === "distribution" ? check.against : check.comparedTo;
    const field = check.kind === "distribution" ? "against" : "comparedTo";
    if (baseline) this.#baseline(baseline, `${path}.${field}`);
    if (check.metric === "goodput") this.#goodput(check.service ?? only, path);
    if (check.metric === "burnRate") this.#objective(check.service ?? only, path);
  }

  #baseline(
    { service, of }: { readonly service?: string | undefined; readonly of?: string | undefined },
    path: string,
  ): void {
    if (service !== undefined) this.#service(service, `${path}.service`);
    if (of !== undefined) this.#revision(of, `${path}.of`);
  }

  #objective(service: string | undefined, path: string): void {
    if (service === undefined || !this.#services.includes(service)) return;
    if (this.#scenario.slo[service]?.goodput !== undefined || this.#unsure.has("slo")) return;
    const message = `Cannot find an error budget of "${service}": say one in slo, ` +
      `such as { goodput: "99%" }`;
    this.#problem(path, message);
  }

  #goodput(service: string | undefined, path: string): void {
    if (service === undefined || !this.#services.includes(service)) return;
    if (judgedServices(this.#scenario).includes(service)) return;
    if (this.#unsure.has("slo")) return;
    this.#problem(path, `Cannot measure goodput of "${service}": it has no slo to meet`);
  }

  #revision(name: string, path: string): void {
    const { rollouts } = this.#scenario;
    const known = [STABLE, ...new Set(rollouts.flatMap(revisionsOf))];
    if (known.includes(name) || this.#unsure.has("rollouts")) return;
    this.#problem(path, `Cannot find the revision "${name}": ${suggestion(name, known)}`);
  }

  #rollout(service: string, path: string): void {
    if (this.#scenario.rollouts.some((rollout) => rollout.service === service)) return;
    if (this.#unsure.has("rollouts")) return;
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
    if (this.#unsure.has("rollouts")) return;
    if (!rollout) this.#problem(path, "Cannot wait for a step: there is no such rollout");
    else if (when.step >= stepsOf(rollout)) {
      const last = stepsOf(rollout) - 1;
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
