// The two vLLM 0.19 runs that were recorded request by request (LLMServingSim's) as measured runs.

import { latencyStatistics } from "../../src/calibration/formats/statistics.ts";
import type { MeasuredRun } from "../../src/calibration/measured_run.ts";
import { readMeasured } from "./measured_data.ts";

export const RECORDED = [
  { folder: "RTXPRO6000_Llama-3.1-8B", gpu: "RTX-PRO-6000" },
  { folder: "RTX4090_Llama-3.1-8B", gpu: "RTX-4090" },
] as const;

interface Row {
  readonly input_toks: number;
  readonly output_toks: number;
  /** Wall clock and monotonic clock, in seconds. */
  readonly arrival_time: number;
  readonly queued_ts: number;
  readonly first_token_ts: number;
  readonly last_token_ts: number;
}

interface Meta {
  readonly vllm_version: string;
  readonly engine_kwargs: {
    readonly model: string;
    readonly max_num_seqs: number;
    readonly max_num_batched_tokens: number;
    readonly max_model_len: number | null;
  };
  readonly kv_cache?: { readonly num_gpu_blocks: number };
}

export function recordedRuns(folder: string): MeasuredRun[] {
  return RECORDED.map(({ folder: name, gpu }) => {
    const path = `vllm-0.19-runs/${name}`;
    const rows = readMeasured(folder, `${path}/requests.jsonl`).trim().split("\n")
      .map((line) => JSON.parse(line) as Row);
    return recordedRun(gpu, rows, JSON.parse(readMeasured(folder, `${path}/meta.json`)) as Meta);
  });
}

function recordedRun(gpu: string, rows: readonly Row[], meta: Meta): MeasuredRun {
  // The request that was queued soonest after it came is taken to have been queued at once.
  const offset = Math.min(...rows.map((row) => row.queued_ts - row.arrival_time));
  const arrived = (row: Row) => row.arrival_time + offset;
  const start = Math.min(...rows.map(arrived));
  const ms = (of: (row: Row) => number, all = rows) =>
    latencyStatistics(all.map((row) => of(row) * 1e3));
  const { engine_kwargs: flags, kv_cache } = meta;
  return {
    id: `Llama-3.1-8B ${gpu} 0.19`,
    source: "casys-kaist/LLMServingSim 5daddb2",
    server: {
      model: flags.model,
      gpu,
      vllm: meta.vllm_version,
      tensorParallel: 1,
      maxNumSeqs: flags.max_num_seqs,
      maxNumBatchedTokens: flags.max_num_batched_tokens,
      ...(flags.max_model_len === null ? {} : { maxModelLen: flags.max_model_len }),
      // Without the null block.
      ...(kv_cache ? { kvBlocks: kv_cache.num_gpu_blocks - 1 } : {}),
    },
    workload: {
      requests: rows.map((row) => ({
        atUs: Math.round((arrived(row) - start) * 1e6),
        promptTokens: row.input_toks,
        outputTokens: row.output_toks,
      })),
    },
    measured: {
      ttftMs: ms((row) => row.first_token_ts - arrived(row)),
      e2eMs: ms((row) => row.last_token_ts - arrived(row)),
      tpotMs: ms(
        (row) => (row.last_token_ts - row.first_token_ts) / (row.output_toks - 1),
        rows.filter(({ output_toks }) => output_toks > 1),
      ),
    },
  };
}
