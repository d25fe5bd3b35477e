// Reads what `vllm bench serve --save-result` writes, with `--save-detailed` or without.
//
// Source: vllm-project/vllm 009e6d4, `vllm/benchmarks/serve.py` (`calculate_metrics`, `benchmark`,
// `main_async`). TPOT is (latency − TTFT) / (output − 1) a request, ITL every single gap. Files of before
// `latencies` and `start_times` were written do without.

import { z } from "zod";
import type { MeasuredFigures, MeasuredWorkload } from "../measured_run.ts";
import { type ClientRow, figuresOf, servedRows, workloadOf } from "./client_rows.ts";
import { drawRequests, type Pace } from "./drawn_workload.ts";
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

const infinity = z.custom<number>((value) => value === Infinity);

const resultSchema = z.object({
  model_id: z.string().optional(),
  num_prompts: count,
  /** `inf`, or infinity in files of before, sends all at once. */
  request_rate: z.union([rate, z.literal("inf"), infinity]).nullish(),
  /** Infinity is even. */
  burstiness: z.union([z.number().positive(), infinity]).nullish(),
  max_concurrency: count.min(1).nullish(),
  ramp_up_strategy: z.string().nullish(),
  duration: seconds,
  completed: count,
  total_input_tokens: z.int().min(0),
  total_output_tokens: z.int().min(0),
  output_throughput: z.number().min(0).optional(),
  input_lens: z.array(tokens).optional(),
  output_lens: z.array(tokens).optional(),
  ttfts: z.array(seconds).optional(),
  itls: z.array(z.array(seconds)).optional(),
  latencies: z.array(seconds).optional(),
  start_times: z.array(clockSeconds).optional(),
  errors: z.array(z.string().nullable()).optional(),
});

type Result = z.output<typeof resultSchema>;

const METRICS = ["ttft", "tpot", "itl", "e2el"] as const;
const STATISTICS = { mean: "mean", p50: "median", p90: "p90", p95: "p95", p99: "p99" } as const;

const figureSchema = z.record(z.string(), z.unknown()).pipe(
  z.object(Object.fromEntries(
    METRICS.flatMap((metric) =>
      Object.values(STATISTICS).map((name) =>
        [`${name}_${metric}_ms`, milliseconds.nullish()] as const
      )
    ),
  )),
);

/** Whether data looks like one result. */
export function isVllmBench(data: Readonly<Record<string, unknown>>): boolean {
  return "num_prompts" in data && "total_input_tokens" in data;
}

/** One result; with `--append-result` a file has several. */
export function readVllmBench(data: unknown, name: string): FileRuns {
  const result = checked(resultSchema, data);
  if ("problem" in result) return result;
  const figures = checked(figureSchema, data);
  if ("problem" in figures) return figures;
  if (result.data.completed === 0) return { problem: "none of its requests completed" };
  const detailed = detailedRun(result.data);
  if (detailed && "problem" in detailed) return detailed;
  const run = detailed ?? summedRun(result.data, summedFigures(result.data, figures.data));
  if ("problem" in run) return run;
  const { model_id: model, num_prompts, completed } = result.data;
  const lost = num_prompts - completed;
  const notes = lost > 0 ? [`${counted(lost, "request")} did not complete, and are left out`] : [];
  return {
    runs: [{
      id: name,
      source: `${name}, vllm bench serve`,
      ...(model === undefined ? {} : { model }),
      ...run,
      notes: [...notes, ...run.notes],
    }],
  };
}

type Parts = Pick<FileRun, "workload" | "measured" | "notes">;

