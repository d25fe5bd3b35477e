// The scales and axes of a chart: virtual time below, the metric's own unit at the left.

import { formatInstant } from "../../../view/format.ts";
import { computedColor } from "./dom.js";

/** Seconds from one grid line to the next. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800],
  ...[3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000],
];
/** µs, or things that there is no half of. */
const WHOLE_STEPS = [1, 2, 5].flatMap((step) =>
  Array.from({ length: 10 }, (_, exponent) => step * 10 ** exponent)
).sort((a, b) => a - b);
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function scalesOf({ kind, series, limits }, data) {
  const stroke = computedColor("var(--soft)");
  const lines = { stroke: computedColor("var(--grid)"), width: 1 };
  const ticks = { show: false };
  const top = topOf(kind, series, limits);
  return {
    scales: {
      x: { time: false, range: (_, min, max) => min === null ? [0, data.endUs / 1e6] : [min, max] },
      y: { range: () => [0, top] },
    },
    axes: [
      {
        ...{ stroke, font: FONT, ticks, grid: lines, incrs: STEPS, space: 64, size: 24, gap: 4 },
        values: (_, seconds) => seconds.map((one) => formatInstant(one * 1e6)),
      },
      {
        ...{ stroke, font: FONT, ticks, grid: lines, space: 28, size: 54, gap: 6 },
        ...(kind.whole ? { incrs: WHOLE_STEPS } : {}),
        values: (_, values) => values.map((value) => kind.text(value)),
      },
    ],
  };
}

/** The highest value with some air, and an objective where it is not far above. */
function topOf({ least, most }, series, limits) {
  let highest = 0;
  for (const { values } of series) {
    for (const value of values) highest = Math.max(highest, value ?? 0);
  }
  for (const limit of limits) {
    if (limit < 2 * highest) highest = Math.max(highest, limit);
  }
  // A share of all cannot be above it: the air is for the line's width alone.
  return most === undefined ? Math.max(least, highest * 1.08) : most * 1.02;
}
