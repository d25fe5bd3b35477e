// The one place that turns numbers into text. Unknown is `-`, never 0.

import { PPM } from "../metrics/names.ts";

export const UNKNOWN = "-";

type Maybe = number | undefined;

/** µs for people: `850µs`, `41.3ms`, `1.52s`, `3m20s`. */
export function formatUs(us: Maybe): string {
  if (us === undefined) return UNKNOWN;
  if (us < 1000) return `${Math.round(us)}µs`;
  if (us < 9_999_500) {
    const [value, unit] = us < 999_500 ? [us / 1000, "ms"] : [us / 1e6, "s"];
    return `${Number(value.toPrecision(3))}${unit}`;
  }
  const tenths = Math.round(us / 1e5);
  return tenths < 600 ? `${tenths / 10}s` : formatInstant(Math.round(us / 1e6) * 1e6);
}

/** A virtual instant to the second: `12m30s`, `1h02m05s`, `0s`. */
export function formatInstant(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const two = (value: number) => String(value).padStart(2, "0");
  if (hours > 0) return `${hours}h${two(minutes)}m${two(rest)}s`;
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`;
}

/** Parts per million as a percentage with up to two decimals. */
export function formatPpm(ppm: Maybe): string {
  return ppm === undefined ? UNKNOWN : `${Number((ppm * 100 / PPM).toFixed(2))}%`;
}

/** With thousands apart: `43,210`. */
export function formatCount(count: Maybe): string {
  return count === undefined ? UNKNOWN : String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** USD: cents from a dime on, below that two digits that count: `$1,234.50`, `$0.83`, `$0.0041`. */
export function formatUsd(usd: Maybe): string {
  if (usd === undefined) return UNKNOWN;
  if (usd > 0 && usd < 0.1) return `$${Number(usd.toPrecision(2))}`;
  const [whole = "", cents = ""] = usd.toFixed(2).split(".");
  return `$${formatCount(Number(whole))}.${cents}`;
}

/** A rate with three digits: `23.9`, `5,270`. */
export function formatRate(rate: Maybe): string {
  if (rate === undefined) return UNKNOWN;
  return rate >= 100 ? formatCount(Math.round(rate)) : String(Number(rate.toPrecision(3)));
}