/** From the rows of single requests; undefined when there are none. */
function detailedRun(result: Result): Parts | { problem: string } | undefined {
  const { input_lens: inputs, output_lens: outputs, ttfts, itls } = result;
  if (!inputs || !outputs || !ttfts || !itls) return undefined;
  const lengths = [inputs, outputs, ttfts, itls].map((list) => list.length);
  if (new Set(lengths).size > 1) {
    return { problem: "input_lens, output_lens, ttfts and itls differ in length" };
  }
  const { errors, latencies, start_times: starts } = result;
  const rows = inputs.flatMap((promptTokens, i): ClientRow[] => {
    if (errors?.[i]) return [];
    const gapsMs = itls[i]!.map((s) => s * 1000);
    const ttftMs = ttfts[i]! * 1000;
    const gapSumMs = gapsMs.reduce((sum, ms) => sum + ms, 0);
    const e2eMs = latencies?.[i] === undefined ? ttftMs + gapSumMs : latencies[i]! * 1000;
    const atUs = starts?.[i] === undefined ? undefined : starts[i]! * 1e6;
    return [{ promptTokens, outputTokens: outputs[i]!, ttftMs, e2eMs, gapsMs, atUs }];
  });
  const served = servedRows(rows);
  if (served.length === 0) return { problem: "none of its requests has tokens" };
  const { output_throughput: outputTokensPerSecond = 0 } = result;
  const measured = { ...figuresOf(served), outputTokensPerSecond };
  if (starts) {
    return { workload: workloadOf(served, loopOf(result)), measured, notes: [] };
  }
  const paced = pacedWorkload(result, workloadOf(served, loopOf(result)));
  return "problem" in paced ? paced : { ...paced, measured };
}

/** Of a file that sums all requests up. */
function summedRun(result: Result, measured: MeasuredFigures): Parts | { problem: string } {
  const { completed, total_input_tokens, total_output_tokens } = result;
  const prompt = { mean: total_input_tokens / completed };
  const output = { mean: total_output_tokens / completed };
  const loop = loopOf(result);
  const paced = pacedWorkload(result, {
    requests: drawRequests(completed, prompt, output, {}),
    ...(loop === undefined ? {} : { concurrency: loop }),
  });
  if ("problem" in paced) return paced;
  const note = `each request has the mean of ${Math.round(prompt.mean)} prompt and ` +
    `${Math.round(output.mean)} output tokens: single ones are saved with --save-detailed`;
  return { ...paced, measured, notes: [note, ...paced.notes] };
}

function summedFigures(
  { output_throughput: outputTokensPerSecond }: Result,
  figures: z.output<typeof figureSchema>,
): MeasuredFigures {
  const of = (metric: typeof METRICS[number]) =>
    latencyOf(Object.fromEntries(
      Object.entries(STATISTICS).map(([key, name]) => [key, figures[`${name}_${metric}_ms`]]),
    ));
  return {
    ...withoutEmpty({
      ttftMs: of("ttft"),
      tpotMs: of("tpot"),
      itlMs: of("itl"),
      e2eMs: of("e2el"),
    }),
    ...(outputTokensPerSecond === undefined ? {} : { outputTokensPerSecond }),
  };
}

function hasRate(rps: Result["request_rate"]): rps is number {
  return Number.isFinite(rps);
}

/** Below this share of the asked rate, `--max-concurrency` was what held the client back. */
const HELD_BACK = 0.95;

/** Clients of a closed loop: `--max-concurrency`, where that and not the rate decided. */
function loopOf(result: Result): number | undefined {
  const { max_concurrency: limit, request_rate: rps, completed, duration } = result;
  if (limit === null || limit === undefined) return undefined;
  if (!hasRate(rps)) return limit;
  return duration > 0 && completed / duration < HELD_BACK * rps ? limit : undefined;
}

/** The times of requests that nobody noted; in a closed loop they do not count. */
function pacedWorkload(
  result: Result,
  workload: MeasuredWorkload,
): Pick<Parts, "workload" | "notes"> | { problem: string } {
  const { request_rate: rps, burstiness, ramp_up_strategy: ramp } = result;
  if (workload.concurrency !== undefined) return { workload, notes: [] };
  if (typeof ramp === "string") {
    return {
      problem: "its rate was ramped up, and no start times were saved: add --save-detailed to " +
        "vllm bench serve",
    };
  }
  if (!hasRate(rps)) return { workload, notes: [] };
  const pace: Pace = { rps, burstiness: burstiness ?? 1 };
  const { requests } = workload;
  const times = drawRequests(requests.length, { mean: 1 }, { mean: 1 }, pace);
  return {
    workload: {
      ...workload,
      requests: requests.map((request, index) => ({ ...request, atUs: times[index]!.atUs })),
    },
    notes: [`when requests were sent is not in the file: drawn anew at ${rps}/s`],
  };
}
