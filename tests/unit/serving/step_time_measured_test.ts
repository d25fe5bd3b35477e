// The step time, with coefficients that mtop has fitted to nothing, beside measured ladders.
import assert from "node:assert/strict";
import { findGpu } from "../../../src/serving/gpus.ts";
import { findModel, type ModelFacts } from "../../../src/serving/models.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import { isPresent, readText, shared } from "./shared_data.ts";

const ladders = shared("data/measured/vllm-closed-loop-ladders.csv");

interface Rung {
  readonly model: string;
  readonly system: string;
  readonly isl: number;
  readonly osl: number;
  readonly concurrency: number;
  readonly tp: number;
  readonly tpotMs: number;
}

function rungs(): Rung[] {
  const [header, ...lines] = readText(ladders).trim().split("\n").map((line) => line.split(","));
  const column = (name: string) => header!.indexOf(name);
  return lines.map((cells) => {
    const number = (name: string) => Number(cells[column(name)]);
    return {
      model: cells[column("model")]!,
      system: cells[column("system")]!,
      isl: number("isl"),
      osl: number("osl"),
      concurrency: number("concurrency"),
      tp: number("tp"),
      tpotMs: number("tpot_ms"),
    };
  });
}

const GPUS: Readonly<Record<string, string>> = { h100_sxm: "H100-SXM", h200_sxm: "H200-SXM" };

/** The ladders of Llama-3.1-70B are of its fp8 weights, those of Qwen3-32B of 16 bits. */
function modelOf({ model }: Rung): ModelFacts | undefined {
  if (model === "Qwen/Qwen3-32B") return findModel([model]);
  const llama = findModel(["meta-llama/llama-3.1-70b"])!;
  return model === "meta-llama/Llama-3.1-70B" ? { ...llama, precision: "fp8" } : undefined;
}

/** Half-way through the answers, without the prefill of those that follow. */
function predictedMs(rung: Rung, model: ModelFacts): number {
  const { concurrency, isl, osl, tp } = rung;
  const gpu = findGpu(GPUS[rung.system]!)!;
  const time = physicalStepTime({ model, gpu, tensorParallel: tp });
  const batch = {
    prefillTokens: 0,
    prefillAttention: 0,
    decodeTokens: concurrency,
    requests: concurrency,
  };
  const ps = time.fixedPs(batch) + time.contextPs * concurrency * (isl + osl / 2);
  return ps / 1e9 + time.tokenUs / 1e3;
}

/**
 * Ratio of predicted to measured, by GPUs, between which all rungs lie. The published vector has no
 * latency of an all-reduce, so it is the faster the more GPUs there are.
 */
const STATED: Readonly<Record<number, readonly [number, number]>> = {
  1: [0.95, 1.25],
  2: [0.9, 1.15],
  4: [0.75, 1],
  8: [0.55, 0.8],
};

Deno.test({
  name:
    "physicalStepTime() is within 25 % of the TPOT of dense models on 1 to 4 GPUs of Hopper at " +
    `low concurrency, and 20 to 45 % too fast on 8${ladders.skipped}`,
  ignore: !isPresent(ladders),
  fn() {
    const compared = rungs().flatMap((rung) => {
      const model = modelOf(rung);
      const decoding = rung.concurrency <= 16 && rung.isl === 1024 && rung.osl >= 1024;
      return model && decoding ? [{ ...rung, ratio: predictedMs(rung, model) / rung.tpotMs }] : [];
    });
    assert.ok(compared.length >= 45, `${compared.length} rungs`);
    for (const { ratio, ...rung } of compared) {
      const [least, most] = STATED[rung.tp]!;
      assert.ok(least <= ratio && ratio <= most, `${ratio} for ${JSON.stringify(rung)}`);
    }
  },
});
