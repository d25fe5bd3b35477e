// Reads the JSON report of guidellm, a run for each of its benchmarks.
//
// Source: vllm-project/guidellm 06cef29 (`schemas/request_stats.py`, `benchmark/schemas/generative`) and
// 03820eb (`scheduler/strategies.py`); names of before 0.4 beside them. `request_latency` is in s. Its
// `inter_token_latency_ms` is a mean a request, weighted by tokens where requests are summed up, which
// makes it the mean of all gaps; its `time_per_output_token_ms` counts the first token in, and is not read.

import { z } from "zod";
import type { MeasuredFigures, MeasuredWorkload } from "../measured_run.ts";
import { type ClientRow, figuresOf, servedRows, workloadOf } from "./client_rows.ts";
import { drawRequests, type LengthSummary, lengthSummaryOf, type Pace } from "./drawn_workload.ts";
import {
  checked,
  clockSeconds,
  count,
  counted,
  type FileRun,
  type FileRuns,
  latencyOf,
  milliseconds,
  rate,
  seconds,
  tokens,
  withoutEmpty,
} from "./file_run.ts";

const rowSchema = z.object({
  prompt_tokens: tokens.nullish(),
  output_tokens: tokens.nullish(),
  request_start_time: clockSeconds.nullish(),
  start_time: clockSeconds.nullish(),
  request_latency: seconds.nullish(),
  time_to_first_token_ms: milliseconds.nullish(),
});

interface Strategy {
  readonly type_: string;
  readonly streams?: number | null | undefined;
  readonly max_concurrency?: number | null | undefined;
  readonly rate?: number | null | undefined;
}

/** Some versions have its name alone. */
const strategySchema = z.union([
  z.object({
    type_: z.string(),
    streams: count.nullish(),
    max_concurrency: count.nullish(),
    rate: rate.nullish(),
  }),
  z.string().transform((type): Strategy => ({ type_: type })),
]);

function summarySchema(unit: z.ZodType<number>) {
  return z.object({
    successful: z.object({
      mean: unit,
      median: unit.optional(),
      percentiles: z.object({ p90: unit, p95: unit, p99: unit }).partial().optional(),
    }).nullish(),
  });
}

const benchmarkSchema = z.object({
  config: z.object({ strategy: strategySchema }).optional(),
  scheduler: z.object({ strategy: strategySchema }).optional(),
  args: z.object({ strategy: strategySchema }).optional(),
  scheduler_metrics: z.object({ measure_start_time: clockSeconds.nullish() }).optional(),
  metrics: z.object({
    request_totals: z.object({ successful: count, errored: count.optional() }).optional(),
    requests_per_second: summarySchema(z.number().min(0)).optional(),
    request_latency: summarySchema(seconds).optional(),
    time_to_first_token_ms: summarySchema(milliseconds).optional(),
    inter_token_latency_ms: summarySchema(milliseconds).optional(),
    prompt_token_count: summarySchema(z.number().min(0)).optional(),
    output_token_count: summarySchema(z.number().min(0)).optional(),
  }),
  requests: z.object({ successful: z.array(rowSchema).nullish() }).nullish(),
});

const reportSchema = z.object({ benchmarks: z.array(benchmarkSchema).min(1) });

type Benchmark = z.output<typeof benchmarkSchema>;

export function isGuidellm(data: Readonly<Record<string, unknown>>): boolean {
  return "benchmarks" in data;
}

export function readGuidellm(data: unknown, name: string): FileRuns {
  const report = checked(reportSchema, data);
  if ("problem" in report) return report;
  const runs: FileRun[] = [];
  for (const [index, benchmark] of report.data.benchmarks.entries()) {
    const strategy = benchmark.config?.strategy ?? benchmark.scheduler?.strategy ??
      benchmark.args?.strategy;
    const run = runOf(benchmark, strategy);
    if ("problem" in run) return { problem: `benchmarks[${index}]: ${run.problem}` };
    const many = report.data.benchmarks.length > 1;
    const id = many ? `${name} ${labelOf(strategy, index)}` : name;
    runs.push({ id, source: `${name}, guidellm`, ...run });
  }
  return { runs };
}

