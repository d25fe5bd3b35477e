// What a check or a comparison measures: a metric as it is, or as a share of a baseline.

import { PPM } from "../metrics/names.ts";
import type { MetricCheck } from "./metric_check.ts";
import { readMetric } from "./metric_read.ts";
import type { MetricDefinition } from "./policy/definition.ts";
import type { FleetState } from "./state.ts";
import { statisticOf } from "./statistic.ts";

/** The most that a value can be of a baseline, 1,000,000 %: also of a baseline of 0. */
const MOST_PPM = 10_000 * PPM;

/** What a check or a comparison measures. */
export type Measured =
  & Pick<MetricCheck, "metric">
  & Partial<
    Pick<
      MetricCheck,
      "statistic" | "service" | "of" | "load" | "over" | "short" | "comparedTo" | "mirrored"
    >
  >
  & {
    /** Of the metric `own`: its code, which the plan has found. */
    readonly own?: MetricDefinition | undefined;
  };

/**
 * The value of what a check measures, in its unit: `service` and `overUs` hold where it does not say. A
 * value against a baseline of 0 is 100 % where it is 0 too. Undefined: no sample.
 */
export function measure(
  state: FleetState,
  check: Measured,
  where: { readonly service: string; readonly nowUs: number; readonly overUs: number | undefined },
): number | undefined {
  const { metric, of, load, short, comparedTo, own, mirrored } = check;
  const statistic = statisticOf(check);
  const scope = {
    service: check.service ?? where.service,
    revision: of,
    nowUs: where.nowUs,
    overUs: check.over ?? where.overUs,
    shortUs: short,
    load,
    own,
    mirrored,
  };
  const value = readMetric(state, metric, statistic, scope);
  if (!comparedTo || value === undefined) return value;
  const baseline = readMetric(state, metric, statistic, {
    ...scope,
    service: comparedTo.service ?? scope.service,
    revision: comparedTo.of,
    mirrored: undefined,
  });
  if (baseline === undefined) return undefined;
  if (baseline === 0) return value === 0 ? PPM : MOST_PPM;
  return Math.min(MOST_PPM, Math.round(value * PPM / baseline));
}
