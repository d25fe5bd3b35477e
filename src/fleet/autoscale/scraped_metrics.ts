// The metrics that a simulated Prometheus has, by name, and what each is of a scrape: a closed table.
//
// vLLM's names are those of its V1 engine, with KServe's PodMonitor also as `kserve_…` (kserve,
// llmisvc/monitoring.go); the endpoint picker's are there under their present and their old names.

/** What a scrape finds at one model server; counters since its first second. */
export interface PodSample {
  readonly pod: string;
  /** `decode`, `prefill` or `both`, as its label says. */
  readonly role: string;
  readonly running: number;
  readonly waiting: number;
  /** From 0 to 1. */
  readonly kvUsage: number;
  readonly counts: PodCounts;
}

export interface PodCounts {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly preemptions: number;
  readonly prefixQueries: number;
  readonly prefixHits: number;
}

/** What a scrape finds at an endpoint picker, and what is counted of a whole member. */
export interface MemberSample {
  /** Requests that wait in the picker; undefined where flow control is off. */
  readonly queued: number | undefined;
  readonly inFlight: number;
  readonly readyEndpoints: number;
  readonly arrived: number;
  readonly completed: number;
  /** Whether an endpoint picker answers. */
  readonly picker: boolean;
}

export type MetricSource =
  | { readonly of: "pod"; value(sample: PodSample): number }
  | {
    readonly of: "member";
    /** Undefined: there is no such series. */
    value(sample: MemberSample, pods: readonly PodSample[]): number | undefined;
  }
  /** What an autoscaler publishes of a workload. */
  | { readonly of: "variant" };

const mean = (pods: readonly PodSample[], of: (pod: PodSample) => number) =>
  pods.length === 0 ? 0 : pods.reduce((sum, pod) => sum + of(pod), 0) / pods.length;

const pod = (value: (sample: PodSample) => number): MetricSource => ({ of: "pod", value });

const picker = (
  value: (sample: MemberSample, pods: readonly PodSample[]) => number | undefined,
): MetricSource => ({
  of: "member",
  value: (sample, pods) => sample.picker ? value(sample, pods) : undefined,
});

const VLLM: Readonly<Record<string, MetricSource>> = {
  "vllm:num_requests_running": pod(({ running }) => running),
  "vllm:num_requests_waiting": pod(({ waiting }) => waiting),
  "vllm:kv_cache_usage_perc": pod(({ kvUsage }) => kvUsage),
  "vllm:prompt_tokens_total": pod(({ counts }) => counts.promptTokens),
  "vllm:generation_tokens_total": pod(({ counts }) => counts.outputTokens),
  "vllm:num_preemptions_total": pod(({ counts }) => counts.preemptions),
  "vllm:prefix_cache_queries_total": pod(({ counts }) => counts.prefixQueries),
  "vllm:prefix_cache_hits_total": pod(({ counts }) => counts.prefixHits),
  // Windows count answers by member: there is one series of all its pods.
  "vllm:request_success_total": { of: "member", value: ({ completed }) => completed },
};

const PICKER: readonly (readonly [names: readonly string[], source: MetricSource])[] = [
  [
    ["llm_d_epp_average_queue_size", "inference_pool_average_queue_size"],
    picker((_, pods) => mean(pods, ({ waiting }) => waiting)),
  ],
  [
    ["llm_d_epp_average_kv_cache_utilization", "inference_pool_average_kv_cache_utilization"],
    picker((_, pods) => mean(pods, ({ kvUsage }) => kvUsage)),
  ],
  [
    ["llm_d_epp_average_running_requests", "inference_pool_average_running_requests"],
    picker((_, pods) => mean(pods, ({ running }) => running)),
  ],
  [
    ["llm_d_epp_ready_endpoints", "inference_pool_ready_pods"],
    picker(({ readyEndpoints }) => readyEndpoints),
  ],
  [
    ["llm_d_epp_flow_control_queue_size", "inference_extension_flow_control_queue_size"],
    picker(({ queued }) => queued),
  ],
  [
    ["llm_d_epp_request_running", "inference_objective_running_requests"],
    picker(({ queued = 0, inFlight }) => queued + inFlight),
  ],
  [
    ["llm_d_epp_request_total", "inference_objective_request_total"],
    picker(({ arrived }) => arrived),
  ],
];

export const DESIRED_REPLICAS = "wva_desired_replicas";
export const CURRENT_REPLICAS = "wva_current_replicas";
export const DESIRED_RATIO = "wva_desired_ratio";

const METRICS = new Map<string, MetricSource>([
  ...[
    ...Object.entries(VLLM),
    ...PICKER.flatMap(([names, source]) => names.map((name) => [name, source] as const)),
  ].flatMap(([name, source]) => [[name, source], [`kserve_${name}`, source]] as const),
  ...[DESIRED_REPLICAS, CURRENT_REPLICAS, DESIRED_RATIO].map((name) =>
    [name, { of: "variant" }] as const
  ),
]);

export function metricOf(name: string): MetricSource | undefined {
  return METRICS.get(name);
}
