// A metric held against a threshold: how it is written, and when it holds. Reads no state.

import { z } from "zod";
import {
  CLASS_METRICS,
  LATENCIES,
  type MetricName,
  PPM,
  RATES,
  RATIOS,
  unitOf,
} from "../metrics/names.ts";
import { formatDuration, parseDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { type Statistic, statisticOf, STATISTICS } from "./statistic.ts";

const METRIC_NAMES = [
  ...Object.keys(LATENCIES),
  ...Object.keys(RATIOS),
  ...Object.keys(RATES),
] as [MetricName, ...MetricName[]];

/** A window holds a second: a burn rate over less would be that of one window or none. */
const SECOND_US = 1_000_000;

/** Metrics of which state keeps a running total alone: they have no window. */
const TOTALS: ReadonlySet<MetricName> = new Set(["gpuHours", "cost"]);

/** How far back a metric looks: windows of the log are of one second. */
export const lookbackSchema = durationSchema.refine((us) => us >= SECOND_US, {
  message: "Cannot look back less than 1s: what is measured is counted by the second",
});

/** What is measured, whatever it is held against. */
export const measuredFields = {
  kind: z.literal("metric"),
  metric: z.enum(METRIC_NAMES),
  /** Of the metric `own`: the name of its definition. */
  policy: z.string().optional(),
  statistic: z.enum(STATISTICS).optional(),
  /** The service it speaks of; the only one, when left out. */
  service: z.string().optional(),
  /** A revision; all of them when left out. */
  of: z.string().optional(),
  /** One load's requests alone. */
  load: z.string().optional(),
  /** Copies that a gateway sent (RequestMirror) alone; of a shadow it goes without saying. */
  mirrored: z.literal(true).optional(),
  /** How far back it looks. Left out: 1 minute in an analysis, the whole run in an expectation. */
  over: lookbackSchema.optional(),
  /** The short window of a burn rate; a twelfth of `over` when left out. */
  short: durationSchema.optional(),
  /** The value is a share of the same metric's there: a baseline against which a canary is held. */
  comparedTo: z.strictObject({ service: z.string().optional(), of: z.string().optional() })
    .optional(),
};

export const checkFields = {
  ...measuredFields,
  comparison: z.enum(["below", "above"]),
  threshold: z.union([z.string(), z.number()]),
};

type Measured = z.output<z.ZodObject<typeof measuredFields>>;
type Written = z.output<z.ZodObject<typeof checkFields>>;
type Limits = { readonly limit: number; readonly statistic: Statistic | undefined };
type Issues = z.core.ParsePayload["issues"];

/** Reads the threshold of what was written, and refuses what makes no sense together. */
export function withLimit<T extends Written>(
  check: T,
  context: { issues: Issues },
): Omit<T, "statistic"> & Limits {
  const refuse = (path: string, message: string) => {
    context.issues.push({
      code: "custom",
      input: check[path as keyof T],
      path: [path],
      message,
    });
    return z.NEVER;
  };
  const problem = measuredProblem(check);
  if (problem) return refuse(problem.path, problem.message);
  const limit = parseThreshold(check, check.threshold);
  if (limit === undefined) return refuse("threshold", thresholdProblem(check, check.threshold));
  return { ...check, limit, statistic: statisticOf(check) };
}

/** As a scenario writes it: `metric.ttft("p95", { of: "canary" }).below("1500ms")`. */
export const metricCheckSchema = z.strictObject(checkFields).transform(withLimit);

export type MetricCheck = z.output<typeof metricCheckSchema>;

interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** A revision, or what it is held against. */
interface Part {
  readonly service?: string | undefined;
  readonly of?: string | undefined;
}

export const ITSELF = "Cannot compare with itself: name another revision, or another service";

/** Whether a check's baseline is what it measures: then it always holds, or never. */
export function comparesWithItself({ service, of }: Part, baseline: Part): boolean {
  return baseline.of === of && (baseline.service ?? service) === service;
}

/** What is wrong with a measured metric in itself. */
export function measuredProblem(measured: Measured): FieldProblem | undefined {
  const { metric, load, policy } = measured;
  if (load !== undefined && !CLASS_METRICS.has(metric)) {
    const known = [...CLASS_METRICS].join(", ");
    return { path: "load", message: `Cannot measure ${metric} of one load: only ${known}` };
  }
  if ((metric === "own") !== (policy !== undefined)) {
    const message =
      'Only the metric "own" has a policy, and needs it: use what defineMetric returns';
    return { path: "policy", message };
  }
  const { comparedTo, service, of } = measured;
  if (comparedTo && comparesWithItself({ service, of }, comparedTo)) {
    return { path: "comparedTo", message: ITSELF };
  }
  return shortProblem(measured) ?? (TOTALS.has(metric) ? totalProblem(measured) : undefined);
}

function shortProblem({ metric, over, short }: Measured): FieldProblem | undefined {
  if (short === undefined) return undefined;
  if (metric !== "burnRate") {
    return { path: "short", message: `Only a burn rate has a short window, ${metric} has none` };
  }
  if (short >= SECOND_US && short <= (over ?? Infinity)) return undefined;
  const message = "Invalid short window: write one from 1s to the long one, such as 5s";
  return { path: "short", message };
}

function totalProblem({ metric, over, of }: Measured): FieldProblem | undefined {
  if (over !== undefined) {
    return { path: "over", message: `Cannot measure ${metric} over a time: it is the run's total` };
  }
  if (of === undefined) return undefined;
  return { path: "of", message: `Cannot measure ${metric} of a revision: it is the service's` };
}

/** The unit of a check's value: a share of another's value is in parts per million. */
export function valueUnit({ metric, comparedTo }: Pick<Measured, "metric" | "comparedTo">) {
  return comparedTo ? "ppm" as const : unitOf(metric);
}

/** A threshold in the value's unit: µs, parts per million or thousandths. */
export function parseThreshold(
  check: Pick<Measured, "metric" | "comparedTo">,
  threshold: string | number,
): number | undefined {
  switch (valueUnit(check)) {
    case "us":
      return typeof threshold === "string" ? parseDuration(threshold) : undefined;
    case "ppm": {
      const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(threshold))?.[1];
      return percent === undefined ? undefined : Math.round(Number(percent) * PPM / 100);
    }
    case "milli": {
      const text = String(threshold);
      const number = Number(check.metric === "cost" ? text.replace(/^\$/, "") : text);
      return text !== "" && Number.isFinite(number) && number >= 0
        ? Math.round(number * 1000)
        : undefined;
    }
  }
}

