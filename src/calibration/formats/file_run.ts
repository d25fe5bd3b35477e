// What a file of measurements holds once it is read, and the numbers it may hold; it knows no format.

import { z } from "zod";
import { MAX_TOKENS } from "../../load/lengths.ts";
import type { MeasuredLatency, MeasuredRun } from "../measured_run.ts";

/** A run as its file tells it: what served it is the user's to say. */
export interface FileRun extends Omit<MeasuredRun, "server"> {
  /** The name by which the client called the model. */
  readonly model?: string;
  /** Sentences about what the file does not say and was taken for granted. */
  readonly notes: readonly string[];
}

/** The runs of a file, or in one sentence what is wrong with it. */
export type FileRuns = { readonly runs: readonly FileRun[] } | { readonly problem: string };

/** A run of more requests, or of longer ones, was misread: units are mixed up, or fields. */
const MAX_REQUESTS = 1_000_000;
const MAX_SECONDS = 10_000_000;

export const count = z.int().min(0).max(MAX_REQUESTS);
export const tokens = z.int().min(0).max(MAX_TOKENS);
export const seconds = z.number().min(0).max(MAX_SECONDS);
export const milliseconds = z.number().min(0).max(MAX_SECONDS * 1000);
export const rate = z.number().positive().max(1_000_000);
/** A point in time of any clock; only differences count. */
export const clockSeconds = z.number();

/** The first of zod's issues as a sentence's end, with the field that it is about. */
export function firstIssue({ issues }: z.core.$ZodError): string {
  const { path, message } = issues[0]!;
  const field = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`)
    .join("").replace(/^\./, "");
  return field === "" ? message : `${field}: ${message}`;
}

/** What a schema makes of data, or the sentence's end about what it finds wrong. */
export function checked<S extends z.ZodType>(
  schema: S,
  data: unknown,
): { readonly data: z.output<S> } | { readonly problem: string } {
  const parsed = schema.safeParse(data);
  return parsed.success ? { data: parsed.data } : { problem: firstIssue(parsed.error) };
}

/** A distribution as files sum it up, in any unit. */
export type Summed = { readonly [K in keyof MeasuredLatency]?: number | null | undefined };

/** Latencies in ms; a mean of 0 is how files say that nothing was measured. */
export function latencyOf(summed: Summed | null | undefined, factor = 1): MeasuredLatency {
  if (!summed || summed.mean === 0) return {};
  const { mean, p50, p90, p95, p99 } = summed;
  const given = Object.entries({ mean, p50, p90, p95, p99 })
    .flatMap(([name, value]) => typeof value === "number" ? [[name, value * factor] as const] : []);
  return Object.fromEntries(given);
}

/** The figures that have something in them. */
export function withoutEmpty<T extends Readonly<Record<string, MeasuredLatency>>>(
  figures: T,
): Partial<T> {
  const kept = Object.entries(figures).filter(([, latency]) => Object.keys(latency).length > 0);
  return Object.fromEntries(kept) as Partial<T>;
}

/** `bench-1k.json` of `runs/bench-1k.json`, which names its runs. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Thousands of a sentence: `2,500 requests`. */
export function counted(n: number, what: string): string {
  return `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;
}
