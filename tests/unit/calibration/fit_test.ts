// Fits to runs that were simulated with known coefficients: what can be found again, and what cannot.
import assert from "node:assert/strict";
import { figuresOf } from "../../../src/calibration/figures.ts";
import {
  type CoefficientName,
  errorsOf,
  fitRuns,
  type FittedVector,
  fitVector,
} from "../../../src/calibration/fit.ts";
import type {
  MeasuredFigures,
  MeasuredLatency,
  MeasuredRun,
  MeasuredServer,
} from "../../../src/calibration/measured_run.ts";
import { servedBy } from "../../../src/calibration/served.ts";
import { simulateRun } from "../../../src/calibration/simulate_run.ts";
import { coefficientsOf, type CoefficientVector } from "../../../src/serving/coefficients.ts";
import { physicalStepTime } from "../../../src/serving/step_time.ts";
import { EASY, easyVector } from "../serving/easy_vector.ts";

const LLAMA: MeasuredServer = {
  model: "meta-llama/Llama-3.1-8B-Instruct",
  gpu: "H100-SXM",
  tensorParallel: 1,
};

/** Prompt, answer, how many at a time. */
type Rung = readonly [promptTokens: number, outputTokens: number, concurrency: number];

/** Few at a time and many, short prompts and long. */
const LADDER: readonly Rung[] = [
  [100, 30, 1],
  [3000, 4, 1],
  [8000, 2, 1],
  [6000, 2, 2],
  [100, 60, 32],
  [4000, 60, 32],
  [100, 60, 128],
  [100, 60, 256],
];

/** A closed loop of three rounds, as an engine with these coefficients would be measured. */
function measuredWith(
  vector: CoefficientVector,
  [promptTokens, outputTokens, concurrency]: Rung,
  server = LLAMA,
): MeasuredRun {
  const requests = Array.from({ length: 3 * concurrency }, () => ({
    ...{ atUs: 0, promptTokens, outputTokens },
  }));
  const { plan, gpu, limits } = servedBy({ ...server, prefixCaching: false });
  const asyncScheduling = limits.asyncScheduling ?? false;
  const stepTime = physicalStepTime({ ...plan, gpu, vector, asyncScheduling });
  const workload = { requests, concurrency };
  return {
    id: `${promptTokens}/${outputTokens} × ${concurrency}`,
    source: "simulated",
    server: { ...server, prefixCaching: false },
    workload,
    measured: figuresOf(simulateRun(workload, stepTime, limits)),
  };
}

const ladderOf = (vector: CoefficientVector, server = LLAMA) =>
  LADDER.map((rung) => measuredWith(vector, rung, server));

/** The same run on an engine that is slower by a factor. */
function slower(run: MeasuredRun, factor: number): MeasuredRun {
  const times = (latency: MeasuredLatency = {}) =>
    Object.fromEntries(Object.entries(latency).map(([name, ms]) => [name, ms * factor]));
  const { ttftMs, tpotMs, e2eMs } = run.measured;
  const measured: MeasuredFigures = {
    ttftMs: times(ttftMs),
    tpotMs: times(tpotMs),
    e2eMs: times(e2eMs),
  };
  return { ...run, measured };
}

const TRUTH = { compute: 2, weights: 1.5, requestUs: 8, admissionUs: 10_000 };
const FREE = Object.keys(TRUTH) as (keyof typeof TRUTH)[];
const MEASURED = ladderOf(easyVector(TRUTH));

/** These within such shares of what they were. */
function assertFound({ vector }: FittedVector, shares: Partial<Record<CoefficientName, number>>) {
  for (const name of Object.keys(shares) as (keyof typeof TRUTH)[]) {
    const off = Math.abs(vector.coefficients[name] / TRUTH[name] - 1);
    assert.ok(off < shares[name]!, `${name} is ${vector.coefficients[name]}, was ${TRUTH[name]}`);
  }
}

Deno.test("fitVector() finds the coefficients again with which runs were simulated", () => {
  const heard: number[] = [];
  const onProgress = ({ evaluations }: { evaluations: number }) => heard.push(evaluations);
  const fitted = fitVector(MEASURED, { start: EASY, free: FREE, onProgress });
  // From 1.5 and 1.25.
  assertFound(fitted, { compute: 0.03, weights: 0.03 });
  // Smaller parts of so few runs stay nearer to where they began, at 6000 and 5.
  assertFound(fitted, { admissionUs: 0.25 });
  const { requestUs } = fitted.vector.coefficients;
  assert.ok(requestUs > 5.2 && requestUs < 8.5, `${requestUs}`);
  assert.ok(fitted.evaluations > 10);
  assert.deepEqual(heard, Array.from({ length: fitted.evaluations }, (_, i) => i + 1));
  const { medianPpm } = errorsOf(MEASURED, fitted.vector);
  for (const metric of ["ttft", "tpot", "e2e"]) {
    assert.ok(medianPpm[metric]! < 15_000, `${metric}: ${medianPpm[metric]}`);
    assert.ok(errorsOf(MEASURED, EASY).medianPpm[metric]! > 80_000, metric);
  }
});

