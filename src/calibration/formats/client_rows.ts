// A run from what a client noted of each request; it knows no file.

import type {
  MeasuredFigures,
  MeasuredPrefix,
  MeasuredRequest,
  MeasuredWorkload,
} from "../measured_run.ts";
import { latencyOf, withoutEmpty } from "./file_run.ts";
import { latencyStatistics, median } from "./statistics.ts";

/** One request that was answered. */
export interface ClientRow {
  /** When it was sent, in µs of any clock; absent where the client did not note it. */
  readonly atUs?: number | undefined;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly ttftMs?: number | undefined;
  readonly e2eMs?: number | undefined;
  /** Between its tokens. */
  readonly gapsMs?: readonly number[] | undefined;
  readonly prefix?: MeasuredPrefix | undefined;
  /** Sent before the measurement began: served, and not counted. */
  readonly warmup?: boolean | undefined;
}

/** Rows that can be served again, in the order in which they were sent, those of the warm-up first. */
export function servedRows(rows: readonly ClientRow[]): ClientRow[] {
  return rows.filter(({ promptTokens, outputTokens }) => promptTokens > 0 && outputTokens > 0)
    .sort((a, b) => Number(b.warmup ?? false) - Number(a.warmup ?? false) || atOf(a) - atOf(b));
}

/** What was asked, each request when it was sent, unless the rows look like a closed loop. */
export function workloadOf(rows: readonly ClientRow[], concurrency?: number): MeasuredWorkload {
  const loop = concurrency ?? closedLoopOf(rows);
  const firstUs = rows.reduce((first, row) => Math.min(first, atOf(row)), Infinity);
  const requests = rows.map((row): MeasuredRequest => ({
    atUs: Math.max(0, Math.round(atOf(row) - firstUs)),
    promptTokens: row.promptTokens,
    outputTokens: row.outputTokens,
    ...(row.prefix && { prefix: row.prefix }),
  }));
  const warmupRequests = rows.filter(({ warmup }) => warmup).length;
  return {
    requests,
    ...(loop === undefined ? {} : { concurrency: loop }),
    ...(warmupRequests === 0 ? {} : { warmupRequests }),
  };
}

function atOf({ atUs = 0 }: ClientRow): number {
  return atUs;
}

/** Of the rows after the warm-up. */
export function figuresOf(rows: readonly ClientRow[]): MeasuredFigures {
  const measured = rows.filter(({ warmup }) => !warmup);
  const figures = {
    ttftMs: latencyOf(latencyStatistics(measured.flatMap(({ ttftMs }) => ttftMs ?? []))),
    tpotMs: latencyOf(latencyStatistics(measured.flatMap((row) => tpotMs(row) ?? []))),
    itlMs: latencyOf(latencyStatistics(measured.flatMap(({ gapsMs }) => gapsMs ?? []))),
    e2eMs: latencyOf(latencyStatistics(measured.flatMap(({ e2eMs }) => e2eMs ?? []))),
  };
  const throughput = outputTokensPerSecond(measured);
  return {
    ...withoutEmpty(figures),
    ...(throughput === undefined ? {} : { outputTokensPerSecond: throughput }),
  };
}

/** (e2e − TTFT) / (output − 1), by the clock of the client. */
function tpotMs({ ttftMs, e2eMs, outputTokens }: ClientRow): number | undefined {
  if (ttftMs === undefined || e2eMs === undefined || outputTokens < 2) return undefined;
  return Math.max(0, e2eMs - ttftMs) / (outputTokens - 1);
}

/** From the first sending to the last end. */
function outputTokensPerSecond(rows: readonly ClientRow[]): number | undefined {
  let [beginUs, endUs, outputTokens] = [Infinity, -Infinity, 0];
  for (const { atUs, e2eMs, outputTokens: tokens } of rows) {
    if (atUs === undefined || e2eMs === undefined) return undefined;
    beginUs = Math.min(beginUs, atUs);
    endUs = Math.max(endUs, atUs + e2eMs * 1000);
    outputTokens += tokens;
  }
  return endUs > beginUs ? outputTokens / ((endUs - beginUs) / 1e6) : undefined;
}

/** A client of a closed loop sends its next request at once: of a request's median time, so much. */
const CLOSED_GAP_SHARE = 0.02;
/** So many of the requests after the first ones; a client may stumble. */
const CLOSED_SHARE = 0.9;

/**
 * How many clients sent one request after another, where the rows show that: with n of them, the i-th
 * request is sent when the (i − n)-th answer has just ended.
 */
export function closedLoopOf(rows: readonly ClientRow[]): number | undefined {
  const times = rows.flatMap(({ atUs, e2eMs }) =>
    atUs === undefined || e2eMs === undefined ? [] : [{ atUs, endUs: atUs + e2eMs * 1000 }]
  );
  if (times.length < rows.length) return undefined;
  const starts = Float64Array.from(times, ({ atUs }) => atUs).sort();
  const ends = Float64Array.from(times, ({ endUs }) => endUs).sort();
  const clients = mostAtOnce(starts, ends);
  if (starts.length < Math.max(3, 2 * clients)) return undefined;
  const requestUs = median(times.map(({ atUs, endUs }) => endUs - atUs)) ?? 0;
  const later = starts.subarray(clients);
  const prompt = later.filter((start, i) => start - ends[i]! <= CLOSED_GAP_SHARE * requestUs);
  return prompt.length >= CLOSED_SHARE * later.length ? clients : undefined;
}

/** Requests on their way at the same time; one that ends makes room for one that begins then. */
function mostAtOnce(starts: Float64Array, ends: Float64Array): number {
  let [most, ended] = [0, 0];
  for (const [index, start] of starts.entries()) {
    while (ended < ends.length && ends[ended]! <= start) ended++;
    most = Math.max(most, index + 1 - ended);
  }
  return most;
}
