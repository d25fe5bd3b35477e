// Reads AIPerf's exports, and GenAI-Perf's summary which looks the same: records, or one summary.
//
// Source: ai-dynamo/aiperf 047d59d (`exporters/metrics_json_exporter.py`), 13992db
// (`docs/tutorials/working-with-profile-exports.md`). Its inter-token latency is (latency − TTFT) /
// (output − 1) a request, so our TPOT; gaps are its inter-chunk latency.

import { z } from "zod";
import { type ClientRow, figuresOf, servedRows, workloadOf } from "./client_rows.ts";
import { drawRequests, type LengthSummary, lengthSummaryOf, type Pace } from "./drawn_workload.ts";
import {
  checked,
  count,
  counted,
  type FileRuns,
  latencyOf,
  rate,
  tokens,
  withoutEmpty,
} from "./file_run.ts";

/** Milliseconds of a unit that it displays. */
const UNITS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, sec: 1000 } as const;
const unit = z.enum(Object.keys(UNITS) as (keyof typeof UNITS)[]);

const time = z.object({ value: z.number().min(0), unit });
const times = z.object({ value: z.array(z.number().min(0)), unit });
const length = z.object({ value: tokens });

const recordSchema = z.object({
  metadata: z.object({
    request_start_ns: z.number().min(0),
    benchmark_phase: z.string().optional(),
    was_cancelled: z.boolean().nullish(),
  }),
  metrics: z.object({
    input_sequence_length: length.optional(),
    output_sequence_length: length.optional(),
    output_token_count: length.optional(),
    time_to_first_token: time.optional(),
    request_latency: time.optional(),
    inter_chunk_latency: times.optional(),
  }),
  error: z.unknown(),
});

type RecordOfFile = z.output<typeof recordSchema>;

const recordsSchema = z.array(recordSchema).min(1);

export function isAiperfRecord(data: Readonly<Record<string, unknown>>): boolean {
  return "metadata" in data && "metrics" in data;
}

/** A `profile_export.jsonl`, its lines parsed. */
export function readAiperfRecords(lines: readonly unknown[], name: string): FileRuns {
  const records = checked(recordsSchema, lines);
  if ("problem" in records) return records;
  const answered = records.data.filter(({ metadata, error }) =>
    !metadata.was_cancelled && (error === null || error === undefined)
  );
  const rows = servedRows(answered.map(rowOf));
  if (!rows.some(({ warmup }) => !warmup)) return { problem: "none of its requests succeeded" };
  const lost = records.data.length - rows.length;
  return {
    runs: [{
      id: name,
      source: `${name}, AIPerf`,
      workload: workloadOf(rows),
      measured: figuresOf(rows),
      notes: lost > 0 ? [`${counted(lost, "request")} failed, and are left out`] : [],
    }],
  };
}

function rowOf({ metadata, metrics }: RecordOfFile): ClientRow {
  const { time_to_first_token: ttft, request_latency: e2e, inter_chunk_latency: gaps } = metrics;
  return {
    atUs: metadata.request_start_ns / 1000,
    promptTokens: metrics.input_sequence_length?.value ?? 0,
    outputTokens: metrics.output_sequence_length?.value ?? metrics.output_token_count?.value ?? 0,
    ttftMs: ttft && ttft.value * UNITS[ttft.unit],
    e2eMs: e2e && e2e.value * UNITS[e2e.unit],
    gapsMs: gaps?.value.map((value) => value * UNITS[gaps.unit]),
    warmup: metadata.benchmark_phase === "warmup",
  };
}

const figure = z.number().min(0).optional();
const statistics = {
  ...{ avg: figure, min: figure, max: figure },
  ...{ p10: figure, p25: figure, p50: figure, p75: figure, p90: figure, p95: figure, p99: figure },
};

const timeSummary = z.object({ unit, ...statistics });
const lengthSummary = z.object(statistics);
const scalar = z.object({ avg: z.number().min(0) });

