// The words of a scenario file: typed functions that return plain data and never throw.

import { parseTrace } from "../load/trace.ts";
import type { Duration } from "../sim/duration.ts";

/** Virtual time or span: `"30s"`, `"1h30m"`. A wrong unit is a compile error. */
export type { Duration };
/** A share: `"5%"`. */
export type Percent = `${number}%`;

type Tagged<K extends string, T> = Readonly<{ kind: K } & T>;

// Lengths, in tokens.

export type Length =
  | Tagged<"fixed", { tokens: number }>
  | Tagged<"uniform", { min: number; max: number }>
  | Tagged<"lognormal", { mean: number; p99: number }>;

export const fixed = (tokens: number): Length => ({ kind: "fixed", tokens });
export const uniform = (min: number, max: number): Length => ({ kind: "uniform", min, max });
/** By its mean and 99th percentile, p99 at most 14.9 times the mean. */
export const lognormal = (of: { mean: number; p99: number }): Length => ({
  kind: "lognormal",
  ...of,
});

// Load.

interface LoadOptions {
  /** The service it calls. */
  readonly to: string;
  readonly start?: Duration;
  readonly end?: Duration;
  /** Lower goes first, 0 when left out; for servers with `--scheduling-policy=priority`. */
  readonly priority?: number;
  /** The LoRA adapter that its requests name. */
  readonly adapter?: string;
  /** A request that has not ended by then is given up by its client. */
  readonly timeout?: Duration;
}

interface OpenLoopOptions extends LoadOptions {
  /** Requests per second. */
  readonly rps: number;
  readonly prompt: Length;
  readonly output: Length;
}

export type Load =
  | Tagged<"poisson", OpenLoopOptions & { name: string }>
  | Tagged<"constant", OpenLoopOptions & { name: string }>
  | Tagged<"trace", LoadOptions & { name: string; speedup?: number; requests: unknown }>;

/** Arrivals with exponential gaps, whether or not the service keeps up. */
export const poisson = (name: string, options: OpenLoopOptions): Load => ({
  kind: "poisson",
  name,
  ...options,
});

/** Arrivals at an even pace. */
export const constant = (name: string, options: OpenLoopOptions): Load => ({
  kind: "constant",
  name,
  ...options,
});

/**
 * The requests of a recorded trace. `text` is its file's: the CSV of an Azure LLM inference trace, or
 * the JSON Lines of a Mooncake trace, whose `hash_ids` say which prompts begin alike.
 */
export const trace = (
  name: string,
  options: LoadOptions & { text: string; speedup?: number },
): Load => {
  const { text, ...rest } = { ...options };
  return { kind: "trace", name, ...rest, requests: parseTrace(String(text)) };
};

// Metrics and checks.

export type Comparison<T> = {
  below(threshold: T): MetricCheck;
  above(threshold: T): MetricCheck;
};

export type MetricCheck = Tagged<
  "metric",
  MetricOptions & {
    metric: string;
    statistic?: Statistic;
    comparison: "below" | "above";
    threshold: string | number;
  }
>;

type Statistic = "mean" | "p50" | "p90" | "p95" | "p99";

interface MetricOptions {
  /** The service, where the scenario has more than one. */
  readonly service?: string;
  /** One revision of it: `stable` or `canary`; all when left out. */
  readonly of?: string;
  /** How far back; 1 minute in an analysis, the whole run in an expectation. */
  readonly over?: Duration;
}

function compare<T extends string | number>(
  metric: string,
  statistic: Statistic | undefined,
  options: MetricOptions = {},
): Comparison<T> {
  const check = (comparison: "below" | "above") => (threshold: T): MetricCheck => ({
    kind: "metric",
    metric,
    ...(statistic === undefined ? {} : { statistic }),
    ...options,
    comparison,
    threshold,
  });
  return { below: check("below"), above: check("above") };
}

const latency = (metric: string) => (statistic: Statistic = "p95", options: MetricOptions = {}) =>
  compare<Duration>(metric, statistic, options);
