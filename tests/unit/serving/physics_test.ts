// The engine against queueing theory, conservation laws and the roofline, wherever they say something.
import assert from "node:assert/strict";
import { type DenseHistogram, mean } from "../../../src/metrics/histogram.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import { findModel, type ModelFacts } from "../../../src/serving/models.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import fc from "../../fast_check.ts";
import { evenSteps } from "./engine_rig.ts";
import { PhysicsRig, poisson } from "./physics_rig.ts";

const S = 1_000_000;
const STEP_US = 1000;
const HOUR_S = 3600;

const ROOMY: EngineLimits = {
  kvBlocks: 100_000,
  maxNumSeqs: 1000,
  maxNumBatchedTokens: 100_000,
  maxModelLen: 100_000,
};

const fixed = (tokens: number) => ({ kind: "fixed", tokens });
const uniform = (min: number, max: number) => ({ kind: "uniform", min, max });

function meanOf(histogram: DenseHistogram): number {
  const value = mean(histogram);
  assert.ok(value !== undefined);
  return value;
}

/** The waits of a first-come queue with one server, by Lindley's recursion: exact, in whole µs. */
class Lindley {
  waitUs = 0;
  #freeUs = 0;

  arrive(atUs: number, serviceUs: number): void {
    const beginUs = Math.max(atUs, this.#freeUs);
    this.waitUs += beginUs - atUs;
    this.#freeUs = beginUs + serviceUs;
  }
}

/** One request a time, each a single step: the M/D/1 queue. */
function mD1(utilisation: number, seconds: number) {
  const rig = new PhysicsRig({ ...ROOMY, maxNumSeqs: 1 }, evenSteps());
  const exact = new Lindley();
  const load = poisson({ rps: utilisation * S / STEP_US, prompt: fixed(10), output: fixed(1) });
  rig.start(load, seconds, { onArrival: () => exact.arrive(rig.clock.nowUs, STEP_US) });
  rig.clock.runUntil((seconds + 10) * S);
  const { requests, latencyUs: { queue } } = rig.totals();
  assert.equal(requests.completed, requests.arrived);
  return { queue, exact, requests };
}

for (const [utilisation, seconds] of [[0.5, 400], [0.7, 600], [0.9, 1500]] as const) {
  Deno.test(`Engine waits as M/D/1 does when one request a time takes one step at ρ = ${utilisation}`, () => {
    const { queue, exact, requests } = mD1(utilisation, seconds);
    // Not one µs beside the recursion, so the sampling error of the mean is the arrivals' alone.
    assert.equal(queue.sum, exact.waitUs);
    assert.equal(queue.count, requests.arrived);
    // Pollaczek and Khinchine, for a service time without variance.
    const theoryUs = utilisation * STEP_US / (2 * (1 - utilisation));
    const ratio = meanOf(queue) / theoryUs;
    assert.ok(
      Math.abs(ratio - 1) < 0.02,
      `${ratio} of the theory over ${requests.arrived} requests`,
    );
  });
}

Deno.test("Engine loses no time while anything waits, when one request a time takes many steps", () => {
  const rig = new PhysicsRig({ ...ROOMY, maxNumSeqs: 1 }, evenSteps());
  const exact = new Lindley();
  const load = poisson({ rps: 85, prompt: fixed(10), output: uniform(1, 20) });
  rig.start(load, 300, {
    onArrival: (_, output) => exact.arrive(rig.clock.nowUs, output * STEP_US),
  });
  rig.clock.runUntil(310 * S);
  const { requests, latencyUs: { queue } } = rig.totals();
  assert.ok(requests.completed > 25_000);
  assert.equal(requests.completed, requests.arrived);
  assert.equal(queue.sum, exact.waitUs);
});

/** Sum of the ends of jobs of so many steps, each begun by the first of `slots` to be free. */
function listSchedule(jobs: readonly number[], slots: number): number {
  const free = new Array<number>(slots).fill(0);
  let sum = 0;
  for (const steps of jobs) {
    const slot = free.indexOf(Math.min(...free));
    free[slot]! += steps;
    sum += free[slot]!;
  }
  return sum;
}

Deno.test("Engine fills a place in the batch in the step after it came free", () => {
  const jobs = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 80 });
  fc.assert(fc.property(jobs, fc.integer({ min: 1, max: 12 }), (jobs, maxNumSeqs) => {
    const rig = new PhysicsRig({ ...ROOMY, maxNumSeqs }, evenSteps());
    for (const output of jobs) rig.submit(10, output);
    rig.clock.runUntil(HOUR_S * S);
    const { requests, latencyUs: { e2e } } = rig.totals();
    assert.equal(requests.completed, jobs.length);
    assert.equal(e2e.sum, listSchedule(jobs, maxNumSeqs) * STEP_US);
  }));
});

