// Small files as the five programs write them, made by hand after their sources; see each reader.
import type { FileRun } from "../../../../src/calibration/formats/file_run.ts";
import { readMeasuredRuns } from "../../../../src/calibration/formats/read.ts";

/** The runs of data as the text of a file; throws with the problem. */
export function runsOf(data: unknown, path = "runs/a.json"): readonly FileRun[] {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const read = readMeasuredRuns(text, path);
  if ("problem" in read) throw new Error(read.problem);
  return read.runs;
}

/** What is wrong with a file; throws when nothing is. */
export function problemOf(data: unknown, path = "runs/a.json"): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const read = readMeasuredRuns(text, path);
  if (!("problem" in read)) throw new Error(`It was read: ${JSON.stringify(read).slice(0, 200)}`);
  return read.problem;
}

/** Two clients of a closed loop: 100 ms to the first token, 10 ms a token, answers of 11 tokens. */
export const VLLM_SUMMED = {
  date: "20261124-120000",
  endpoint_type: "openai",
  model_id: "Qwen/Qwen3-32B",
  num_prompts: 4,
  request_rate: "inf",
  burstiness: 1.0,
  max_concurrency: 2,
  duration: 0.4,
  completed: 4,
  failed: 0,
  total_input_tokens: 400,
  total_output_tokens: 44,
  request_throughput: 10,
  output_throughput: 110,
  mean_ttft_ms: 100,
  median_ttft_ms: 100,
  p99_ttft_ms: 100,
  mean_tpot_ms: 10,
  median_tpot_ms: 10,
  p99_tpot_ms: 10,
  mean_itl_ms: 10,
  median_itl_ms: 10,
  p99_itl_ms: 10,
};

const gaps = new Array<number>(10).fill(0.01);

export const VLLM_DETAILED = {
  ...VLLM_SUMMED,
  input_lens: [90, 110, 95, 105],
  output_lens: [11, 11, 11, 11],
  ttfts: [0.1, 0.1, 0.1, 0.1],
  itls: [gaps, gaps, gaps, gaps],
  latencies: [0.2, 0.2, 0.2, 0.2],
  start_times: [1000.0, 1000.0, 1000.2, 1000.2],
  errors: ["", "", "", ""],
};

function guidellmRow(startS: number, promptTokens: number) {
  return {
    type_: "generative_request_stats",
    request_id: `r${startS}`,
    prompt_tokens: promptTokens,
    output_tokens: 11,
    request_start_time: startS,
    request_end_time: startS + 0.2,
    request_latency: 0.2,
    time_to_first_token_ms: 100,
    inter_token_latency_ms: 10,
    time_per_output_token_ms: 18.2,
  };
}

function summed(mean: number) {
  const percentiles = { p01: mean, p50: mean, p90: mean, p95: mean, p99: mean };
  return { successful: { mean, median: mean, count: 3, percentiles }, errored: { mean: 0 } };
}

/** One benchmark: the first request was sent before the measurement began. */
export const GUIDELLM = {
  type_: "generative_benchmarks_report",
  metadata: { version: 1 },
  benchmarks: [{
    type_: "generative_benchmark",
    config: { strategy: { type_: "poisson", rate: 5, max_concurrency: null } },
    scheduler_metrics: { measure_start_time: 500.0, measure_end_time: 502.0 },
    metrics: {
      request_totals: { successful: 3, errored: 1, incomplete: 0, total: 4 },
      requests_per_second: summed(5),
      request_latency: summed(0.2),
      time_to_first_token_ms: summed(100),
      inter_token_latency_ms: summed(10),
      prompt_token_count: summed(100),
      output_token_count: summed(11),
    },
    requests: {
      successful: [
        guidellmRow(499.9, 80),
        guidellmRow(500.6, 110),
        guidellmRow(500.1, 90),
        guidellmRow(501.5, 100),
      ],
      errored: [],
      incomplete: [],
    },
  }],
};

function latency(mean: number) {
  return { mean, min: mean, max: mean, median: mean, p90: mean, p99: mean };
}

