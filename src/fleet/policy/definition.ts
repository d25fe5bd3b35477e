// A scenario's own policies as values: functions with a name, and the data by which a scenario refers to them.

import type { LoadDefinition } from "../../load/own_load.ts";
import { Interrupt, type Process } from "../../sim/process.ts";
import type { Simulated } from "./simulated.ts";

/** What every own policy says of itself. */
interface Named<T extends string> {
  readonly type: T;
  /** Of a-z, 0-9 and -. */
  readonly name: string;
  /** What it does, in one sentence: plans print it. */
  readonly about: string;
}

/** JSON: what a scenario hands to a policy of its own, part of the frozen data. */
export type Options = unknown;

export interface FaultDefinition<O = Options> extends Named<"fault"> {
  /** Whom it hits, for the log: names of pods, nodes or services; none: it hits nobody. */
  targets(sim: Simulated, options: O): readonly string[];
  begin(sim: Simulated, targets: readonly string[], options: O): void;
  /** Takes it back when its time (`for`) is over. */
  end?(sim: Simulated, targets: readonly string[], options: O): void;
}

export interface StepDefinition<O = Options> extends Named<"step"> {
  /** What a rollout does between two other steps; `abort` ends it, with the reason in one sentence. */
  take(sim: Simulated, options: O, abort: (why: string) => never): Process;
}

/** A pod as a scorer sees it: what the endpoint picker scraped last, and what it has in flight itself. */
export interface ScoredEndpoint {
  readonly pod: string;
  readonly waiting: number;
  readonly running: number;
  /** From 0 to 1. */
  readonly kvCacheUsage: number;
  /** Requests and prompt tokens that the picker sent there and that have not ended. */
  readonly requests: number;
  readonly tokens: number;
}

export interface ScoredRequest {
  readonly promptTokens: number;
  readonly adapter: string | undefined;
  readonly objective: number | undefined;
}

export interface ScorerDefinition<O = Options> extends Named<"scorer"> {
  /** How good an endpoint is for a request, from 0 to 1; what is beyond is cut. */
  score(request: ScoredRequest, endpoint: ScoredEndpoint, options: O): number;
}

/** A workload as an autoscaler sees it at one look; what is unknown is undefined, never 0. */
export interface Look {
  readonly atSeconds: number;
  readonly replicas: number;
  readonly ready: number;
  /** Requests a second of the last minute. */
  readonly rps: number | undefined;
  readonly waiting: number | undefined;
  /** From 0 to 1. */
  readonly kvCacheUsage: number | undefined;
  readonly ttftP95Ms: number | undefined;
  readonly itlP95Ms: number | undefined;
}

export interface AutoscalerDefinition<O = Options> extends Named<"autoscaler"> {
  /** How many replicas there are to be; `looks` are the last hundred, the newest last. */
  replicas(looks: readonly [Look, ...Look[]], options: O): number;
}

/** What was counted over a span, for a metric of one's own. */
export interface Counted {
  readonly seconds: number;
  readonly arrived: number;
  readonly completed: number;
  readonly failed: number;
  readonly rejected: number;
  /** Completed within every SLO. */
  readonly good: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** A percentile or the mean in ms; undefined without a sample. */
  latencyMs(
    metric: "ttft" | "itl" | "tpot" | "e2e" | "queue",
    statistic: "mean" | "p50" | "p90" | "p95" | "p99",
  ): number | undefined;
}

export interface MetricDefinition extends Named<"metric"> {
  /** The metric's value; undefined where there is none. Kept in thousandths. */
  read(counted: Counted): number | undefined;
}

/** The escape hatch: a process beside all others. */
export interface ProcessDefinition extends Named<"process"> {
  run(sim: Simulated): Process;
}

export type Definition =
  | FaultDefinition
  | StepDefinition
  | LoadDefinition
  | ScorerDefinition
  | AutoscalerDefinition
  | MetricDefinition
  | ProcessDefinition;

export type DefinitionType = Definition["type"];

/** Of a definition that only stands for one: what runs the code, which is elsewhere. */
export const ELSEWHERE = Symbol("elsewhere");
type StandIn = Definition & { readonly [ELSEWHERE]?: unknown };

/** The policies of a scenario's own code, by type and name. */
export class Policies {
  readonly #known: ReadonlyMap<string, Definition>;

  /** What runs the code where these only stand for it; undefined: they are the code. */
  readonly elsewhere: unknown;

  constructor(definitions: readonly Definition[] = []) {
    this.elsewhere = (definitions[0] as StandIn | undefined)?.[ELSEWHERE];
    this.#known = new Map(definitions.map((each) => [`${each.type}/${each.name}`, each]));
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Undefined when the code of the scenario has none of that name. */
  find<T extends DefinitionType>(
    type: T,
    name: string,
  ): Extract<Definition, { type: T }> | undefined {
    return this.#known.get(`${type}/${name}`) as Extract<Definition, { type: T }> | undefined;
  }

  names(type: DefinitionType): string[] {
    return [...this.#known.values()].flatMap((each) => each.type === type ? [each.name] : []);
  }
}

/** Of a scenario that has none. */
export const NO_POLICIES = new Policies();

/** An error in a scenario's own code, by the policy's name: a run that meets it ends there. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

/** Calls a policy; what it throws is told as the policy's. */
export function callPolicy<R>({ type, name }: Named<string>, call: () => R): R {
  try {
    return call();
  } catch (error) {
    throw policyError({ type, name }, error);
  }
}

/** The error of a policy, as it is told. */
export function policyError(
  { type, name }: Pick<Named<string>, "type" | "name">,
  error: unknown,
): unknown {
  const passed = error instanceof PolicyError || error instanceof Interrupt;
  if (!(error instanceof Error) || passed) return error;
  const message = `The ${type} "${name}" of the scenario threw ${error.name}: ${error.message}`;
  return new PolicyError(message, { cause: error });
}
