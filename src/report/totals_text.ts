// What a run came to, service by service, as text: requests, goodput, percentiles, revisions, cost.

import { PPM } from "../metrics/names.ts";
import { calibrationErrorText } from "../view/calibration_error.ts";
import {
  formatCount,
  formatInstant,
  formatPpm,
  formatRate,
  formatUs,
  UNKNOWN,
} from "../view/format.ts";
import { table } from "../view/table.ts";
import { costRows } from "./cost_text.ts";
import { loadTable } from "./loads_text.ts";
import { budgetText } from "./slo_text.ts";
import type { MetricsSummary, MirroredSummary, ServiceSummary, Summary } from "./summary.ts";
import type { TextOptions } from "./text.ts";

export const PERCENTILE_HEADS = ["mean", "p50", "p90", "p95", "p99"];
const LABEL_CELLS = 10;

export function totalLines(summary: Summary, options: TextOptions): string[] {
  const { services, warmupSeconds, virtualSeconds } = summary;
  if (Object.keys(services).length === 0) return [];
  const warming = virtualSeconds <= warmupSeconds;
  const since = warmupSeconds === 0
    ? ""
    : ` after the warm-up of ${formatInstant(warmupSeconds * 1e6)}`;
  return Object.entries(services).flatMap(([name, service]) => [
    `  ${name}${since}${warming ? " (which is not over)" : ""}, ${calibrationText(service)}`,
    ...requestLines(service),
    ...latencyLines(service, options),
    ...loadLines(service, options),
    ...(Object.keys(service.revisions).length > 1 ? revisionLines(service, options) : []),
    "",
  ]);
}

/** `calibrated (E2E ±4.1%, TTFT ±9.8%, TPOT ±3.2%)`. */
export function calibrationText({ calibration, calibrationError: error }: ServiceSummary): string {
  const ppm = Object.entries({ ttftPpm: error?.ttft, tpotPpm: error?.tpot, e2ePpm: error?.e2e })
    .flatMap(([name, off]) => typeof off === "number" ? [[name, off * PPM] as const] : []);
  const text = calibrationErrorText(Object.fromEntries(ppm));
  return text === "" ? calibration : `${calibration} (${text})`;
}

function requestLines(service: ServiceSummary): string[] {
  return requestRows(service).map(([name, text]) => `    ${name.padEnd(LABEL_CELLS)} ${text}`);
}

/** What became of a service's requests, and what that took: names and texts. */
export function requestRows(
  service: MetricsSummary & Partial<Pick<ServiceSummary, "slo">>,
): [name: string, text: string][] {
  const { retried } = service.requests;
  const { promptTokensPerSecond: prompt, outputTokensPerSecond: output } = service;
  const tokens = `${formatRate(prompt ?? undefined)} prompt, ${
    formatRate(output ?? undefined)
  } output per second`;
  const kv = `${percent(service.kvCacheUsage)} while serving, ${
    formatCount(service.preemptions)
  } preemptions`;
  const found = `${percent(service.prefixHitRate)} of prompt tokens found in the cache`;
  const some = (shown: boolean, ...row: [string, string]) => shown ? [row] : [];
  return [
    ["requests", countsText(service.requests)],
    ...some(retried !== 0, "retries", retriesText(service.requests)),
    ...(service.mirrored ? some(true, "mirrored", countsText(service.mirrored.requests)) : []),
    ["errors", percent(service.errorRate)],
    ["goodput", percent(service.goodput)],
    // Nothing is held against it where each load brings an SLO of its own.
    ...(typeof service.slo?.budget?.spent === "number"
      ? some(true, "budget", budgetText(service.slo.budget))
      : []),
    ["tokens", tokens],
    ["kv cache", kv],
    // Most engines of recorded runs looked nothing up: only what was measured has a line.
    ...some(service.prefixHitRate !== null, "prefixes", found),
    ...costRows(service),
  ];
}

function countsText(
  { arrived, completed, failed, rejected, inFlight, late }:
    & MirroredSummary["requests"]
    & Pick<MetricsSummary["requests"], "late">,
): string {
  const lateText = late === undefined ? "" : `, ${formatCount(late)} of them late already`;
  return `${formatCount(arrived)} arrived = ${formatCount(completed)} completed + ` +
    `${formatCount(failed)} failed + ${formatCount(rejected)} rejected + ${
      formatCount(inFlight)
    } in flight${lateText}`;
}

function retriesText({ retried, retriedByGateway }: MetricsSummary["requests"]): string {
  const by = retriedByGateway === 0
    ? ""
    : `, ${formatCount(retriedByGateway)} of them by the gateway`;
  return `${formatCount(retried)} of these were tried again${by}`;
}

function latencyLines(service: MetricsSummary, { width }: TextOptions): string[] {
  return table([["", ...PERCENTILE_HEADS], ...latencyRows(service)], {
    indent: "    ",
    right: [1, 2, 3, 4, 5],
    width,
    drop: [3, 1, 5],
  });
}

/** A latency a row, under `PERCENTILE_HEADS`. */
export function latencyRows(service: MetricsSummary): string[][] {
  return (["ttft", "itl", "tpot", "e2e", "queue"] as const).map((name) => {
    const found = service[`${name}Ms`];
    return [
      name,
      ...PERCENTILE_HEADS.map((head) => found ? formatUs(found[head]! * 1000) : UNKNOWN),
    ];
  });
}

export const REVISION_HEADS = [
  ...["revision", "weight", "replicas", "arrived", "errors", "ttft p95", "itl p95"],
];

function loadLines({ loads }: ServiceSummary, { width }: TextOptions): string[] {
  const found = loadTable(loads);
  if (!found) return [];
  const { heads, rows, drop } = found;
  const right = heads.map((_, index) => index).slice(1);
  return ["", ...table([heads, ...rows], { indent: "    ", right, width, drop })];
}

function revisionLines(service: ServiceSummary, { width }: TextOptions): string[] {
  return [
    "",
    ...table([REVISION_HEADS, ...revisionRows(service)], {
      indent: "    ",
      right: [1, 2, 3, 4, 5, 6],
      width,
      drop: [2, 6, 3, 5],
    }),
  ];
}

/** A revision a row, under `REVISION_HEADS`; what it did with copies of requests stands below it. */
export function revisionRows(service: ServiceSummary): string[][] {
  return Object.entries(service.revisions).flatMap(([name, revision]) => {
    const { weight, replicas, requests, errorRate, mirrored } = revision;
    return [
      [
        name,
        String(weight),
        String(replicas),
        ...servedCells({ ...revision, requests, errorRate }),
      ],
      ...(mirrored ? [[`  ${name} copies`, "", "", ...servedCells(mirrored)]] : []),
    ];
  });
}

function servedCells(
  { requests, ttftMs, itlMs, errorRate = errorsOf(requests) }:
    & Pick<MirroredSummary, "requests" | "ttftMs" | "itlMs">
    & { readonly errorRate?: number | null },
): string[] {
  const p95 = (found: Readonly<Record<string, number>> | null) =>
    found ? formatUs(found["p95"]! * 1000) : UNKNOWN;
  return [formatCount(requests.arrived), percent(errorRate), p95(ttftMs), p95(itlMs)];
}

/** Of those that ended. */
function errorsOf({ completed, failed, rejected }: MirroredSummary["requests"]): number | null {
  const ended = completed + failed + rejected;
  return ended === 0 ? null : (failed + rejected) / ended;
}

function percent(share: number | null): string {
  return formatPpm(share === null ? undefined : share * 1e6);
}
