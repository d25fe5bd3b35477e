// A measured run served again: who is sent when, who counts, and what a sample is.
import assert from "node:assert/strict";
import type { MeasuredRequest } from "../../../src/calibration/measured_run.ts";
import { simulateRun } from "../../../src/calibration/simulate_run.ts";
import type { StepBatch } from "../../../src/serving/step_time.ts";
import { evenSteps, ROOMY } from "../serving/engine_rig.ts";

const request = (
  outputTokens: number,
  changes: Partial<MeasuredRequest> = {},
): MeasuredRequest => ({ atUs: 0, promptTokens: 10, outputTokens, ...changes });

/** Steps of 1 ms that are noted: a span of steps alike once. */
function notedSteps() {
  const batches: StepBatch[] = [];
  const fixedPs = (batch: StepBatch) => {
    batches.push({ ...batch });
    return 1000 * 1e6;
  };
  return { batches, stepTime: evenSteps({ fixedPs }) };
}

Deno.test("simulateRun() keeps as many in flight as a closed loop has", () => {
  const { batches, stepTime } = notedSteps();
  const requests = Array.from({ length: 6 }, () => request(5));
  const { samples, seconds } = simulateRun({ requests, concurrency: 2 }, stepTime, ROOMY);
  assert.deepEqual(new Set(batches.map((batch) => batch.requests)), new Set([2]));
  const sample = { ttftUs: 1000, e2eUs: 5000, outputTokens: 5 };
  assert.deepEqual(samples, Array.from({ length: 6 }, () => sample));
  // Three pairs, one after the other.
  assert.equal(seconds, 0.015);
});

Deno.test("simulateRun() sends a closed loop's next request when all of an answer is there", () => {
  const stepTime = evenSteps({ tokenUs: 100, completionUs: 700 });
  const requests = [request(5), request(5)];
  const { samples, seconds } = simulateRun({ requests, concurrency: 1 }, stepTime, ROOMY);
  // Five steps of 1 ms, five tokens on their way, and the end of the response.
  const sample = { ttftUs: 1100, e2eUs: 5000 + 5 * 100 + 700, outputTokens: 5 };
  assert.deepEqual(samples, [sample, sample]);
  assert.equal(seconds, 2 * 6200 / 1e6);
});

Deno.test("simulateRun() sends each request of an open loop at its time, in whatever order they are", () => {
  const requests = [request(2, { atUs: 10_000 }), request(4), request(3, { atUs: 20_000 })];
  const { samples, seconds } = simulateRun({ requests }, evenSteps(), ROOMY);
  assert.deepEqual(samples.map(({ outputTokens }) => outputTokens), [4, 2, 3]);
  assert.deepEqual(samples.map(({ e2eUs }) => e2eUs), [4000, 2000, 3000]);
  assert.equal(seconds, 0.023);
});

Deno.test("simulateRun() serves the warm-up and leaves it out, its time too", () => {
  const { batches, stepTime } = notedSteps();
  const requests = [request(3), request(3), request(5), request(7)];
  const workload = { requests, concurrency: 1, warmupRequests: 2 };
  const { samples, seconds } = simulateRun(workload, stepTime, ROOMY);
  assert.deepEqual(samples.map(({ outputTokens }) => outputTokens), [5, 7]);
  assert.equal(seconds, 0.012);
  assert.equal(batches.filter(({ prefillTokens }) => prefillTokens > 0).length, 4);
});

Deno.test("simulateRun() shares the prefix of a group, and no other", () => {
  const { batches, stepTime } = notedSteps();
  const prompt = (group?: number) =>
    request(2, {
      promptTokens: 64,
      ...(group === undefined ? {} : { prefix: { group, tokens: 48 } }),
    });
  const requests = [prompt(7), prompt(7), prompt(8), prompt(), prompt(8)];
  const prompts = () =>
    batches.map(({ prefillTokens }) => prefillTokens).filter((tokens) => tokens > 0);
  simulateRun({ requests, concurrency: 1 }, stepTime, ROOMY);
  assert.deepEqual(prompts(), [64, 16, 64, 64, 16]);
  batches.length = 0;
  simulateRun({ requests, concurrency: 1 }, stepTime, { ...ROOMY, prefixCaching: false });
  assert.deepEqual(prompts(), [64, 64, 64, 64, 64]);
});

Deno.test("simulateRun() spreads requests over the ranks of data parallelism", () => {
  const { batches, stepTime } = notedSteps();
  const requests = Array.from({ length: 4 }, () => request(5));
  const { samples } = simulateRun({ requests, concurrency: 2 }, stepTime, ROOMY, 2);
  assert.equal(samples.length, 4);
  assert.deepEqual(new Set(batches.map((batch) => batch.requests)), new Set([1]));
});

Deno.test("simulateRun() goes on after a request that the engine refuses", () => {
  const requests = [request(2, { promptTokens: ROOMY.maxModelLen }), request(4)];
  const { samples } = simulateRun({ requests, concurrency: 1 }, evenSteps(), ROOMY);
  assert.deepEqual(samples.map(({ outputTokens }) => outputTokens), [4]);
});

Deno.test("simulateRun() has nothing to show of what a day is too short for", () => {
  const stepTime = evenSteps({ fixedPs: () => 86_400 * 1e12 });
  const { samples, seconds } = simulateRun({ requests: [request(2)] }, stepTime, ROOMY);
  assert.deepEqual(samples, []);
  assert.equal(seconds, 0);
});
