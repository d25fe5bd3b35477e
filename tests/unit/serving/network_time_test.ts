// What a step costs more when the GPUs of a replica are on several nodes.
import assert from "node:assert/strict";
import { findGpu } from "../../../src/serving/gpus.ts";
import { networkLink, peerGigabytesPerSecond } from "../../../src/serving/links.ts";
import { findModel } from "../../../src/serving/models.ts";
import { physicalStepTime, type StepTimeOptions } from "../../../src/serving/step_time.ts";

const gpu = findGpu("H100-SXM")!;
const DENSE = findModel(["meta-llama/llama-3.3-70b-instruct"])!;
const MIXTURE = findModel(["deepseek-ai/deepseek-r1"])!;

function stepPs(options: Partial<StepTimeOptions>, tokens = 256): number {
  const time = physicalStepTime({ model: DENSE, gpu, tensorParallel: 8, ...options });
  const batch = { prefillTokens: 0, prefillAttention: 0, decodeTokens: tokens, requests: tokens };
  return time.fixedPs(batch);
}

Deno.test("physicalStepTime() is the same on one node, whether or not that is said", () => {
  assert.equal(stepPs({ pipelineParallel: 2, pods: 1 }), stepPs({ pipelineParallel: 2 }));
});

Deno.test("physicalStepTime() has a pipeline's hops go over the network when each stage has a node", () => {
  const [near, far] = [stepPs({ pipelineParallel: 2 }), stepPs({ pipelineParallel: 2, pods: 2 })];
  // Two hops of a cycle wait for the first byte; a token's activation is slower by the links' ratio.
  const waits = 2 * networkLink(gpu).latencyUs * 1e6;
  const bytes = 256 * DENSE.hidden * 2;
  const slower = bytes / 1e9 *
    (1 / networkLink(gpu).gigabytesPerSecond - 1 / peerGigabytesPerSecond(gpu)) * 1e12;
  assert.ok(far - near >= waits);
  assert.ok(far - near < waits + 10 * slower, `${far - near} of ${waits} and ${slower}`);
});

Deno.test("physicalStepTime() dispatches to experts on other nodes over the network", () => {
  const options = { model: MIXTURE, tensorParallel: 1, dataParallel: 16, expertParallel: true };
  const [near, far] = [stepPs(options), stepPs({ ...options, pods: 2 })];
  assert.ok(far > near);
  // The more of the ranks are elsewhere, the more goes over the network.
  assert.ok(stepPs({ ...options, pods: 4 }) > far);
});

Deno.test("physicalStepTime() of data-parallel ranks of a dense model knows no network", () => {
  const options = { dataParallel: 4 };
  assert.equal(stepPs({ ...options, pods: 2 }), stepPs(options));
});