const share = (metric: string) => (options?: MetricOptions) =>
  compare<Percent>(metric, undefined, options);
const number = (metric: string) => (options?: MetricOptions) =>
  compare<number>(metric, undefined, options);

/** What can be measured; `.below(…)` and `.above(…)` make a check of it. */
export const metric = {
  ttft: latency("ttft"),
  itl: latency("itl"),
  tpot: latency("tpot"),
  e2e: latency("e2e"),
  queue: latency("queue"),
  errorRate: share("errorRate"),
  goodput: share("goodput"),
  /** Mean over the pods and seconds in which there were requests. */
  kvCacheUsage: share("kvCacheUsage"),
  /** Tokens found in the prefix cache, of those looked up there. */
  prefixHitRate: share("prefixHitRate"),
  rps: number("rps"),
  /** Of the last second: how many wait now. */
  waiting: number("waiting"),
} as const;

// When.

export type When =
  | Duration
  | Tagged<"atStep", { step: number; rollout?: string; after?: Duration }>
  | Tagged<"after", { fault: Fault; delay?: Duration }>
  | Tagged<"whenever", { check: MetricCheck }>;

/** When a rollout enters a step, counted from 0. */
export const atStep = (
  step: number,
  options: { after?: Duration; rollout?: string } = {},
): When => ({
  kind: "atStep",
  step,
  ...options,
});

/** So long after a fault begins. */
export const after = (fault: Fault, delay?: Duration): When => ({
  kind: "after",
  fault,
  ...(delay === undefined ? {} : { delay }),
});

/** When a check holds for the first time, looked at every second. */
export const whenever = (check: MetricCheck): When => ({ kind: "whenever", check });

// Rollouts.

export interface AnalysisOptions {
  readonly every: Duration;
  readonly initialDelay?: Duration;
  readonly count?: number;
  readonly failureLimit?: number;
  readonly consecutiveErrorLimit?: number;
  readonly checks: readonly MetricCheck[];
}

export type Analysis = Tagged<"analysis", AnalysisOptions & { name: string }>;

/** An analysis run beside a rollout, by Argo's rules; limits default to Argo's. */
export const analysis = (name: string, options: AnalysisOptions): Analysis => ({
  kind: "analysis",
  name,
  ...options,
});

export type Step =
  | Tagged<"setWeight", { weight: number }>
  | Tagged<"pause", { duration?: Duration }>
  | Tagged<"setCanaryScale", { replicas?: number; weight?: number; matchTrafficWeight?: true }>
  | Tagged<"analysisStep", { analysis: Analysis }>;

/** Percent of the traffic for the canary; waits until its replicas are ready. */
export const setWeight = (weight: number): Step => ({ kind: "setWeight", weight });
/** Without a duration it waits for a person. */
export const pause = (duration?: Duration): Step => ({
  kind: "pause",
  ...(duration === undefined ? {} : { duration }),
});
export const setCanaryScale = (
  scale: { replicas: number } | { weight: number } | { matchTrafficWeight: true },
): Step => ({ kind: "setCanaryScale", ...scale });
/** An analysis that must succeed before the next step; give it a `count`. */
export const analyze = (what: Analysis): Step => ({ kind: "analysisStep", analysis: what });

export interface CanaryOptions {
  readonly name?: string;
  readonly at: When;
  readonly to: { readonly image: string };
  readonly steps: readonly Step[];
  readonly analysis?: Analysis;
}

export type Rollout = Tagged<"canary", CanaryOptions & { service: string }>;

/** A canary of a service: a second member of its route group, which takes weight step by step. */
export const canary = (service: string, options: CanaryOptions): Rollout => ({
  kind: "canary",
  service,
  ...options,
});

// Faults.

interface Where {
  readonly service?: string;
  readonly of?: string;
}

type Selection<K extends string> = Tagged<
  K,
  Where & {
    name?: string;
    mode: "first" | "all" | "fixed" | "percent" | "random";
    count?: number;
    percent?: number;
  }
