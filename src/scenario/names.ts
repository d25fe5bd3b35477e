// Every name in a scenario held against what it names.

import type { Fault } from "../fault/faults.ts";
import { isSchedule, type Schedule, scheduleText } from "../fault/schedule.ts";
import { whoseOf } from "../fault/whose.ts";
import { EVENT_REASONS } from "../fleet/event_reasons.ts";
import type { DefinitionType } from "../fleet/policy/definition.ts";
import { STABLE } from "../fleet/revision_names.ts";
import type { When } from "../fleet/when.ts";
import type { Target } from "../load/target.ts";
import type { ActEntry } from "../rollout/act.ts";
import type { Change } from "../rollout/change.ts";
import { analysesOf, type Rollout, stepsOf } from "../rollout/rollouts.ts";
import { CheckNames, type Unsure } from "./check_names.ts";
import type { ExpectationOf, Since } from "./expectation_schema.ts";
import { chainProblems } from "./load_chains.ts";
import { type Problem, suggestion } from "./problem.ts";
import { rolloutProblems } from "./rollout_problems.ts";
import { entryId } from "./scenario.ts";
import type { ParsedScenario } from "./schema.ts";
import { addressedOf, targetProblem } from "./targets.ts";

/** Definitions that are given the simulated cluster, and with it `sim.tell`. */
const TELLERS: readonly DefinitionType[] = ["fault", "step", "process"];

export class Names {
  readonly warnings: Problem[] = [];
  readonly #problems: Problem[] = [];
  readonly #scenario: ParsedScenario;
  readonly #services: readonly string[];
  readonly #unsure: Unsure;
  readonly #checks: CheckNames;

  constructor(scenario: ParsedScenario, services: readonly string[], unsure: Unsure) {
    this.#scenario = scenario;
    this.#services = services;
    this.#unsure = unsure;
    this.#checks = new CheckNames(scenario, services, unsure, this.#problems);
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
    for (const name of Object.keys(slo)) this.#checks.service(name, `slo.${name}`);
    for (const name of Object.keys(this.#scenario.cluster.budgets ?? {})) {
      this.#checks.service(name, `cluster.budgets.${name}`);
    }
    for (const [index, { to }] of load.entries()) this.#target(to, `load[${index}].to`);
    for (const [index, rollout] of rollouts.entries()) {
      const path = `rollouts[${index}]`;
      this.#checks.service(rollout.service, `${path}.service`);
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
      this.#checks.service(service, `autoscalers[${index}].service`);
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

  #target(to: Target, path: string): void {
    if (this.#unsure.has("services")) return;
    const addressed = this.#scenario.services.flatMap((each) => addressedOf(each) ?? []);
    const problem = targetProblem(to, addressed, path);
    if (problem) this.#problem(problem.path, problem.message);
    if (typeof to === "string" || !("member" in to) || to.of === undefined) return;
    this.#checks.revision(to.of, to.member, `${path}.of`);
  }

  #change(change: Change, path: string): void {
    const { service, when, weight, deleted, mirror } = change;
    if (deleted && this.#scenario.rollouts.some((rollout) => rollout.service === service)) {
      this.#problem(`${path}.deleted`, `Cannot delete "${service}": it has a rollout`);
    }
    this.#checkRevision(change, path);
    this.#checks.service(service, `${path}.service`);
    this.#when(when, `${path}.when`);
    if (mirror) this.#checks.service(mirror.to, `${path}.mirror.to`);
    if (mirror?.to === service) {
      this.#problem(`${path}.mirror.to`, `Cannot mirror "${service}" to itself`);
    }
    if (weight === undefined || this.#unsure.has("services")) return;
    if (!this.#services.includes(service) || this.#groupOf(service) !== undefined) return;
    const message = `Cannot set weight of "${service}": it is in no route group, ` +
      `spec.router.route.group names none`;
    this.#problem(`${path}.weight`, message);
  }

  /** What a rollout makes is planned without changes that come before it. */
  #checkRevision({ service, when, to, slo }: Change, path: string): void {
    const rollout = this.#scenario.rollouts.find((each) => each.service === service);
    const isAfter = typeof when === "number" && typeof rollout?.at === "number" &&
      rollout.at < when;
    if (to && rollout && !isAfter) {
      const message = `Cannot change the pods of "${service}" before its rollout begins: change ` +
        `what it rolls out to, or give both a time`;
      this.#problem(`${path}.to`, message);
    }
    if (!slo || this.#scenario.slo[service] || this.#unsure.has("slo")) return;
    const message = `Cannot change the objectives of "${service}": it has none before, and its ` +
      `requests were not judged; say them in slo`;
    this.#problem(`${path}.slo`, message);
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
        this.#checks.metric(
          { ...check, service: check.service ?? rollout.service },
          `${path}.${field}.checks[${index}]`,
        );
      }
    }
  }

  #act({ service, when }: ActEntry, path: string): void {
    this.#checks.service(service, `${path}.service`);
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
    if (whom.service !== undefined) this.#checks.service(whom.service, `${field}.service`);
    if (whom.of !== undefined) this.#checks.revision(whom.of, whom.service, `${field}.of`);
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
    if (kind === "metric" || kind === "distribution") return this.#checks.metric(expectation, path);
    if (kind === "always") return this.#always(expectation, path);
    if (kind === "betterThan") return this.#checks.comparison(expectation, path);
    if (kind === "event") return this.#event(expectation.reason, `${path}.reason`);
    if (expectation.service !== undefined) {
      this.#checks.service(expectation.service, `${path}.service`);
    }
    if (kind === "weight") return this.#weight(expectation, path);
    if (kind === "rollout") return this.#rollout(expectation.service, `${path}.service`);
    if (kind === "recovered") this.#recovery(expectation, path);
  }

