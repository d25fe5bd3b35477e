// A canary's latencies held against stable's as whole distributions, by the Mann-Whitney U test.

import { z } from "zod";
import type { AnalysisPhase } from "../fleet/events.ts";
import { baselineName, comparesWithItself, ITSELF, lookbackSchema } from "../fleet/metric_check.ts";
import { latencyOf } from "../fleet/metric_parts.ts";
import type { FleetState } from "../fleet/state.ts";
import { compareRanks } from "../metrics/mann_whitney.ts";
import { type Latency, LATENCY_NAMES, PPM } from "../metrics/names.ts";
import { formatDuration } from "../sim/duration.ts";

/**
 * Standard normal quantiles in thousandths, by the confidence of an interval with two sides (tables of the
 * normal distribution): of 98 % one per cent lies beyond either.
 */
const Z_MILLI = { "90%": 1645, "95%": 1960, "98%": 2326, "99%": 2576, "99.9%": 3291 } as const;
type Confidence = keyof typeof Z_MILLI;

/**
 * Kayenta's judge calls a shift a shift when the confidence interval of it lies beyond a quarter of the
 * estimate (`MannWhitneyClassifier`, tolerance 0.25). With estimate ± z·se for the interval that is z
 * above the quantile by three quarters.
 */
const TOLERANCE_PPM = 250_000;
/** From so many values in each on R's wilcox.test, by which Kayenta tests, takes the normal approximation. */
const MIN_SAMPLES = 50;

/** One value a request: the gaps between a request's tokens depend on each other, which the test must not. */
const METRICS = LATENCY_NAMES.filter((name) => name !== "itl");

const baseline = { service: z.string().optional(), of: z.string().optional() };

export const distributionCheckSchema = z.strictObject({
  kind: z.literal("distribution"),
  metric: z.enum(METRICS as [Latency, ...Latency[]], {
    error: `write one of ${METRICS.join(", ")}: gaps of one request (itl) depend on each other`,
  }),
  ...baseline,
  /** One load's requests alone, on either side. */
  load: z.string().optional(),
  /** How far back it looks. Left out: 1 minute in an analysis, the whole run in an expectation. */
  over: lookbackSchema.optional(),
  against: z.strictObject(baseline),
  /** Where the values must not be shifted to. */
  direction: z.enum(["above", "below", "elsewhere"]),
  /** Of the interval: the higher, the surer a shift must be to fail. */
  confidence: z.enum(Object.keys(Z_MILLI) as [Confidence, ...Confidence[]]).default("98%"),
  /** With fewer values on either side it is Inconclusive. */
  minSamples: z.int().min(2).default(MIN_SAMPLES),
});

const refusal = { message: ITSELF, path: ["against"] };

/** The same with fields of an analysis, or without, and of two distributions. */
export const shiftSchema = <T extends z.ZodRawShape>(fields: T) =>
  z.strictObject({ ...distributionCheckSchema.shape, ...fields }).refine(
    (check) =>
      !comparesWithItself(check as DistributionCheck, (check as DistributionCheck).against),
    refusal,
  );

export type DistributionCheck = z.output<typeof distributionCheckSchema>;

/**
 * One measurement; its value is the share of pairs in which the one is above the other, in ppm. Undefined
 * `overUs`: the whole run after its warm-up. No value on either side is an Error, as of any check.
 */
export function measureShift(
  check: DistributionCheck,
  state: FleetState,
  where: { readonly service: string; readonly nowUs: number; readonly overUs: number | undefined },
): { readonly phase: AnalysisPhase; readonly value?: number } {
  const { metric, against, direction, confidence, minSamples } = check;
  const overUs = check.over ?? where.overUs;
  const of = ({ service, of }: { service?: string | undefined; of?: string | undefined }) =>
    latencyOf(state, metric, {
      service: service ?? check.service ?? where.service,
      revision: of,
      nowUs: where.nowUs,
      overUs,
      load: check.load,
    });
  const [sample, other] = [of(check), of(against)];
  if (sample.count === 0 || other.count === 0) return { phase: "Error" };
  const found = compareRanks(sample, other);
  const value = found?.abovePpm ?? PPM / 2;
  if (sample.count < minSamples || other.count < minSamples) {
    return { phase: "Inconclusive", value };
  }
  // All values alike: there is no shift.
  const z = found?.zMilli ?? 0;
  const shift = direction === "above" ? z : direction === "below" ? -z : Math.abs(z);
  const isShift = shift * (PPM - TOLERANCE_PPM) > Z_MILLI[confidence] * PPM;
  return { phase: isShift ? "Failed" : "Successful", value };
}

/** `ttft of canary not above stable (Mann-Whitney, 98%)`. */
export function distributionName(check: DistributionCheck): string {
  const { metric, of, load, over, against, direction, confidence } = check;
  const words = [
    metric,
    of === undefined ? undefined : `of ${of}`,
    direction === "elsewhere" ? "not other than" : `not ${direction}`,
    baselineName(against),
    load === undefined ? undefined : `for ${load}`,
    over === undefined ? undefined : `over ${formatDuration(over)}`,
    `(Mann-Whitney, ${confidence})`,
  ];
  return words.filter((word) => word !== undefined).join(" ");
}
