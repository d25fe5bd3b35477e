// The words of a scenario file but for load and rollouts: typed functions that return plain data, never throw.

import type { Duration } from "../sim/duration.ts";

/** Virtual time or span: `"30s"`, `"1h30m"`. A wrong unit is a compile error. */
export type { Duration };
/** A share: `"5%"`. */
export type Percent = `${number}%`;

/** Which of several words it is. */
export type Tagged<K extends string, T> = Readonly<{ kind: K } & T>;

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

// What people change meanwhile.

export type Change = Tagged<
  "change",
  {
    service: string;
    name?: string;
    when: When;
    weight?: number;
    stopped?: boolean;
    deleted?: true;
    mirror?: Readonly<{ to: string; percent: number }>;
  }
>;

/**
 * What a person changes in a service during the run, as `kubectl` would: `weight`, its proportion within
 * its route group (`spec.router.route.weight`, 0 to 1,000,000); `mirror`, so many percent of its requests
 * copied to another service, whose answers nobody reads (an HTTPRoute's RequestMirror; 0 ends it);
 * `stopped`, the annotation `serving.kserve.io/stop`; `deleted`.
 */
export const change = (
  service: string,
  options: {
    readonly name?: string;
    readonly when: When;
    readonly weight?: number;
    readonly stopped?: boolean;
    readonly deleted?: true;
    readonly mirror?: { readonly to: string; readonly percent: number };
  },
): Change => ({ kind: "change", service, ...options });

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