>;

interface Selector<K extends string> {
  first(): Selection<K>;
  all(): Selection<K>;
  fixed(count: number): Selection<K>;
  percent(percent: number): Selection<K>;
  random(count?: number): Selection<K>;
}

function selector<K extends string>(kind: K, where: Where & { name?: string }): Selector<K> {
  return {
    first: () => ({ kind, ...where, mode: "first" }),
    all: () => ({ kind, ...where, mode: "all" }),
    fixed: (count) => ({ kind, ...where, mode: "fixed", count }),
    percent: (percent) => ({ kind, ...where, mode: "percent", percent }),
    random: (count = 1) => ({ kind, ...where, mode: "random", count }),
  };
}

/** Pods of a service or of one revision: `.first() .all() .fixed(n) .percent(n) .random(n)`. */
export const pods = (where: Where = {}): Selector<"pods"> => selector("pods", where);
/** Nodes by name, or those that host such pods. */
export const nodes = (where: Where & { name?: string } = {}): Selector<"nodes"> =>
  selector("nodes", where);

interface FaultOptions {
  readonly name?: string;
  readonly when: When;
}

export type Fault =
  | Tagged<"gpu-xid", FaultOptions & { xid: number; on: Selection<"pods"> }>
  | Tagged<
    "node-loss",
    FaultOptions & { on: Selection<"nodes">; for?: Duration; permanent?: true }
  >;

/** A GPU error by NVIDIA's Xid number, on the first GPU of each pod selected. */
export const gpuXid = (xid: number, options: FaultOptions & { on: Selection<"pods"> }): Fault => ({
  kind: "gpu-xid",
  xid,
  ...options,
});

/** Nodes that go silent, `for` some time or `permanent`ly. */
export const nodeLoss = (
  options: FaultOptions & { on: Selection<"nodes"> } & ({ for: Duration } | { permanent: true }),
): Fault => ({ kind: "node-loss", ...options });

// Expectations.

export type Expectation =
  | MetricCheck
  | Tagged<"rollout", { service: string; outcome: string; within?: Duration; after?: Fault }>
  | Tagged<"weight", { service: string; revision: string; weight: number }>;

interface OutcomeOptions {
  /** No later than this after `after`, or after the rollout began. */
  readonly within?: Duration;
  readonly after?: Fault;
}

const outcome = (name: string) => (service: string, options: OutcomeOptions = {}): Expectation => ({
  kind: "rollout",
  outcome: name,
  service,
  ...options,
});

/** What must be true when the run ends; a metric check is an expectation too. */
export const expect = {
  /** The service's rollout was aborted. */
  aborted: outcome("aborted"),
  /** The service's rollout went through all its steps. */
  completed: outcome("completed"),
  /** The route's weight of a revision at the end. */
  weight: (service: string, revision: string, weight: number): Expectation => ({
    kind: "weight",
    service,
    revision,
    weight,
  }),
} as const;

// The scenario itself.

type Limit = { readonly [statistic in "p50" | "p90" | "p95" | "p99"]?: Duration };

export interface ScenarioOptions {
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly about?: string;
  readonly seed?: number;
  readonly duration: Duration;
  /** Requests that arrive in it are left out of verdicts and summaries. */
  readonly warmup?: Duration;
  readonly cluster: {
    readonly nodes: readonly {
      readonly count: number;
      /** `"8xH100-SXM"`. */
      readonly gpus: `${number}x${string}`;
      /** Prefix of the nodes' names. */
      readonly name?: string;
    }[];
  };
  /** LLMInferenceService objects, by JSON import or `yaml(text)`; judged when the scenario is planned. */
  readonly services: readonly unknown[];
  readonly slo?: Readonly<Record<string, { ttft?: Limit; itl?: Limit; e2e?: Limit }>>;
  readonly load: readonly Load[];
  readonly rollouts?: readonly Rollout[];
  readonly faults?: readonly Fault[];
  readonly expect?: readonly Expectation[];
}
