// A metric of a scenario's own code, read out of the same totals as those that are built in.

import { percentile } from "../../metrics/histogram.ts";
import type { Totals } from "../../metrics/totals.ts";
import { callPolicy, type Counted, type MetricDefinition } from "./definition.ts";

/** In thousandths; undefined where the code says so. Throws a `PolicyError` at what is no number. */
export function readOwnMetric(
  definition: MetricDefinition,
  totals: Totals,
  seconds: number,
): number | undefined {
  return callPolicy(definition, () => {
    const value: unknown = definition.read(counted(totals, seconds));
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return Math.round(value * 1000);
    throw new TypeError(`it reads ${value}: return a number, or undefined`);
  });
}

function counted(totals: Totals, seconds: number): Counted {
  const { requests, promptTokens, outputTokens, latencyUs } = totals;
  const { arrived, completed, failed, rejected, good } = requests;
  const latencyMs: Counted["latencyMs"] = (metric, statistic) => {
    const histogram = latencyUs[metric];
    if (histogram.count === 0) return undefined;
    const us = statistic === "mean"
      ? histogram.sum / histogram.count
      : percentile(histogram, Number(statistic.slice(1)));
    return us === undefined ? undefined : us / 1000;
  };
  const counts = { arrived, completed, failed, rejected, good };
  return { seconds, ...counts, promptTokens, outputTokens, latencyMs };
}
