// The names that checks and expectations of metrics speak of, held against what they name.

import type { MetricCheck } from "../fleet/metric_check.ts";
import { STABLE } from "../fleet/revision_names.ts";
import type { AnalysisCheck } from "../rollout/analysis_check.ts";
import { revisionsOf } from "../rollout/rollouts.ts";
import type { ExpectationOf } from "./expectation_schema.ts";
import { type Problem, suggestion } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";
import { judgedServices } from "./slo.ts";
import { addressedOf, meantBy } from "./targets.ts";

/** A metric that is held against another run's. */
type Compared = ExpectationOf<"betterThan">["measured"];

/** Fields of a scenario that could not be read whole: what is not found there may be there. */
export type Unsure = ReadonlySet<string>;

/** Tells problems to the list that it was given. */
export class CheckNames {
  readonly #scenario: ParsedScenario;
  readonly #services: readonly string[];
  readonly #unsure: Unsure;
  readonly #problems: Problem[];

  constructor(
    scenario: ParsedScenario,
    services: readonly string[],
    unsure: Unsure,
    problems: Problem[],
  ) {
    this.#scenario = scenario;
    this.#services = services;
    this.#unsure = unsure;
    this.#problems = problems;
  }

  #problem(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  service(name: string, path: string): void {
    if (this.#services.includes(name) || this.#unsure.has("services")) return;
    this.#problem(path, `Cannot find the service "${name}": ${suggestion(name, this.#services)}`);
  }

  /** Of a service that is not said, or not there, it may be any's. */
  revision(name: string, service: string | undefined, path: string): void {
    const { rollouts } = this.#scenario;
    const isKnown = service !== undefined && this.#services.includes(service);
    const its = rollouts.filter((rollout) => !isKnown || rollout.service === service);
    const known = [STABLE, ...new Set(its.flatMap(revisionsOf))];
    if (known.includes(name) || this.#unsure.has("rollouts")) return;
    this.#problem(path, `Cannot find the revision "${name}": ${suggestion(name, known)}`);
  }

  /** Where a check names no service there has to be only one. */
  metric(check: MetricCheck | AnalysisCheck | Compared, path: string): void {
    if (check.service !== undefined) this.service(check.service, `${path}.service`);
    else if (this.#services.length > 1) {
      const message = `Cannot tell which service is meant: say service, one of ${
        this.#services.join(", ")
      }`;
      this.#problem(`${path}.service`, message);
    }
    const only = this.#services.length === 1 ? this.#services[0] : undefined;
    const service = check.service ?? only;
    if (check.of !== undefined) this.revision(check.of, service, `${path}.of`);
    if (check.load !== undefined) this.#load(check.load, service, `${path}.load`);
    if (check.kind === "distribution") {
      return this.#baseline({ service, ...check.against }, `${path}.against`);
    }
    if (check.comparedTo) this.#baseline({ service, ...check.comparedTo }, `${path}.comparedTo`);
    if (check.metric === "goodput") this.#goodput(service, path);
    if (check.metric === "burnRate") this.#burnRate(service, check.load, path);
  }

  /** A service and a revision have to be in both scenarios; the other says so itself. */
  comparison({ measured, than }: ExpectationOf<"betterThan">, path: string): void {
    this.metric(measured, `${path}.measured`);
    const { service } = measured;
    const services: unknown = than["services"];
    // What is no list there is told by the plan of that scenario.
    if (service === undefined || !Array.isArray(services)) return;
    const known = services.flatMap((each) => addressedOf(each)?.name ?? []);
    if (known.includes(service)) return;
    const message = `Cannot find the service "${service}" in "${than.name}": ` +
      suggestion(service, known);
    this.#problem(`${path}.measured.service`, message);
  }

  objective(service: string | undefined, path: string): void {
    if (service === undefined || !this.#services.includes(service)) return;
    if (this.#scenario.slo[service]?.goodput !== undefined || this.#unsure.has("slo")) return;
    const message = `Cannot find an error budget of "${service}": say one in slo, ` +
      `such as { goodput: "99%" }`;
    this.#problem(path, message);
  }

  #burnRate(service: string | undefined, load: string | undefined, path: string): void {
    const own = this.#scenario.load.find(({ name }) => name === load)?.slo?.goodput;
    if (own === undefined) this.objective(service, path);
  }

  #load(name: string, service: string | undefined, path: string): void {
    const { load, services } = this.#scenario;
    const known = load.map((each) => each.name);
    if (this.#unsure.has("load")) return;
    if (!known.includes(name)) {
      this.#problem(path, `Cannot find the load "${name}": ${suggestion(name, known)}`);
      return;
    }
    if (service === undefined || !this.#services.includes(service)) return;
    const addressed = services.flatMap((each) => addressedOf(each) ?? []);
    const sent = load.filter(({ to }) =>
      meantBy(to, addressed).some(({ name }) => name === service)
    );
    const there = sent.map((each) => each.name);
    if (there.includes(name) || there.length === 0) return;
    const message = `Cannot measure the load "${name}" of "${service}", where it never goes: ` +
      suggestion(name, there);
    this.#problem(path, message);
  }

  #baseline(
    { service, of }: { readonly service?: string | undefined; readonly of?: string | undefined },
    path: string,
  ): void {
    if (service !== undefined) this.service(service, `${path}.service`);
    if (of !== undefined) this.revision(of, service, `${path}.of`);
  }

  #goodput(service: string | undefined, path: string): void {
    if (service === undefined || !this.#services.includes(service)) return;
    if (judgedServices(this.#scenario).includes(service)) return;
    if (this.#unsure.has("slo")) return;
    this.#problem(path, `Cannot measure goodput of "${service}": it has no slo to meet`);
  }
}
