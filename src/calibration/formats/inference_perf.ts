// Reads inference-perf's reports: one stage summed up, or the requests of all stages.
//
// Source: kubernetes-sigs/inference-perf 010d12f, `inference_perf/reportgen/base.py`
// (`summarize_requests`, `build_per_request_lifecycle_entry`); `prompt_len`, `output_len` and the flat
// `info` of versions before. All times are in s.

import { z } from "zod";
import { type ClientRow, figuresOf, servedRows, workloadOf } from "./client_rows.ts";
import { drawRequests, type LengthSummary, lengthSummaryOf } from "./drawn_workload.ts";
import {
  checked,
  clockSeconds,
  count,
  counted,
  type FileRun,
  type FileRuns,
  latencyOf,
  rate,
  seconds,
  tokens,
  withoutEmpty,
} from "./file_run.ts";

function summarySchema(unit: z.ZodType<number>) {
  return z.object({
    mean: unit,
    min: unit,
    p10: unit,
    p25: unit,
    median: unit,
    p50: unit,
    p75: unit,
    p90: unit,
    p95: unit,
    p99: unit,
    max: unit,
  }).partial().nullish();
}

const lengthSummary = summarySchema(z.number().min(0));
type LengthFigures = z.output<typeof lengthSummary>;

const stageSchema = z.object({
  load_summary: z.object({
    requested_rate: rate.nullish(),
    concurrency: count.min(1).nullish(),
  }),
  successes: z.object({
    count,
    latency: z.object({
      request_latency: summarySchema(seconds),
      time_to_first_token: summarySchema(seconds),
      time_per_output_token: summarySchema(seconds),
      inter_token_latency: summarySchema(seconds),
    }),
    throughput: z.object({ output_tokens_per_sec: z.number().min(0).optional() }).optional(),
    prompt_tokens: lengthSummary,
    prompt_len: lengthSummary,
    output_tokens: lengthSummary,
    output_len: lengthSummary,
  }),
  failures: z.object({ count }).optional(),
});

export function isInferencePerfStage(data: Readonly<Record<string, unknown>>): boolean {
  return "load_summary" in data && "successes" in data;
}

/** A `stage_N_lifecycle_metrics.json`. */
export function readInferencePerfStage(data: unknown, name: string): FileRuns {
  const stage = checked(stageSchema, data);
  if ("problem" in stage) return stage;
  const { load_summary: load, successes, failures } = stage.data;
  const { requested_rate: rps, concurrency } = load;
  if (typeof rps !== "number" && typeof concurrency !== "number") {
    return {
      problem:
        "it sums up all stages, which had rates of their own: give the reports of the stages " +
        "(stage_N_lifecycle_metrics.json), or per_request_lifecycle_metrics.json",
    };
  }
  if (successes.count === 0) return { problem: "none of its requests succeeded" };
  const prompt = lengthOf(successes.prompt_tokens) ?? lengthOf(successes.prompt_len);
  const output = lengthOf(successes.output_tokens) ?? lengthOf(successes.output_len);
  if (!prompt || !output) return { problem: "it tells no lengths of prompts and answers" };
  return {
    runs: [{
      id: name,
      source: `${name}, inference-perf`,
      measured: figuresOfStage(successes),
      ...drawnStage(successes.count, prompt, output, load),
      notes: [
        ...failed(failures?.count ?? 0),
        typeof concurrency === "number"
          ? "lengths are drawn from the report's percentiles"
          : `lengths are drawn from the report's percentiles, and sent evenly at ${rps}/s`,
      ],
    }],
  };
}

type StageLoad = z.output<typeof stageSchema>["load_summary"];

function drawnStage(
  requests: number,
  prompt: LengthSummary,
  output: LengthSummary,
  { requested_rate: rps, concurrency }: StageLoad,
): Pick<FileRun, "workload"> {
  if (typeof concurrency === "number") {
    return { workload: { requests: drawRequests(requests, prompt, output, {}), concurrency } };
  }
  const pace = typeof rps === "number" ? { rps } : {};
  return { workload: { requests: drawRequests(requests, prompt, output, pace) } };
}

function figuresOfStage({ latency, throughput }: z.output<typeof stageSchema>["successes"]) {
  const of = (summary: LengthFigures) =>
    latencyOf({ ...summary, p50: summary?.median ?? summary?.p50 }, 1000);
  const outputTokensPerSecond = throughput?.output_tokens_per_sec;
  return {
    ...withoutEmpty({
      ttftMs: of(latency.time_to_first_token),
      tpotMs: of(latency.time_per_output_token),
      itlMs: of(latency.inter_token_latency),
      e2eMs: of(latency.request_latency),
    }),
    ...(outputTokensPerSecond === undefined ? {} : { outputTokensPerSecond }),
  };
}

function lengthOf(figures: LengthFigures): LengthSummary | undefined {
  const { mean, median, p50 = median, ...others } = figures ?? {};
  return lengthSummaryOf(mean, { ...others, p50 });
}

function failed(requests: number): string[] {
  return requests > 0 ? [`${counted(requests, "request")} failed, and are left out`] : [];
}

const entrySchema = z.object({
  start_time: clockSeconds,
  end_time: clockSeconds,
  error: z.unknown(),
  info: z.object({
    input_tokens: tokens.nullish(),
    output_tokens: tokens.nullish(),
    output_token_times: z.array(clockSeconds).nullish(),
    request_metrics: z.object({ text: z.object({ input_tokens: tokens.nullish() }).nullish() })
      .nullish(),
    response_metrics: z.object({
      output_tokens: tokens.nullish(),
      output_token_times: z.array(clockSeconds).nullish(),
      server_usage: z.object({ completion_tokens: tokens.nullish() }).nullish(),
    }).nullish(),
  }).nullish(),
});

type Entry = z.output<typeof entrySchema>;

const entriesSchema = z.array(entrySchema).min(1);

export function isInferencePerfEntry(data: Readonly<Record<string, unknown>>): boolean {
  return "start_time" in data && "end_time" in data && "info" in data;
}

/** A `per_request_lifecycle_metrics.json`: all stages, a request after the other. */
export function readInferencePerfRequests(data: unknown, name: string): FileRuns {
  const entries = checked(entriesSchema, data);
  if ("problem" in entries) return entries;
  const answered = entries.data.filter(({ error }) => error === null || error === undefined);
  const rows = servedRows(answered.map(rowOf));
  if (rows.length === 0) return { problem: "none of its requests succeeded" };
  return {
    runs: [{
      id: name,
      source: `${name}, inference-perf`,
      workload: workloadOf(rows),
      measured: figuresOf(rows),
      notes: failed(entries.data.length - rows.length),
    }],
  };
}

/** The server's count of tokens, where it told one: a client counts the pieces of the text anew. */
function rowOf({ start_time: start, end_time: end, info }: Entry): ClientRow {
  const response = info?.response_metrics;
  const times = response?.output_token_times ?? info?.output_token_times ?? [];
  const first = times[0];
  return {
    atUs: start * 1e6,
    promptTokens: info?.request_metrics?.text?.input_tokens ?? info?.input_tokens ?? 0,
    outputTokens: response?.server_usage?.completion_tokens ?? response?.output_tokens ??
      info?.output_tokens ?? 0,
    e2eMs: Math.max(0, end - start) * 1000,
    // Of one time alone nobody knows whether the answer was streamed.
    ttftMs: times.length > 1 && first !== undefined ? Math.max(0, first - start) * 1000 : undefined,
    gapsMs: times.slice(1).map((time, index) => Math.max(0, time - times[index]!) * 1000),
  };
}