Deno.test("fitVector() counts its evaluations when nobody listens", () => {
  const [first] = MEASURED;
  const { evaluations } = fitVector([first!], { start: EASY, free: ["weights"], iterations: 2 });
  assert.ok(evaluations >= 3, `${evaluations}`);
});

Deno.test("fitVector() leaves alone what it may not change, and what no run has a part of", () => {
  const noPart = ["allReduce", "allReduceUs", "expertCompute", "expertLayerUs", "narrow"] as const;
  const free = [...FREE, ...noPart];
  const { vector } = fitVector(MEASURED, { start: EASY, free, iterations: 3 });
  for (const [name, value] of Object.entries(EASY.coefficients)) {
    const coefficient = name as CoefficientName;
    const isFitted = FREE.some((each) => each === coefficient);
    if (!isFitted) assert.equal(vector.coefficients[coefficient], value, name);
  }
});

Deno.test("fitVector() finds the coefficients as they were when runs were made with them", () => {
  const { vector } = fitVector(ladderOf(EASY), { start: EASY, free: FREE });
  assert.deepEqual(vector, EASY);
});

Deno.test("fitVector() makes no multiple of an ideal less than 1, nor of the peak of 8 bits", () => {
  const free = ["compute", "narrow", "attention", "weights", "decodeKv", "layerUs"] as const;
  const start = easyVector({ compute: 1.1, attention: 1.1, weights: 1.02, decodeKv: 1.02 });
  for (const server of [LLAMA, { ...LLAMA, quantization: "fp8" } as const]) {
    const impossible = ladderOf(start, server).map((run) => slower(run, 1 / 4));
    const { coefficients } = fitVector(impossible, { start, free }).vector;
    const { compute, narrow, attention, weights, decodeKv, layerUs } = coefficients;
    const eightBits = compute * narrow;
    for (const multiple of [compute, attention, weights, decodeKv, eightBits]) {
      assert.ok(multiple >= 1, JSON.stringify(coefficients));
    }
    assert.equal(weights, 1);
    // A time may become as short as it likes.
    assert.ok(layerUs < 0.9 * EASY.coefficients.layerUs, `${layerUs}`);
  }
});

Deno.test("fitVector() is not bent by one run that is odd", () => {
  const [first, second, ...rest] = MEASURED;
  const odd = [first!, slower(second!, 3), ...rest];
  assertFound(fitVector(odd, { start: EASY, free: FREE }), { compute: 0.15, weights: 0.1 });
});

Deno.test("fitVector() refuses to fit to nothing", () => {
  assert.throws(() => fitVector([], { start: EASY, free: FREE }), {
    name: "RangeError",
    message: "Cannot fit coefficients: there are no runs",
  });
  assert.throws(() => fitRuns([]), RangeError);
});

Deno.test("fitRuns() fits around the vector of the runs' GPU, and holds out what it is told to", () => {
  const start = coefficientsOf({ name: "H100-SXM" });
  const { compute, weights } = start.coefficients;
  const changed = { ...start.coefficients, compute: 1.4 * compute, weights: 1.4 * weights };
  const runs = ladderOf({ ...start, coefficients: changed });
  const [seen, unseen] = [runs.slice(0, 6), runs.slice(6)];
  const found = fitRuns(seen, { holdOut: unseen });
  assert.equal(found.vector.calibration, "calibrated");
  assert.ok(found.evaluations > 10);
  assert.deepEqual(found.before, errorsOf(seen, start));
  assert.deepEqual(found.inSample, errorsOf(seen, found.vector));
  assert.deepEqual(found.outOfSample, errorsOf(unseen, found.vector));
  for (const metric of ["tpot", "e2e"]) {
    const [before, after] = [found.before, found.inSample].map((table) => table.medianPpm[metric]!);
    assert.ok(before! > 50_000 && after! < before! / 4, `${metric}: ${before}, then ${after}`);
    assert.ok(found.outOfSample!.medianPpm[metric]! < 30_000, metric);
  }
  assert.equal(fitRuns(seen.slice(0, 2)).outOfSample, undefined);
});