/** What says how requests were sent: flat up to 0.6, a list of phases since. */
const pacing = z.object({
  concurrency: count.min(1).nullish(),
  request_rate: rate.nullish(),
  rate: rate.nullish(),
  arrival_pattern: z.string().nullish(),
  request_rate_mode: z.string().nullish(),
  exclude_from_results: z.boolean().nullish(),
});

type Pacing = z.output<typeof pacing>;

const summarySchema = z.object({
  input_config: z.object({
    loadgen: pacing.nullish(),
    phases: z.array(pacing).nullish(),
  }).nullish(),
  request_count: scalar.optional(),
  output_token_throughput: scalar.optional(),
  time_to_first_token: timeSummary.optional(),
  inter_token_latency: timeSummary.optional(),
  inter_chunk_latency: timeSummary.optional(),
  request_latency: timeSummary,
  input_sequence_length: lengthSummary,
  output_sequence_length: lengthSummary,
});

export function isAiperfSummary(data: Readonly<Record<string, unknown>>): boolean {
  return "request_latency" in data && "input_sequence_length" in data;
}

/** A `profile_export_aiperf.json` or `profile_export_genai_perf.json`. */
export function readAiperfSummary(data: unknown, name: string): FileRuns {
  const checkedData = checked(summarySchema, data);
  if ("problem" in checkedData) return checkedData;
  const summary = checkedData.data;
  const prompt = lengthOf(summary.input_sequence_length);
  const output = lengthOf(summary.output_sequence_length);
  if (!prompt || !output) return { problem: "it tells no lengths of prompts and answers" };
  const requests = Math.round(summary.request_count?.avg ?? 0);
  if (requests === 0) return { problem: "it does not tell how many requests it sums up" };
  const { phases, loadgen } = summary.input_config ?? {};
  const main = phases?.find(({ exclude_from_results: isLeftOut }) => !isLeftOut) ?? loadgen ?? {};
  const paced = paceOf(main);
  if (!paced) {
    return {
      problem: "it tells neither a concurrency nor a request rate: give the records instead " +
        "(profile_export.jsonl)",
    };
  }
  const { pace, concurrency } = paced;
  const outputTokensPerSecond = summary.output_token_throughput?.avg;
  return {
    runs: [{
      id: name,
      source: `${name}, AIPerf`,
      workload: {
        requests: drawRequests(requests, prompt, output, pace),
        ...(concurrency === undefined ? {} : { concurrency }),
      },
      measured: {
        ...figuresOfSummary(summary),
        ...(outputTokensPerSecond === undefined ? {} : { outputTokensPerSecond }),
      },
      notes: [
        "lengths and times are drawn from the summary: single ones are in profile_export.jsonl",
      ],
    }],
  };
}

function figuresOfSummary(summary: z.output<typeof summarySchema>) {
  const of = (figures: z.output<typeof timeSummary> | undefined) =>
    figures ? latencyOf({ ...figures, mean: figures.avg }, UNITS[figures.unit]) : {};
  return withoutEmpty({
    ttftMs: of(summary.time_to_first_token),
    tpotMs: of(summary.inter_token_latency),
    itlMs: of(summary.inter_chunk_latency),
    e2eMs: of(summary.request_latency),
  });
}

/** A rate goes before a concurrency, which then is only a limit. */
function paceOf(main: Partial<Pacing>): { pace: Pace; concurrency?: number } | undefined {
  const { concurrency } = main;
  const rps = main.rate ?? main.request_rate;
  if (typeof rps === "number") {
    const pattern = main.arrival_pattern ?? main.request_rate_mode ?? "poisson";
    return { pace: { rps, burstiness: pattern === "constant" ? Infinity : 1 } };
  }
  return typeof concurrency === "number" ? { pace: {}, concurrency } : undefined;
}

function lengthOf({ avg, ...figures }: z.output<typeof lengthSummary>): LengthSummary | undefined {
  return lengthSummaryOf(avg, figures);
}
