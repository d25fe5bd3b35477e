// Prompt times of Llama-2-70B on A100 and H100 (splitwise-sim's), beside one step of the same prompts.

import { median } from "../../src/calibration/formats/statistics.ts";
import { findGpu } from "../../src/serving/gpus.ts";
import { findModel } from "../../src/serving/models.ts";
import { physicalStepTime } from "../../src/serving/step_time.ts";
import { csvRows, readMeasured } from "./measured_data.ts";

const GPUS: Readonly<Record<string, string>> = {
  "a100-80gb": "A100-SXM-80GB",
  "h100-80gb": "H100-SXM",
};

/**
 * A vLLM of 2023, whose hosts and all-reduces were slower: only two GPUs, and prompts long enough to
 * be computed rather than waited for, tell something of the GPU.
 */
const TENSOR_PARALLEL = "2";
const LEAST_TOKENS = 512;

/** Nothing was fitted to these runs. */
export function promptTable(folder: string): string[][] {
  const rows = csvRows(readMeasured(folder, "splitwise_perf_model.csv")).filter((row) =>
    row["model"] === "llama2-70b" && row["hardware"]! in GPUS &&
    row["tensor_parallel"] === TENSOR_PARALLEL && tokensOf(row) >= LEAST_TOKENS
  );
  return [
    ["PROMPT TIME", "MEASUREMENTS", "MEDIAN ERROR %", "BIAS %"],
    ...[...Map.groupBy(rows, (row) => GPUS[row["hardware"]!]!)].map(([name, of]) => {
      const errors = of.map((row) => (promptMs(name, row) / Number(row["prompt_time"]) - 1) * 100);
      return [
        name,
        `${of.length}`,
        median(errors.map(Math.abs))!.toFixed(1),
        median(errors)!.toFixed(1),
      ];
    }),
  ];
}

type Row = Readonly<Record<string, string>>;

function tokensOf(row: Row): number {
  return Number(row["prompt_size"]) * Number(row["batch_size"]);
}

function promptMs(gpuName: string, row: Row): number {
  const time = physicalStepTime({
    model: findModel(["meta-llama/llama-2-70b-hf"])!,
    gpu: findGpu(gpuName)!,
    tensorParallel: Number(TENSOR_PARALLEL),
  });
  const [tokens, requests] = [Number(row["prompt_size"]), Number(row["batch_size"])];
  const batch = {
    prefillTokens: tokens * requests,
    prefillAttention: requests * tokens * tokens,
    decodeTokens: 0,
    requests,
  };
  return time.fixedPs(batch) / 1e9;
}
