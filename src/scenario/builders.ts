// The words of a scenario file but for load: typed functions that return plain data, never throw.

import type { MigPlan } from "../fleet/scheduling/devices.ts";
import type { SpotProvider } from "../fleet/scheduling/spot.ts";
import type { Duration } from "../sim/duration.ts";
import type { Bandwidth } from "./cluster_schema.ts";
import type { Load, Objectives } from "./load_builders.ts";

/** Virtual time or span: `"30s"`, `"1h30m"`. A wrong unit is a compile error. */
export type { Duration };
/** A share: `"5%"`. */
export type Percent = `${number}%`;

type Tagged<K extends string, T> = Readonly<{ kind: K } & T>;

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

export type Rollout =
  | Tagged<"canary", CanaryOptions & { service: string }>
  | Tagged<"rolling", RollingOptions & { service: string }>;

/** A canary of a service: a second member of its route group, which takes weight step by step. */
export const canary = (service: string, options: CanaryOptions): Rollout => ({
  kind: "canary",
  service,
  ...options,
});

/** What changes about a workload's pods; what is left out stays. */
export interface PodChange {
  readonly image?: string;
  /** All arguments of the container `main`. */
  readonly args?: readonly string[];
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly replicas?: number;
}

export interface RollingOptions {
  readonly name?: string;
  readonly at: When;
  readonly to: PodChange & { readonly prefill?: PodChange };
  /** The service's `rolloutStrategy` from then on: so many replicas, or a share like `"25%"`. */
  readonly maxSurge?: number | `${number}%`;
  readonly maxUnavailable?: number | `${number}%`;
  /** When somebody puts back what was before; absent: nobody does. */
  readonly undo?: When;
}

/** A rolling update of a service in place: its Deployments and LeaderWorkerSets replace their pods. */
export const rolling = (service: string, options: RollingOptions): Rollout => ({
  kind: "rolling",
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

// The scenario itself.

/** Nodes that are alike. */
export interface NodeOptions {
  readonly count: number;
  /** `"8xH100-SXM"`; absent: a node without GPUs. */
  readonly gpus?: `${number}x${string}`;
  /** Prefix of the nodes' names. */
  readonly name?: string;
  /** As Kubernetes writes quantities; absent: the GPUs' share of a machine that one can rent. */
  readonly cpu?: string | number;
  readonly memory?: string | number;
  readonly storage?: string | number;
  /** What other device plugins offer: `{ "rdma/ib": 8 }`. */
  readonly resources?: Readonly<Record<string, number>>;
  readonly zone?: string;
  readonly region?: string;
  readonly instanceType?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `"dedicated=llm:NoSchedule"`, as `kubectl taint` takes them. */
  readonly taints?: readonly string[];
  /** Its provider may take it back; with the provider's label, and its notice. */
  readonly spot?: SpotProvider;
  /** How each GPU is cut: `"all-1g.10gb"`, `"all-balanced"`, `["3g.40gb", "2g.20gb"]`. */
  readonly mig?: `all-${string}` | readonly string[];
  /** Absent: `single` where all slices are alike, else `mixed`. */
  readonly migStrategy?: MigPlan["strategy"];
  /** Pods that take turns on each GPU. */
  readonly timeSlicing?: number;
  /** GPUs that an NVLink bridge joins, where not all of the node's are joined. */
  readonly nvlink?: { readonly island: number };
  /** GPUs are claimed as devices (dynamic resource allocation) instead of counted. */
  readonly dra?: boolean | {
    readonly attributes: Readonly<Record<string, string | number | boolean>>;
  };
}

export interface ScenarioOptions {
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly about?: string;
  readonly seed?: number;
  readonly duration: Duration;
  /** Requests that arrive in it are left out of verdicts and summaries. */
  readonly warmup?: Duration;
  readonly cluster: {
    readonly nodes: readonly NodeOptions[];
    /** How fast images and weights come; what is left out is as fast as was measured. */
    readonly bandwidth?: {
      /** The registry to all nodes that pull at once. */
      readonly registry?: Bandwidth;
      /** One node's pull of an image, unpacking included. */
      readonly pull?: Bandwidth;
      /** The model hub to all pods that download at once. */
      readonly hub?: Bandwidth;
      /** One pod's download of its model. */
      readonly download?: Bandwidth;
      /** One pod's weights from its disk into its GPUs. */
      readonly load?: Bandwidth;
      /** All pods together that read their model from one claim (`pvc://`). */
      readonly volume?: Bandwidth;
    };
    /** Containers start before their image's layers are there (GKE Image streaming). */
    readonly imageStreaming?: boolean;
    /** How changes reach the gateway. */
    readonly gateway?: {
      /** From a change of weights, members or pods on; none when left out. Istio waits for `"100ms"`. */
      readonly propagation?: Duration;
      /**
       * For so long after its first weight above 0 a member is in the route and not yet known as a
       * backend: its requests are answered 503. Left out: it is known.
       */
      readonly coldBackend?: Duration;
    };
    /** Of devices that are claimed, beside those that their drivers bring; selectors in CEL. */
    readonly deviceClasses?: readonly {
      readonly name: string;
      readonly selectors: readonly string[];
    }[];
    /** USD per hour of one GPU, by the GPU's name: `{ "H100-SXM": 2.5 }`. */
    readonly prices?: Readonly<Record<string, number>>;
  };
  /** LLMInferenceService objects, by JSON import or `yaml(text)`; judged when the scenario is planned. */
  readonly services: readonly unknown[];
  /** LLMInferenceServiceConfig objects that `baseRefs` name; KServe's own presets are there without. */
  readonly configs?: readonly unknown[];
  /** Coefficients fitted to engines of your own, as `mtop calibrate` saves them, by JSON import. */
  readonly calibrations?: readonly unknown[];
  /** By service: what its requests are held against, but for loads that bring their own. */
  readonly slo?: Readonly<Record<string, Objectives>>;
  readonly load: readonly Load[];
  readonly rollouts?: readonly Rollout[];
  readonly changes?: readonly Change[];
  readonly faults?: readonly Fault[];
  readonly expect?: readonly Expectation[];
}
