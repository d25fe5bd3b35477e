// One check of an analysis: how it is written, one measurement of it, and when its limits are exceeded.

import { z } from "zod";
import type { AnalysisPhase } from "../fleet/events.ts";
import { measure } from "../fleet/measure.ts";
import {
  checkFields,
  checkName,
  holds,
  type MetricCheck,
  parseThreshold,
  thresholdProblem,
  withLimit,
} from "../fleet/metric_check.ts";
import type { FleetState } from "../fleet/state.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { distributionName, measureShift, shiftSchema } from "./distribution_check.ts";

const NEVER_US = 0;
const interval = durationSchema.refine((us) => us > NEVER_US, "nothing is measured every 0s");

/** Argo's fields of a metric; an analysis has them too, for all its checks. */
export const limitFields = {
  initialDelay: durationSchema.optional(),
  /** Measurements a check takes; without it, it goes on until the rollout ends it. */
  count: z.int().min(1).optional(),
  /** A check fails when more than so many of its measurements failed; -1: it never does. */
  failureLimit: z.int().min(-1).optional(),
  /** The run is Inconclusive when more than so many were. */
  inconclusiveLimit: z.int().min(0).optional(),
  /** The run ends in Error when more than so many in a row had no sample. */
  consecutiveErrorLimit: z.int().min(0).optional(),
  /** A check is Successful after so many successes in a row; 0 or left out: that does not matter. */
  consecutiveSuccessLimit: z.int().min(0).optional(),
  /** It is measured and told, and changes nothing. */
  dryRun: z.boolean().optional(),
  /** Measurements that are kept to be shown. */
  measurementRetention: z.int().min(1).optional(),
};

const ownFields = { every: interval.optional(), ...limitFields };

/** The limits of a check, each its own or else its analysis's. */
export type CheckLimits = z.output<z.ZodObject<typeof ownFields>>;

const analysisMetricSchema = z.strictObject({
  ...checkFields,
  ...ownFields,
  /** Argo's failureCondition: a value between it and the threshold is Inconclusive. */
  failsAbove: z.union([z.string(), z.number()]).optional(),
  failsBelow: z.union([z.string(), z.number()]).optional(),
}).transform((written, context) => {
  const check = withLimit(written, context);
  if (context.issues.length > 0) return z.NEVER;
  const field = check.comparison === "below" ? "failsAbove" : "failsBelow";
  const wrong = check.comparison === "below" ? "failsBelow" : "failsAbove";
  const refuse = (path: string, message: string) => {
    context.issues.push({ code: "custom", input: written, path: [path], message });
    return z.NEVER;
  };
  if (check[wrong] !== undefined) {
    const message = `Cannot use ${wrong} with ${check.comparison}: write ${field}`;
    return refuse(wrong, message);
  }
  const text = check[field];
  if (text === undefined) return { ...check, failLimit: undefined };
  const failLimit = parseThreshold(check, text);
  if (failLimit === undefined) return refuse(field, thresholdProblem(check, text));
  const between = check.comparison === "below" ? failLimit - check.limit : check.limit - failLimit;
  if (between < 0) {
    const message =
      `Cannot use ${field} "${text}": it is ${check.comparison} the threshold "${check.threshold}", and no value would be between them`;
    return refuse(field, message);
  }
  return { ...check, failLimit };
});

export const analysisCheckSchema = z.discriminatedUnion("kind", [
  analysisMetricSchema,
  shiftSchema(ownFields),
]);

export type AnalysisCheck = z.output<typeof analysisCheckSchema>;

/** A check of a metric as an analysis has it. */
export type AnalysisMetric = Extract<AnalysisCheck, MetricCheck>;

/** A measurement's outcome: absent value, no sample. */
export interface Measurement {
  readonly phase: AnalysisPhase;
  readonly value?: number;
}

/** Takes one measurement: `service` and `overUs` hold where the check does not say. */
export function measureCheck(
  check: AnalysisCheck,
  state: FleetState,
  where: { readonly service: string; readonly nowUs: number; readonly overUs: number },
): Measurement {
  if (check.kind === "distribution") return measureShift(check, state, where);
  const value = measure(state, check, where);
  if (value === undefined) return { phase: "Error" };
  return { phase: phaseOf(check, value), value };
}