Deno.test("Engine holds as many requests as arrive in the time that one stays (Little's law)", () => {
  const busy = evenSteps({
    contextPs: 20_000,
    admissionUs: 3000,
    fixedPs: ({ prefillTokens, requests }) => 5e9 + 4e6 * requests + 20e6 * prefillTokens,
  });
  // Roomy, short of places, and short of blocks so that requests lose theirs and begin again.
  const cases = [
    { limits: ROOMY, rps: 30, preempts: false },
    { limits: { ...ROOMY, maxNumSeqs: 16, maxNumBatchedTokens: 512 }, rps: 18, preempts: false },
    { limits: { ...ROOMY, kvBlocks: 400, maxModelLen: 2000 }, rps: 14, preempts: true },
  ];
  for (const { limits, rps, preempts } of cases) {
    const rig = new PhysicsRig(limits, busy);
    const seconds = 120;
    let samples = 0;
    let held = 0;
    rig.observe(997, (engine) => {
      samples++;
      held += engine.inFlight;
    });
    rig.start(poisson({ rps, prompt: uniform(50, 400), output: uniform(10, 200) }), seconds, {});
    rig.clock.runUntil(2 * seconds * S);
    const { requests, latencyUs: { e2e } } = rig.totals();
    assert.equal(requests.completed, requests.arrived);
    assert.equal(rig.engine.takeCounts().preemptions > 0, preempts, JSON.stringify(limits));
    const law = requests.arrived * meanOf(e2e) / (2 * seconds * S);
    const ratio = held / samples / law;
    assert.ok(Math.abs(ratio - 1) < 0.002, `${held / samples} are held, λW is ${law}`);
  }
});

Deno.test("Engine never holds more than its limits, and answers with every token asked for", () => {
  const limits: fc.Arbitrary<EngineLimits> = fc.record({
    kvBlocks: fc.integer({ min: 20, max: 120 }),
    maxNumSeqs: fc.integer({ min: 1, max: 40 }),
    // vLLM wants a token at least for each of the sequences.
    maxNumBatchedTokens: fc.integer({ min: 40, max: 600 }),
    maxModelLen: fc.constant(320),
  });
  const rates = fc.integer({ min: 5, max: 200 });
  let full = 0;
  let preempted = 0;
  fc.assert(
    fc.property(limits, rates, fc.nat(), (limits, rps, seed) => {
      const rig = new PhysicsRig(limits, evenSteps());
      let prompts = 0;
      let asked = 0;
      rig.observe(777, ({ usedBlocks, running }) => {
        assert.ok(usedBlocks >= 0 && usedBlocks <= limits.kvBlocks, `${usedBlocks} blocks`);
        assert.ok(running <= limits.maxNumSeqs, `${running} running`);
        if (usedBlocks === limits.kvBlocks) full++;
      });
      rig.start(poisson({ rps, prompt: uniform(1, 340), output: uniform(1, 150) }), 2, {
        seed,
        onArrival: (prompt, output) => {
          if (prompt >= limits.maxModelLen) return;
          prompts += prompt;
          asked += Math.min(output, limits.maxModelLen - prompt);
        },
      });
      rig.clock.runUntil(120 * S);
      const { requests, promptTokens, outputTokens } = rig.totals();
      assert.equal(requests.completed + requests.rejected, requests.arrived);
      assert.deepEqual([promptTokens, outputTokens], [prompts, asked]);
      assert.equal(rig.engine.usedBlocks, 0);
      preempted += rig.engine.takeCounts().preemptions;
    }),
    { numRuns: 60 },
  );
  assert.ok(full > 100 && preempted > 100, `${full} times full, ${preempted} preempted`);
});

