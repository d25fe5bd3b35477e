// Open-loop stages of vLLM 0.15.1 on H100 (inference-sim's training runs) as measured runs.

import { randomExponential } from "d3-random";
import type { MeasuredRequest, MeasuredRun } from "../../src/calibration/measured_run.ts";
import { Streams } from "../../src/sim/streams.ts";
import { csvRows } from "./measured_data.ts";

/** Enough of a stage for its p99; the measured ones have 3,000 to 12,000. */
const MOST_REQUESTS = 1500;

/**
 * inference-perf asks the same questions again and again, so a prompt is found in the prefix cache
 * but for its last block: the recorded steps of three runs compute about 5 tokens of each.
 */
const BLOCK_TOKENS = 16;
const COMPUTED_TOKENS = 5;

type Row = Readonly<Record<string, string>>;

/** `summary` rows put stages together and are left out. */
export function stageRuns(csv: string): MeasuredRun[] {
  return csvRows(csv).filter(({ stage }) => stage !== "summary").map((row) => stageRun(row));
}

function stageRun(row: Row): MeasuredRun {
  const number = (name: string) => Number(row[name]);
  const [ttftMs, e2eMs] = [latency(row, "ttft"), latency(row, "e2e")];
  // `output_len_mean` counts the answer's text tokenised again; the server was asked for `output_len`.
  const outputTokens = number("output_len");
  const rate = number("requested_rate");
  const id = `${row["experiment"]!.slice("20260217-155451-".length)} ${rate}/s`;
  const prompts = number("system_prompts") * number("users_per_prompt");
  return {
    id,
    source: "inference-sim/training ed5c1d2",
    server: {
      model: row["model"]!,
      gpu: "H100-SXM",
      vllm: "0.15.1",
      tensorParallel: number("tp"),
      maxModelLen: number("max_model_len"),
      maxNumBatchedTokens: number("max_num_batched_tokens"),
      maxNumSeqs: number("max_num_seqs"),
    },
    workload: {
      requests: requests(id, prompts, rate, number("prompt_len_mean"), outputTokens),
      warmupRequests: prompts,
    },
    measured: {
      ttftMs,
      e2eMs,
      tpotMs: { mean: (e2eMs.mean - ttftMs.mean) / (outputTokens - 1) },
    },
  };
}

function latency(row: Row, name: string) {
  const of = (statistic: string) => Number(row[`${name}_${statistic}_ms`]);
  return { mean: of("mean"), p50: of("median"), p90: of("p90"), p95: of("p95"), p99: of("p99") };
}

/**
 * Each prompt once, then Poisson arrivals (inference-perf calls them constant; the batch sizes of the
 * recorded steps have a variance equal to their mean).
 */
function requests(
  id: string,
  prompts: number,
  rate: number,
  meanTokens: number,
  outputTokens: number,
): MeasuredRequest[] {
  const stream = new Streams(1).stream(`validation/${id}`);
  const gap = randomExponential.source(() => stream.uniform())(rate / 1e6);
  const promptTokens = Math.floor(meanTokens / BLOCK_TOKENS) * BLOCK_TOKENS + COMPUTED_TOKENS;
  let atUs = 0;
  return Array.from({ length: prompts + MOST_REQUESTS }, (_, i) => {
    atUs += Math.round(gap());
    const group = i < prompts ? i : stream.integer(0, prompts - 1);
    return { atUs, promptTokens, outputTokens, prefix: { group, tokens: promptTokens } };
  });
}