export const INFERENCE_PERF_STAGE = {
  benchmark_time_seconds: 10,
  load_summary: {
    count: 40,
    requested_rate: 4,
    achieved_rate: 4.01,
    send_duration: 9.9,
    schedule_delay: latency(0.001),
  },
  successes: {
    count: 38,
    latency: {
      request_latency: latency(0.2),
      normalized_time_per_output_token: latency(0.018),
      time_per_output_token: latency(0.01),
      time_to_first_token: latency(0.1),
      inter_token_latency: latency(0.01),
    },
    throughput: { output_tokens_per_sec: 41.8, requests_per_sec: 3.8 },
    prompt_len: { mean: 100, min: 50, max: 150, median: 100, p10: 60, p90: 140 },
    output_len: { mean: 11, min: 11, max: 11, median: 11 },
  },
  failures: { count: 2, request_latency: latency(1) },
};

/** Of before server usage was told, and as it is now. */
export const INFERENCE_PERF_REQUESTS = [
  {
    start_time: 10,
    end_time: 10.25,
    request: "{}",
    response: "…",
    info: { input_tokens: 120, output_tokens: 3, output_token_times: [10.1, 10.15, 10.2] },
    error: null,
  },
  {
    start_time: 9,
    end_time: 9.3,
    info: {
      request_metrics: { text: { input_tokens: 200 } },
      response_metrics: {
        output_tokens: 4,
        output_token_times: [9.1, 9.2, 9.3],
        server_usage: { prompt_tokens: 200, completion_tokens: 3 },
      },
    },
    error: null,
  },
  { start_time: 11, end_time: 11.1, info: null, error: { error_type: "Timeout", error_msg: "" } },
];

export function aiperfRecord(startMs: number, promptTokens: number, phase = "profiling") {
  return {
    metadata: {
      session_num: 0,
      request_start_ns: 1_759_813_207_000_000_000 + startMs * 1e6,
      request_end_ns: 1_759_813_207_000_000_000 + (startMs + 200) * 1e6,
      benchmark_phase: phase,
      was_cancelled: false,
    },
    metrics: {
      input_sequence_length: { value: promptTokens, unit: "tokens" },
      output_sequence_length: { value: 11, unit: "tokens" },
      time_to_first_token: { value: 100, unit: "ms" },
      request_latency: { value: 200, unit: "ms" },
      inter_token_latency: { value: 10, unit: "ms" },
      inter_chunk_latency: { value: [9, 11], unit: "ms" },
    },
    error: null,
  };
}

export const AIPERF_SUMMARY = {
  schema_version: "1.3",
  input_config: { loadgen: { concurrency: 8, request_rate: null } },
  request_count: { unit: "requests", avg: 20 },
  request_throughput: { unit: "requests/sec", avg: 40 },
  output_token_throughput: { unit: "tokens/sec", avg: 440 },
  time_to_first_token: { unit: "ms", avg: 100, p50: 90, p90: 150, p95: 160, p99: 200 },
  inter_token_latency: { unit: "ms", avg: 10, p50: 10, p99: 12 },
  request_latency: { unit: "ms", avg: 200, p50: 190, p99: 300 },
  input_sequence_length: { unit: "tokens", avg: 100, min: 100, max: 100, p50: 100 },
  output_sequence_length: { unit: "tokens", avg: 11, min: 11, max: 11, p50: 11 },
};

export function recordingText(rows: readonly Record<string, unknown>[]): string {
  const head = { formatVersion: 1, mtop: "0.1.0", kind: "simulation" };
  const other = { at: 0, seq: 0, kind: "run.started", scenario: "x" };
  const lines = rows.map((row, seq) => ({
    ...{ at: 1_000_000, seq: seq + 1, kind: "request", service: "chat", revision: "chat" },
    ...{ pod: "chat-0", outcome: "completed", arrivedUs: 0, ttftUs: 100_000, e2eUs: 200_000 },
    ...{ promptTokens: 100, cachedTokens: 0, outputTokens: 11, preemptions: 0 },
    ...row,
  }));
  return [head, other, ...lines, { events: lines.length + 1, hash: "0" }]
    .map((line) => JSON.stringify(line)).join("\n") + "\n";
}
