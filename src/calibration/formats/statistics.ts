// Means and percentiles of a list of numbers, as numpy has them; it knows no unit.

import type { MeasuredLatency } from "../measured_run.ts";

/** Mean and percentiles in the unit of the values; nothing of none. */
export function latencyStatistics(values: readonly number[]): MeasuredLatency {
  if (values.length === 0) return {};
  const sorted = Float64Array.from(values).sort();
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
  };
}

/** `numpy.percentile` with its default, linear interpolation; of at least one sorted value. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : quantile(Float64Array.from(values).sort(), 0.5);
}
