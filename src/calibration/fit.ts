// Fits the coefficients of the step time to measured runs, each of which is simulated again and again.

import { levenbergMarquardt } from "ml-levenberg-marquardt";
import {
  type Coefficients,
  coefficientsOf,
  type CoefficientVector,
} from "../serving/coefficients.ts";
import { physicalStepTime } from "../serving/step_time.ts";
import { errorRows, errorTable, figuresOf } from "./figures.ts";
import type { ErrorTable, FitProgress, FitRuns } from "./fit_result.ts";
import type { MeasuredFigures, MeasuredLatency, MeasuredRun } from "./measured_run.ts";
import { type Served, servedBy } from "./served.ts";
import { simulateRun } from "./simulate_run.ts";

export type CoefficientName = keyof Coefficients;

export interface FitSettings {
  /** What it begins with, and what coefficients stay near that the runs say nothing of. */
  readonly start: CoefficientVector;
  readonly free: readonly CoefficientName[];
  /** Default 12. */
  readonly iterations?: number;
  /** Other costs of a change of a coefficient by a factor of e, as shares of an error. */
  readonly priors?: Priors;
  readonly onProgress?: (progress: FitProgress) => void;
}

export interface FittedVector {
  readonly vector: CoefficientVector;
  readonly evaluations: number;
}

/** Weights of the logarithm of simulated over measured; TTFT hangs most on what a run does not tell. */
const WEIGHTS = { ttft: 0.5, tpot: 1, e2e: 0.5 } as const;

/**
 * What a change of a coefficient by a factor of e costs beside those: 20 % of an error. The share of
 * peak that 8 bits and attention reach is better known before than the rest.
 */
const PRIOR = 0.2;
const PRIORS: Priors = { narrow: 0.6, attention: 0.4 };

type Priors = Readonly<Partial<Record<CoefficientName, number>>>;

/** Beyond this, an error counts by its root: a run that is odd must not bend the others. */
const SOFT = 0.15;

/** A run is a chain of discrete steps: smaller changes of a coefficient than this change nothing. */
const DIFFERENCE = 0.03;
const MOST_CHANGE = 5;

/** All of them in turn are fitted to several models; none is known better than the runs tell. */
export const PHYSICAL: readonly CoefficientName[] = [
  "compute",
  "narrow",
  "expertCompute",
  "attention",
  "weights",
  "expertWeights",
  "decodeKv",
  "activations",
  "allReduce",
  "allReduceUs",
  "layerUs",
  "expertLayerUs",
  "promptLayerUs",
  "requestUs",
  "stepUs",
  "syncRequestUs",
  "syncStepUs",
  "syncAdmissionUs",
  "admissionUs",
  "admissionTokenUs",
];

interface ServedRun {
  readonly run: MeasuredRun;
  readonly served: Served;
}

/**
 * Levenberg-Marquardt over the logarithms of the coefficients, with the residuals of the means of
 * TTFT, TPOT and E2E. No multiple of an ideal time falls below 1. Throws as `servedBy`, and a
 * RangeError without runs.
 */
export function fitVector(runs: readonly MeasuredRun[], settings: FitSettings): FittedVector {
  if (runs.length === 0) throw new RangeError("Cannot fit coefficients: there are no runs");
  const { start, free, iterations = 12, onProgress } = settings;
  const priors = { ...PRIORS, ...settings.priors };
  const served = runs.map((run) => ({ run, served: servedBy(run.server) }));
  const count = Object.keys(WEIGHTS).length * runs.length + free.length;
  const index = Array.from({ length: count }, (_, i) => i);
  let evaluations = 0;
  const residuals = (logs: number[]) => {
    const vector = changed(start, free, logs);
    const values = served.flatMap((each) => residualsOf(each, vector));
    values.push(...free.map((name, i) => (priors[name] ?? PRIOR) * logs[i]!));
    evaluations++;
    onProgress?.({ evaluations });
    return (i: number) => values[i]!;
  };
  const { parameterValues } = levenbergMarquardt(
    { x: index, y: index.map(() => 0) },
    residuals,
    {
      initialValues: free.map(() => 0),
      minValues: free.map((name) => leastLog(name, start.coefficients[name])),
      maxValues: free.map(() => MOST_CHANGE),
      damping: 1,
      gradientDifference: DIFFERENCE,
      maxIterations: iterations,
      errorTolerance: 1e-9,
    },
  );
  return { vector: changed(start, free, parameterValues), evaluations };
}

