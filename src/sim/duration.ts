/** Virtual durations as people write them (`1h30m`), to and from integer µs. */

/** What builders take; `parseDuration` knows a few more, such as `1s500ms`. */
export type Duration =
  | `${number}${"us" | "ms" | "s" | "m" | "h"}`
  | `${number}h${number}${"m" | "s"}`
  | `${number}m${number}s`
  | `${number}h${number}m${number}s`;

const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;
const US_PER_MINUTE = 60_000_000;
const US_PER_HOUR = 3_600_000_000;

/** In the order in which the units may follow each other. */
const UNITS_US = [US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, US_PER_MS, 1] as const;

/** 16 digits suffice for 2^53 µs before the point and for an exact µs behind it. */
const DURATION = new RegExp(
  "^" +
    ["h", "m", "s", "ms", "us"].map((unit) => `(?:(\\d{1,16}(?:\\.\\d{1,16})?)${unit})?`).join("") +
    "$",
);

const CLOCK_TIME = /^(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d)$/;

/**
 * The duration in integer µs; undefined when it is none, is no whole number of µs or is 2^53 µs and
 * more. Units go from large to small; only the last may have decimals: `1.5s`, `1h30m`, `250us`.
 */
export function parseDuration(text: string): number | undefined {
  const numbers = DURATION.exec(text)?.slice(1) ?? [];
  let totalUs: number | undefined;
  let fractional = false;
  for (const [index, unitUs] of UNITS_US.entries()) {
    const number = numbers[index];
    if (number === undefined) continue;
    const us = fractional ? NaN : exactUs(number, unitUs);
    totalUs = (totalUs ?? 0) + us;
    fractional = number.includes(".");
  }
  return Number.isSafeInteger(totalUs) ? totalUs : undefined;
}

/** An instant in µs since virtual 0: a duration, or a time on the clock as `00:12:30` or `12:30`. */
export function parseInstant(text: string): number | undefined {
  const time = CLOCK_TIME.exec(text);
  if (time === null) return parseDuration(text);
  const [, hours = "0", hourMinutes, minutes, seconds] = time;
  return parseDuration(`${hours}h${hourMinutes ?? minutes}m${seconds}s`);
}

/**
 * The short exact form that `parseDuration` reads back: `0s`, `250us`, `1.5s`, `12m30s`. Throws a
 * RangeError when `us` is negative or no integer.
 */
export function formatDuration(us: number): string {
  if (!(Number.isSafeInteger(us) && us >= 0)) {
    throw new RangeError(`Cannot write ${us} µs as a duration: it is no integer from 0 to 2^53`);
  }
  if (us === 0) return "0s";
  if (us < US_PER_MS) return `${us}us`;
  if (us < US_PER_SECOND) return `${us / US_PER_MS}ms`;
  const hours = Math.floor(us / US_PER_HOUR);
  const minutes = Math.floor(us / US_PER_MINUTE) % 60;
  const seconds = (us % US_PER_MINUTE) / US_PER_SECOND;
  return [[hours, "h"], [minutes, "m"], [seconds, "s"]]
    .map(([value, unit]) => value === 0 ? "" : `${value}${unit}`).join("");
}

/** NaN when the product is no integer. In BigInt, since 0.1 h and the like are no exact floats. */
function exactUs(number: string, unitUs: number): number {
  const [whole, fraction = ""] = number.split(".");
  const scaled = BigInt(`${whole}${fraction}`) * BigInt(unitUs);
  const scale = 10n ** BigInt(fraction.length);
  return scaled % scale === 0n ? Number(scaled / scale) : NaN;
}
