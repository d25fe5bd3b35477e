// The vocabulary of what is measured: each metric's unit and the vLLM or gateway name it stands for.

/** Distributions folded into histograms; base unit of all is integer microseconds. */
export const LATENCIES = {
  ttft: { vllm: "vllm:time_to_first_token_seconds", about: "time to first token, queue included" },
  itl: { vllm: "vllm:inter_token_latency_seconds", about: "gap between two tokens of a request" },
  tpot: {
    vllm: "vllm:request_time_per_output_token_seconds",
    about: "per request: (e2e - ttft) / (output tokens - 1)",
  },
  e2e: { vllm: "vllm:e2e_request_latency_seconds", about: "arrival to last token" },
  queue: { vllm: "vllm:request_queue_time_seconds", about: "time in the waiting queue" },
} as const;

export type Latency = keyof typeof LATENCIES;

export const LATENCY_NAMES = Object.keys(LATENCIES) as readonly Latency[];

/** Shares, held as integer parts per million (a log holds integers only). */
export const RATIOS = {
  errorRate: { about: "failed and rejected of the requests that ended" },
  goodput: { about: "requests that met every SLO, of those that ended" },
  kvCacheUsage: { vllm: "vllm:kv_cache_usage_perc", about: "KV-cache blocks in use, mean of pods" },
} as const;

/** Plain numbers, held as integer thousandths. */
export const RATES = {
  rps: { about: "requests that arrived, per second" },
  waiting: { vllm: "vllm:num_requests_waiting", about: "requests waiting, sum of pods" },
} as const;

export type Ratio = keyof typeof RATIOS;
export type Rate = keyof typeof RATES;
export type MetricName = Latency | Ratio | Rate;

export const PPM = 1_000_000;

/** The unit in which a metric's values are stored: µs, parts per million, or thousandths. */
export function unitOf(metric: MetricName): "us" | "ppm" | "milli" {
  if (metric in LATENCIES) return "us";
  return metric in RATIOS ? "ppm" : "milli";
}