/** Each run simulated with this vector, every figure beside what was measured. */
export function errorsOf(runs: readonly MeasuredRun[], vector?: CoefficientVector): ErrorTable {
  return errorTable(runs.flatMap((run) => {
    const served = servedBy(run.server);
    return errorRows(run, figures({ run, served }, vector));
  }));
}

/** What comes before the queue is someone's own network and gateway too: nothing is known of it. */
const OWN_PRIORS: Priors = { admissionUs: 0.05 };

/** Of someone's own engine: what its runs can tell of it, around what is known of its GPU. */
export const fitRuns: FitRuns = (runs, { holdOut, onProgress } = {}) => {
  const [first] = runs;
  if (!first) throw new RangeError("Cannot fit coefficients: there are no runs");
  const { gpu } = servedBy(first.server);
  const start = coefficientsOf(gpu);
  const { vector, evaluations } = fitVector(runs, {
    start,
    free: freeFor(runs),
    priors: OWN_PRIORS,
    ...(onProgress ? { onProgress } : {}),
  });
  return {
    vector: { ...vector, calibration: "calibrated" },
    before: errorsOf(runs, start),
    inSample: errorsOf(runs, vector),
    ...(holdOut && holdOut.length > 0 ? { outOfSample: errorsOf(holdOut, vector) } : {}),
    evaluations,
  };
};

/** What a single server's runs tell something of. */
export const OF_ONE_SERVER: readonly CoefficientName[] = [
  "compute",
  "weights",
  "decodeKv",
  "layerUs",
  "requestUs",
  "admissionUs",
];

/** Coefficients that no run has a part of stay as they are. */
function freeFor(runs: readonly MeasuredRun[]): CoefficientName[] {
  const plans = runs.map(({ server }) => servedBy(server).plan);
  const experts = plans.some(({ model }) => model.experts);
  const parallel = plans.some(({ tensorParallel }) => tensorParallel > 1);
  return [
    ...OF_ONE_SERVER,
    ...(experts ? ["expertCompute", "expertWeights", "expertLayerUs"] as const : []),
    ...(parallel ? ["allReduce", "allReduceUs"] as const : []),
  ];
}

function changed(
  start: CoefficientVector,
  names: readonly CoefficientName[],
  logs: readonly number[],
): CoefficientVector {
  // Six digits: a vector is kept as text.
  const value = (name: CoefficientName, i: number) =>
    Number((start.coefficients[name] * Math.exp(logs[i]!)).toPrecision(6));
  const fitted = Object.fromEntries(names.map((name, i) => [name, value(name, i)]));
  const coefficients = { ...start.coefficients, ...fitted };
  // The peak of 8 bits is not passed either, which a bound on one of the two cannot say.
  const { compute, narrow } = coefficients;
  const leastNarrow = Math.ceil(1e6 / compute) / 1e6;
  return { ...start, coefficients: { ...coefficients, narrow: Math.max(narrow, leastNarrow) } };
}

/** Times, and multiples of what is no ideal, may become as small as they like. */
function leastLog(name: CoefficientName, value: number): number {
  const free = name.endsWith("Us") || name === "activations" || name === "narrow";
  return free ? -MOST_CHANGE : Math.min(0, -Math.log(value));
}

function figures({ run, served }: ServedRun, vector?: CoefficientVector): MeasuredFigures {
  const { plan, gpu, limits } = served;
  const stepTime = physicalStepTime({
    ...plan,
    gpu,
    ...(vector ? { vector } : {}),
    ...(limits.asyncScheduling === undefined ? {} : { asyncScheduling: limits.asyncScheduling }),
  });
  return figuresOf(simulateRun(run.workload, stepTime, limits, plan.dataParallel));
}

function residualsOf(each: ServedRun, vector: CoefficientVector): number[] {
  const { measured } = each.run;
  const simulated = figures(each, vector);
  const of = (metric: keyof typeof WEIGHTS, was?: MeasuredLatency, is?: MeasuredLatency) => {
    const [a, b] = was?.mean === undefined ? [was?.p50, is?.p50] : [was.mean, is?.mean];
    return a && b ? WEIGHTS[metric] * softened(Math.log(b / a)) : 0;
  };
  return [
    of("ttft", measured.ttftMs, simulated.ttftMs),
    measured.tpotMs
      ? of("tpot", measured.tpotMs, simulated.tpotMs)
      : of("tpot", measured.itlMs, simulated.itlMs),
    of("e2e", measured.e2eMs, simulated.e2eMs),
  ];
}

/** Huber's loss as a residual: its square grows like the error's amount. */
function softened(error: number): number {
  const size = Math.abs(error);
  return size <= SOFT ? error : Math.sign(error) * Math.sqrt(2 * SOFT * size - SOFT * SOFT);
}