/** Argo tests failureCondition first, then successCondition; neither is Inconclusive. */
function phaseOf(check: AnalysisMetric, value: number): AnalysisPhase {
  const { comparison, failLimit } = check;
  if (failLimit !== undefined) {
    const fails = comparison === "below" ? value > failLimit : value < failLimit;
    if (fails) return "Failed";
    return holds(check, value) ? "Successful" : "Inconclusive";
  }
  return holds(check, value) ? "Successful" : "Failed";
}

/** What came of a check's measurements so far. */
export interface CheckCounts {
  /** Those with a sample. */
  taken: number;
  failed: number;
  inconclusive: number;
  consecutiveErrors: number;
  consecutiveSuccesses: number;
}

export function noCounts(): CheckCounts {
  return { taken: 0, failed: 0, inconclusive: 0, consecutiveErrors: 0, consecutiveSuccesses: 0 };
}

export function countMeasurement(counts: CheckCounts, phase: AnalysisPhase): void {
  if (phase !== "Error") counts.taken++;
  if (phase === "Failed") counts.failed++;
  if (phase === "Inconclusive") counts.inconclusive++;
  counts.consecutiveErrors = phase === "Error" ? counts.consecutiveErrors + 1 : 0;
  counts.consecutiveSuccesses = phase === "Successful" ? counts.consecutiveSuccesses + 1 : 0;
}

/** Argo's `DefaultConsecutiveErrorLimit`. */
const CONSECUTIVE_ERRORS = 4;

/** How a check ended, and by which of its limits. */
export interface Assessment {
  readonly phase: AnalysisPhase;
  readonly why: string;
}

/**
 * What Argo's `assessMetricStatus` says: undefined while the check goes on. A success in a row that is
 * asked for and was not there by the count is a failure, or Inconclusive where failures have a limit too.
 */
export function assess(counts: CheckCounts, limits: CheckLimits): Assessment | undefined {
  const { failureLimit = 0, inconclusiveLimit = 0, consecutiveSuccessLimit = 0, count } = limits;
  const { consecutiveErrorLimit = CONSECUTIVE_ERRORS } = limits;
  const { failed, inconclusive, consecutiveErrors, consecutiveSuccesses, taken } = counts;
  const exceeded = (phase: AnalysisPhase, word: string, found: number, limit: string) => ({
    phase,
    why: `${word} (${found}) > ${limit}`,
  });
  if (failureLimit >= 0 && failed > failureLimit) {
    return exceeded("Failed", "failed", failed, `failureLimit (${failureLimit})`);
  }
  if (inconclusive > inconclusiveLimit) {
    const limit = `inconclusiveLimit (${inconclusiveLimit})`;
    return exceeded("Inconclusive", "inconclusive", inconclusive, limit);
  }
  if (consecutiveErrors > consecutiveErrorLimit) {
    const limit = `consecutiveErrorLimit (${consecutiveErrorLimit})`;
    return exceeded("Error", "consecutiveErrors", consecutiveErrors, limit);
  }
  const wanted = consecutiveSuccessLimit > 0;
  if (wanted && consecutiveSuccesses >= consecutiveSuccessLimit) {
    const why = `consecutiveSuccesses (${consecutiveSuccesses}) reached consecutiveSuccessLimit`;
    return { phase: "Successful", why };
  }
  if (count === undefined || taken < count) return undefined;
  if (!wanted) return { phase: "Successful", why: `count (${count}) reached` };
  const why =
    `consecutiveSuccesses (${consecutiveSuccesses}) < consecutiveSuccessLimit (${consecutiveSuccessLimit})`;
  return { phase: failureLimit < 0 ? "Failed" : "Inconclusive", why };
}

/** `ttft p95 below 1500ms of canary over 5m`. */
export function analysisCheckName(check: AnalysisCheck): string {
  if (check.kind === "distribution") return distributionName(check);
  const bound = check.failsAbove ?? check.failsBelow;
  const fails = check.failsAbove === undefined ? "below" : "above";
  return bound === undefined ? checkName(check) : `${checkName(check)}, fails ${fails} ${bound}`;
}