function labelOf(strategy: Strategy | undefined, index: number): string {
  if (!strategy) return `#${index}`;
  const { type_: type, streams, rate } = strategy;
  const level = streams ?? rate;
  return typeof level === "number" ? `#${index} ${type}@${level}` : `#${index} ${type}`;
}

type Parts = Pick<FileRun, "workload" | "measured" | "notes">;

function runOf(benchmark: Benchmark, strategy: Strategy | undefined): Parts | { problem: string } {
  const { request_totals: totals } = benchmark.metrics;
  const rows = servedRows(clientRows(benchmark));
  const measuredRows = rows.filter(({ warmup }) => !warmup).length;
  const successful = totals?.successful ?? measuredRows;
  if (successful === 0) return { problem: "none of its requests completed" };
  const errored = totals?.errored ?? 0;
  const notes = errored > 0 ? [`${counted(errored, "request")} failed, and are left out`] : [];
  // With --sample-requests it keeps some rows only.
  if (measuredRows > 0 && rows.length >= successful) {
    const workload = workloadOf(rows, strategy && streamsOf(strategy));
    return { workload, measured: figuresOf(rows), notes };
  }
  if (!strategy) return { problem: "it tells neither its strategy nor all of its requests" };
  const summed = summedWorkload(benchmark, strategy, successful);
  if ("problem" in summed) return summed;
  const measured = summedFigures(benchmark);
  return { measured, workload: summed.workload, notes: [...notes, ...summed.notes] };
}

function clientRows({ requests, scheduler_metrics: scheduler }: Benchmark): ClientRow[] {
  const beginS = scheduler?.measure_start_time ?? undefined;
  return (requests?.successful ?? []).map((row) => {
    const atS = row.request_start_time ?? row.start_time ?? undefined;
    return {
      atUs: atS === undefined ? undefined : atS * 1e6,
      promptTokens: row.prompt_tokens ?? 0,
      outputTokens: row.output_tokens ?? 0,
      ttftMs: row.time_to_first_token_ms ?? undefined,
      e2eMs: typeof row.request_latency === "number" ? row.request_latency * 1000 : undefined,
      warmup: atS !== undefined && beginS !== undefined && atS < beginS,
    };
  });
}

/** Requests at a time, where that is what the strategy holds. */
function streamsOf({ type_: type, streams, max_concurrency: most }: Strategy): number | undefined {
  if (type === "synchronous") return 1;
  if (type === "concurrent") return streams ?? undefined;
  return type === "throughput" ? most ?? undefined : undefined;
}

function summedWorkload(
  { metrics }: Benchmark,
  strategy: Strategy,
  successful: number,
): { workload: MeasuredWorkload; notes: string[] } | { problem: string } {
  const prompt = lengthOf(metrics.prompt_token_count);
  const output = lengthOf(metrics.output_token_count);
  if (!prompt || !output) return { problem: "it tells no token counts of its requests" };
  const concurrency = streamsOf(strategy);
  const rps = strategy.rate ?? metrics.requests_per_second?.successful?.mean;
  const pace: Pace = strategy.type_ === "throughput" || concurrency !== undefined || !rps
    ? {}
    : { rps, burstiness: strategy.type_ === "poisson" ? 1 : Infinity };
  const requests = drawRequests(successful, prompt, output, pace);
  return {
    workload: { requests, ...(concurrency === undefined ? {} : { concurrency }) },
    notes: ["not all requests are in the file: lengths and times are drawn from its summary"],
  };
}

type Summary = z.output<ReturnType<typeof summarySchema>>;

function lengthOf(summary: Summary | undefined): LengthSummary | undefined {
  const { mean, median: p50, percentiles } = summary?.successful ?? {};
  return lengthSummaryOf(mean, { p50, ...percentiles });
}

function summedFigures({ metrics }: Benchmark): MeasuredFigures {
  const of = (summary: Summary | undefined, factor = 1) => {
    const { mean, median: p50, percentiles } = summary?.successful ?? {};
    return latencyOf({ mean, p50, ...percentiles }, factor);
  };
  const { mean: itl } = of(metrics.inter_token_latency_ms);
  return withoutEmpty({
    ttftMs: of(metrics.time_to_first_token_ms),
    itlMs: latencyOf({ mean: itl }),
    e2eMs: of(metrics.request_latency, 1000),
  });
}