const LLAMA_8B = "meta-llama/llama-3.1-8b-instruct";
const LLAMA_70B = "meta-llama/llama-3.1-70b-instruct";

function modelOf(name: string): ModelFacts {
  const model = findModel([name]);
  assert.ok(model);
  return model;
}

const H100 = findGpu("H100-SXM")!;

Deno.test("Engine's mean TTFT does not fall with load, over 20 seeds", () => {
  const stepTime = physicalStepTime({ model: modelOf(LLAMA_8B), gpu: H100, tensorParallel: 1 });
  const limits = { ...ROOMY, kvBlocks: 27_000, maxNumSeqs: 256, maxNumBatchedTokens: 2048 };
  const REQUESTS = 250;
  const meanTtftUs = (rps: number) => {
    let sum = 0;
    let count = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const rig = new PhysicsRig(limits, stepTime);
      // Azure's conversations of 2023 (AzurePublicDataset b469a11): means and 99th percentiles.
      const prompt = { kind: "lognormal", mean: 1155, p99: 4142 };
      const output = { kind: "lognormal", mean: 211, p99: 601 };
      rig.start(poisson({ rps, prompt, output }), REQUESTS / rps, { seed });
      rig.clock.runUntil(HOUR_S * S);
      const { latencyUs: { ttft } } = rig.totals();
      sum += ttft.sum;
      count += ttft.count;
    }
    return sum / count;
  };
  const means = [1, 2, 4, 8, 16, 32, 64, 128].map(meanTtftUs);
  assert.deepEqual(means, means.toSorted((a, b) => a - b));
  // From a rate that hardly queues to one that does nothing else.
  assert.ok(means.at(-1)! > 10 * means[0]!, means.join(" "));
});

/** Parameters that each token is multiplied with; Llama's own table (arXiv 2407.21783, table 3). */
const PARAMETERS: Readonly<Record<string, number>> = { [LLAMA_8B]: 8.03e9, [LLAMA_70B]: 70.6e9 };
/** Of them the two tables of the vocabulary, of which a step reads and multiplies less. */
const TABLES: Readonly<Record<string, number>> = {
  [LLAMA_8B]: 2 * 128_256 * 4096,
  [LLAMA_70B]: 2 * 128_256 * 8192,
};

Deno.test("Engine never answers faster than memory and compute allow, however large the batch", () => {
  for (const [name, tensorParallel] of [[LLAMA_8B, 1], [LLAMA_70B, 4]] as const) {
    const model = modelOf(name);
    const stepTime = physicalStepTime({ model, gpu: H100, tensorParallel });
    const weights = PARAMETERS[name]! - TABLES[name]!;
    const readS = 2 * weights / tensorParallel / (H100.hbmTBps * 1e12);
    const tokenS = 2 * weights / tensorParallel / (H100.bf16Tflops * 1e12);
    for (const batch of [1, 8, 64, 512]) {
      for (const [prompt, output] of [[1, 400], [4000, 2]] as const) {
        const rig = new PhysicsRig({ ...ROOMY, maxNumSeqs: batch, kvBlocks: 300_000 }, stepTime);
        for (let n = 0; n < 2 * batch; n++) rig.submit(prompt, output);
        let endUs = 0;
        rig.observe(STEP_US, ({ idle }) => {
          if (idle && endUs === 0) endUs = rig.clock.nowUs;
        });
        rig.clock.runUntil(600 * S);
        const { outputTokens, promptTokens } = rig.totals();
        assert.equal(outputTokens, 2 * batch * output);
        const perSecond = outputTokens / (endUs / S);
        const byMemory = batch / readS;
        const byCompute = outputTokens / ((promptTokens + outputTokens - 2 * batch) * tokenS);
        const limit = Math.min(byMemory, byCompute);
        const said = `${name} ${batch} × ${prompt}+${output}: ${perSecond} of ${limit} tokens/s`;
        assert.ok(perSecond < limit, said);
        // Nor so slowly that the limit says nothing.
        assert.ok(perSecond > limit / 40, said);
      }
    }
  }
});