/** Says how a threshold is written. */
export function thresholdProblem(
  check: Pick<Measured, "metric" | "comparedTo">,
  threshold: string | number,
): string {
  const unit = valueUnit(check);
  const example = check.comparedTo ? "120%" : { us: "1500ms", ppm: "1%", milli: "10" }[unit];
  return `Invalid threshold "${threshold}" for ${check.metric}: write one such as ${example}`;
}

/** True when the value is on the right side of the check's limit. */
export function holds(
  { comparison, limit }: Pick<MetricCheck, "comparison" | "limit">,
  value: number,
): boolean {
  return comparison === "below" ? value < limit : value > limit;
}

/**
 * How far a value is from the check's limit, in parts per million of the limit. A share that must
 * stay high is measured by what is missing to 100 %: of an error budget of 5 %, 1 % used leaves 80 %.
 */
export function marginPpm(
  check: Pick<MetricCheck, "metric" | "comparedTo" | "comparison" | "limit">,
  value: number,
): number {
  const missing = !check.comparedTo && unitOf(check.metric) === "ppm" &&
    check.comparison === "above";
  const limit = missing ? PPM - check.limit : check.limit;
  const distance = missing ? limit - (PPM - value) : value - limit;
  return limit === 0 ? (distance === 0 ? 0 : PPM) : Math.round(Math.abs(distance) * PPM / limit);
}

/** What is measured, in words: `ttft p95 of canary over 5m`. */
export function measuredName(check: Measured): string {
  const [head, ...rest] = nameParts(check);
  return [head, ...rest].join(" ");
}

/** `ttft p95 below 1500ms of canary over 5m`. */
export function checkName(check: Written): string {
  const [head, ...rest] = nameParts(check);
  return [head, check.comparison, check.threshold, ...rest].join(" ");
}

function nameParts(check: Measured): string[] {
  const { of, load, over, short, comparedTo, mirrored } = check;
  const metric = check.policy ?? check.metric;
  const statistic = "statistic" in check ? check.statistic : undefined;
  const head = statistic === undefined ? metric : `${metric} ${statistic}`;
  const words = [
    of === undefined ? undefined : `of ${of}`,
    mirrored ? "of copies" : undefined,
    load === undefined ? undefined : `for ${load}`,
    over === undefined ? undefined : `over ${formatDuration(over)}`,
    short === undefined ? undefined : `and ${formatDuration(short)}`,
    comparedTo ? `against ${baselineName(comparedTo)}` : undefined,
  ];
  return [head, ...words.filter((word) => word !== undefined)];
}

export function baselineName(
  { service, of }: { readonly service?: string | undefined; readonly of?: string | undefined },
): string {
  const parts = [of, service === undefined ? undefined : `of ${service}`];
  const words = parts.filter((word) => word !== undefined);
  return words.length === 0 ? "all revisions" : words.join(" ");
}