  /** An Event of a misspelt reason never is: that there is none would hold for ever. */
  #event(reason: string, path: string): void {
    const known: readonly string[] = EVENT_REASONS;
    if (known.includes(reason)) return;
    const hint = suggestion(reason, known);
    const { policies } = this.#scenario;
    if (policies.some(({ type }) => TELLERS.includes(type)) || this.#unsure.has("policies")) {
      this.warnings.push({ path, message: `Only own code can tell "${reason}": ${hint}` });
    } else this.#problem(path, `No Kubernetes Event has the reason "${reason}": ${hint}`);
  }

  #weight({ revision, service, weight }: ExpectationOf<"weight">, path: string): void {
    this.#checks.revision(revision, service, `${path}.revision`);
    // A service's own may be any proportion within its group; what a rollout makes has percent.
    if (weight <= 100 || revision === STABLE) return;
    const message = `Cannot expect a weight of ${weight}: those of a rollout are percent`;
    this.#problem(`${path}.weight`, message);
  }

  #since(after: Since, path: string): void {
    if (typeof after !== "number") return this.#reference(after.ref, path);
    if (after < this.#scenario.duration || this.#unsure.has("duration")) return;
    this.#problem(path, "Cannot expect anything after the run's end");
  }

  #always({ check, until, after }: ExpectationOf<"always">, path: string): void {
    this.#checks.metric(check, `${path}.check`);
    const from = Math.max(this.#scenario.warmup, typeof after === "number" ? after : 0);
    if (until === undefined || until > from || this.#unsure.has("warmup")) return;
    this.#problem(`${path}.until`, "Cannot hold at every window: there is none before it");
  }

  #recovery({ service, check }: ExpectationOf<"recovered">, path: string): void {
    if (check) {
      return this.#checks.metric({ ...check, service: check.service ?? service }, `${path}.check`);
    }
    this.#checks.objective(service, path);
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
    if (when.kind === "whenever") return this.#checks.metric(when.check, `${path}.check`);
    const { rollouts } = this.#scenario;
    const rollout = rollouts.find(({ service }) =>
      when.rollout === undefined || service === when.rollout
    );
    if (this.#unsure.has("rollouts")) return;
    if (!rollout) this.#problem(path, noRollout(when.rollout, rollouts));
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

/** A rollout is meant by its service, not by the id that it has in a log. */
function noRollout(service: string | undefined, rollouts: readonly { service: string }[]): string {
  if (service === undefined || rollouts.length === 0) {
    return "Cannot wait for a step: rollouts has none";
  }
  const known = rollouts.map(({ service }) => service);
  return `Cannot find a rollout of "${service}": ${suggestion(service, known)}`;
}
