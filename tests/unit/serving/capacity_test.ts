// KV blocks against what vLLM reported on real GPUs.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { kvBlocks } from "../../../src/serving/capacity.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { findModel } from "../../../src/serving/models.ts";
import { isPresent, readBytes, shared } from "./shared_data.ts";

const H100 = findGpu("H100-SXM")!;

function blocks(model: string, tensorParallel: number, utilization = 0.9): number {
  return kvBlocks(findModel([model])!, H100, tensorParallel, utilization);
}

function assertWithin1Percent(actual: number, measured: number): void {
  assert.ok(Number.isInteger(actual));
  assert.ok(Math.abs(actual / measured - 1) <= 0.01, `${actual} blocks, measured ${measured}`);
}

Deno.test("kvBlocks() is within 1 % of what vLLM 0.15.1 reported on H100", () => {
  assertWithin1Percent(blocks("meta-llama/llama-2-70b-hf", 4), 31_356);
  assertWithin1Percent(blocks("codellama/codellama-34b-instruct-hf", 2), 26_602);
});

const STEPS = shared("data/measured/vllm-0.15-h100-steps.csv.gz");

Deno.test({
  name: `kvBlocks() is within 1 % of every run in the measured steps${STEPS.skipped}`,
  ignore: !isPresent(STEPS),
  fn() {
    const [header, ...rows] = gunzipSync(Buffer.from(readBytes(STEPS))).toString().trim()
      .split(/\r?\n/).map((line) => line.split(","));
    const column = (name: string) => header!.indexOf(name);
    const runs = new Map(rows.map((row) => [row[column("experiment_id")], row]));
    assert.equal(runs.size, 3);
    for (const run of runs.values()) {
      const model = run[column("model")]!.startsWith("llama-2-70b")
        ? "meta-llama/llama-2-70b-hf"
        : "codellama/codellama-34b-hf";
      const measured = Number(run[column("kv.blocks_total_gpu")]);
      assertWithin1Percent(blocks(model, Number(run[column("tp")])), measured);
    }
  },
});

Deno.test("kvBlocks() is negative when the weights alone do not fit", () => {
  assert.ok(blocks("meta-llama/llama-2-70b-hf", 1) < 0);
  assert.ok(blocks("meta-llama/llama-2-7b-hf", 1) > 0);
});

Deno.test("kvBlocks() grows with the share of memory it may use", () => {
  const some = blocks("meta-llama/llama-2-70b-hf", 4, 0.5);
  assert.ok(some < blocks("meta-llama/llama-2-70b-hf", 4, 0.9));
});

Deno.test("kvBlocks() stops sharing the cache when there are more GPUs than KV heads", () => {
  // Four KV heads: eight GPUs hold two copies of each. So much memory that the weights do not matter.
  const model = findModel(["qwen/qwen2.5-7b"])!;
  const of = (gpus: number) => kvBlocks(model, { ...H100, memoryGiB: 1e9 }, gpus, 0.9);
  assert.ok(Math.abs(of(4) / of(2) - 2) < 0.001);
  assert.ok(Math.abs(of(8) / of(4) - 1) < 0.001);
});
