// Bandwidths as scenarios write them, for zod.

import { z } from "zod";

/** Bytes a second of one unit. */
const UNITS: Readonly<Record<string, number>> = {
  "kB/s": 1e3,
  "MB/s": 1e6,
  "GB/s": 1e9,
  "TB/s": 1e12,
  "MiB/s": 2 ** 20,
  "GiB/s": 2 ** 30,
  "TiB/s": 2 ** 40,
  "Mbit/s": 1e6 / 8,
  "Gbit/s": 1e9 / 8,
};
const BANDWIDTH = /^(\d{1,12}(?:\.\d{1,12})?) ?([A-Za-z]+\/s)$/;

/** A bandwidth as it is written: `"1.5GB/s"`, `"25Gbit/s"`. */
export type Bandwidth = `${number}${
  | "kB"
  | "MB"
  | "GB"
  | "TB"
  | "MiB"
  | "GiB"
  | "TiB"
  | "Mbit"
  | "Gbit"}/s`;

/** Whole bytes per second, at least 1; undefined for what is no bandwidth. */
export function parseBandwidth(text: string): number | undefined {
  const [, number = "", unit = ""] = BANDWIDTH.exec(text) ?? [];
  const scale = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : undefined;
  const bytes = scale === undefined ? 0 : Math.round(Number(number) * scale);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Takes the text of a bandwidth and gives whole bytes per second. */
export const bandwidthSchema = z.string().transform((text, context) => {
  const bytesPerSecond = parseBandwidth(text);
  if (bytesPerSecond !== undefined) return bytesPerSecond;
  context.addIssue({
    code: "custom",
    message: `Invalid bandwidth "${text}": write a number above 0 and a unit, such as 500MB/s, ` +
      `1.5GB/s, 1GiB/s or 25Gbit/s`,
  });
  return z.NEVER;
});

/** `1.5GB/s`, `200MB/s`: of so many bytes a second. */
export function bandwidthText(bytesPerSecond: number): string {
  const [unit, scale] = bytesPerSecond >= 1e9
    ? ["GB/s", 1e9]
    : bytesPerSecond >= 1e6
    ? ["MB/s", 1e6]
    : ["kB/s", 1e3];
  return `${Number((bytesPerSecond / scale).toPrecision(4))}${unit}`;
}
