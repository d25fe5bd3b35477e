// The vocabulary of what is measured: each metric's unit and the vLLM or gateway name it stands for.

/**
 * Distributions folded into histograms; base unit of all is integer microseconds. `e2e` ends when the
 * response is complete, which is a step time's `completionUs` after the last token.
 */
export const LATENCIES = {
  ttft: { vllm: "vllm:time_to_first_token_seconds", about: "time to first token, queue included" },
  itl: { vllm: "vllm:inter_token_latency_seconds", about: "gap between two tokens of a request" },
  tpot: {
    vllm: "vllm:request_time_per_output_token_seconds",
    about: "per request: (e2e - ttft) / (output tokens - 1)",
  },
  e2e: { vllm: "vllm:e2e_request_latency_seconds", about: "arrival to the end of the answer" },
  queue: { vllm: "vllm:request_queue_time_seconds", about: "time in the waiting queue" },
} as const;

export type Latency = keyof typeof LATENCIES;

export const LATENCY_NAMES = Object.keys(LATENCIES) as readonly Latency[];

/** Shares, held as integer parts per million (a log holds integers only). */
export const RATIOS = {
  errorRate: { about: "failed and rejected of the requests that ended" },
  goodput: { about: "requests that met every SLO, of those that ended or are late at the end" },
  kvCacheUsage: { vllm: "vllm:kv_cache_usage_perc", about: "KV-cache blocks in use, mean of pods" },
  prefixHitRate: { about: "tokens found in the prefix cache, of those looked up there" },
} as const;

/** Plain numbers, held as integer thousandths. */
export const RATES = {
  own: { about: "what the scenario's own code reads, see `defineMetric`" },
  rps: { about: "requests that arrived, per second" },
  waiting: { vllm: "vllm:num_requests_waiting", about: "requests waiting, sum of pods" },
  inFlight: { about: "requests that arrived and have not ended" },
  lost: { about: "requests that failed or were rejected and were not tried again" },
  preemptions: { about: "times a request lost its KV blocks to another, sum of pods" },
  replicas: { about: "replicas that are wanted, sum of revisions" },
  burnRate: { about: "bad requests, in shares of what the goodput objective allows" },
  gpuHours: { about: "GPUs times hours from a pod's scheduling to its deletion" },
  cost: { about: "USD of those GPU-hours" },
} as const;

/** A metric as vLLM exposes it, and where the same is found here; absent: not there. */
export interface VllmMetric {
  readonly vllm: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** In a `window` event of the log; a dot leads into an object, `pods.` to a column. */
  readonly window: string;
  /** In `-o json` of a run, its key below a service or a revision. */
  readonly json?: string;
  /** In `top`, the head of its column. */
  readonly top?: string;
}

/**
 * Names as vLLM's API server exposes them at `/metrics`: https://docs.vllm.ai/en/stable/usage/metrics/,
 * where counters are listed without the `_total` that Prometheus' client adds.
 */
export const VLLM_METRICS: readonly VllmMetric[] = [
  { vllm: "vllm:num_requests_running", type: "gauge", window: "pods.running", top: "RUN" },
  { vllm: RATES.waiting.vllm, type: "gauge", window: "pods.waiting", top: "WAIT" },
  {
    vllm: RATIOS.kvCacheUsage.vllm,
    type: "gauge",
    window: "pods.kvPpm",
    json: "kvCacheUsage",
    top: "KV%",
  },
  {
    vllm: "vllm:prompt_tokens_total",
    type: "counter",
    window: "pods.promptTokens",
    json: "promptTokensPerSecond",
  },
  {
    vllm: "vllm:generation_tokens_total",
    type: "counter",
    window: "pods.outputTokens",
    json: "outputTokensPerSecond",
    top: "TOK/S",
  },
  {
    vllm: "vllm:num_preemptions_total",
    type: "counter",
    window: "pods.preemptions",
    json: "preemptions",
  },
  {
    vllm: "vllm:prefix_cache_queries_total",
    type: "counter",
    window: "pods.prefixQueries",
    json: "prefixHitRate",
    top: "PREFIX%",
  },
  {
    vllm: "vllm:prefix_cache_hits_total",
    type: "counter",
    window: "pods.prefixHits",
    json: "prefixHitRate",
    top: "PREFIX%",
  },
  {
    vllm: "vllm:request_success_total",
    type: "counter",
    window: "measured.requests.completed",
    json: "requests.completed",
  },
  histogram("ttft", "TTFTp95"),
  histogram("itl", "ITLp95"),
  histogram("tpot"),
  histogram("e2e", "E2Ep95"),
  histogram("queue"),
];

function histogram(latency: Latency, top?: string): VllmMetric {
  return {
    vllm: LATENCIES[latency].vllm,
    type: "histogram",
    window: `measured.latencyUs.${latency}`,
    json: `${latency}Ms`,
    ...(top === undefined ? {} : { top }),
  };
}

export type Ratio = keyof typeof RATIOS;
export type Rate = keyof typeof RATES;
export type MetricName = Latency | Ratio | Rate;

/** Metrics that can be told of one load's requests alone: windows have those, and no more, by load. */
export const CLASS_METRICS: ReadonlySet<MetricName> = new Set([
  ...LATENCY_NAMES,
  ...["errorRate", "goodput", "rps", "lost", "burnRate"] as const,
]);

export const PPM = 1_000_000;

/** The unit in which a metric's values are stored: µs, parts per million, or thousandths. */
export function unitOf(metric: MetricName): "us" | "ppm" | "milli" {
  if (metric in LATENCIES) return "us";
  return metric in RATIOS ? "ppm" : "milli";
}
