// The summary as text: verdicts first, then totals, then how it came about.

import type { SaidPrices } from "../fleet/gpu_prices.ts";
import type { FaultState, FleetState } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";
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
import { costLines } from "./cost_text.ts";
import {
  type MetricsSummary,
  type MirroredSummary,
  type ServiceSummary,
  summarize,
  type Summary,
} from "./summary.ts";

export interface TextOptions {
  /** Marks of a passed and a failed expectation, which a terminal may colour. */
  readonly marks?: { readonly passed: string; readonly failed: string };
  readonly hash?: string;
  readonly events?: number;
  /** Columns of the terminal; a pipe has no limit. */
  readonly width?: number;
  /** USD per GPU-hour, where the scenario does not say: the user's own. */
  readonly gpuPrices?: SaidPrices;
}

/** What a finished run prints. */
export function runText(state: FleetState, options: TextOptions = {}): string {
  const summary = summarize(state, state.at, options);
  return [
    ...verdictLines(summary, options),
    ...totalLines(summary, options),
    ...storyLines(state, options),
    ...endLines(summary, options),
  ].join("\n") + "\n";
}

/** One instant of a run: what is in force and in the servers now, then the totals up to it. */
export function instantText(state: FleetState, atUs: number, options: TextOptions = {}): string {
  const summary = summarize(state, atUs, options);
  const of = formatInstant(summary.durationSeconds * 1e6);
  return [
    `${summary.scenario} at ${formatInstant(atUs)} of ${of}, seed ${summary.seed}`,
    "",
    ...rolloutLines(state),
    ...faultLines(state),
    ...podLines(state, atUs, options),
    ...(summary.expectations.length > 0 ? verdictLines(summary, options) : []),
    ...totalLines(summary, options),
    ...storyLines(state, options),
  ].join("\n").trimEnd() + "\n";
}

/** The lines that say which expectations held. */
export function verdictLines(
  { expectations }: Summary,
  { marks, width = Infinity }: TextOptions,
): string[] {
  if (expectations.length === 0) return ["  no expectations", ""];
  const { passed, failed } = marks ?? { passed: "✓", failed: "✗" };
  const rows = expectations.map((verdict) => {
    const at = formatInstant(verdict.atSeconds * 1e6);
    const mark = verdict.passed ? passed : failed;
    const found = verdict.passed ? verdict.got : `expected ${verdict.expected}, got ${verdict.got}`;
    return [`  ${mark} ${verdict.about}`, `${found} (at ${at})`];
  });
  const lines = table(rows);
  // Nothing of a verdict is left out: where it does not fit, what was found goes below.
  if (lines.some((line) => line.length > width)) {
    return [...rows.flatMap(([about, found]) => [about!, `      ${found}`]), ""];
  }
  return [...lines, ""];
}

const PERCENTILE_HEADS = ["mean", "p50", "p90", "p95", "p99"];

function totalLines(summary: Summary, options: TextOptions): string[] {
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
    ...(Object.keys(service.revisions).length > 1 ? revisionLines(service, options) : []),
    "",
  ]);
}

/** `calibrated (E2E ±4.1%, TTFT ±9.8%, TPOT ±3.2%)`. */
function calibrationText({ calibration, calibrationError: error }: ServiceSummary): string {
  const ppm = Object.entries({ ttftPpm: error?.ttft, tpotPpm: error?.tpot, e2ePpm: error?.e2e })
    .flatMap(([name, off]) => typeof off === "number" ? [[name, off * PPM] as const] : []);
  const text = calibrationErrorText(Object.fromEntries(ppm));
  return text === "" ? calibration : `${calibration} (${text})`;
}

function requestLines(service: MetricsSummary): string[] {
  const { retried } = service.requests;
  const { promptTokensPerSecond: prompt, outputTokensPerSecond: output } = service;
  const tokens = `${formatRate(prompt ?? undefined)} prompt, ${
    formatRate(output ?? undefined)
  } output per second`;
  return [
    `    requests   ${countsText(service.requests)}`,
    ...(retried === 0 ? [] : [`    retries    ${retriesText(service.requests)}`]),
    ...(service.mirrored ? [`    mirrored   ${countsText(service.mirrored.requests)}`] : []),
    `    errors     ${percent(service.errorRate)}`,
    `    goodput    ${percent(service.goodput)}`,
    `    tokens     ${tokens}`,
    `    kv cache   ${percent(service.kvCacheUsage)} while serving, ${
      formatCount(service.preemptions)
    } preemptions`,
    // Most engines of recorded runs looked nothing up: only what was measured has a line.
    ...(service.prefixHitRate === null
      ? []
      : [`    prefixes   ${percent(service.prefixHitRate)} of prompt tokens found in the cache`]),
    ...costLines(service),
  ];
}

function countsText(
  { arrived, completed, failed, rejected, inFlight }: MirroredSummary["requests"],
): string {
  return `${formatCount(arrived)} arrived = ${formatCount(completed)} completed + ` +
    `${formatCount(failed)} failed + ${formatCount(rejected)} rejected + ${
      formatCount(inFlight)
    } in flight`;
}

function retriesText({ retried, retriedByGateway }: MetricsSummary["requests"]): string {
  const by = retriedByGateway === 0
    ? ""
    : `, ${formatCount(retriedByGateway)} of them by the gateway`;
  return `${formatCount(retried)} of these were tried again${by}`;
}

function latencyLines(service: MetricsSummary, { width }: TextOptions): string[] {
  const rows = (["ttft", "itl", "tpot", "e2e", "queue"] as const).map((name) => {
    const found = service[`${name}Ms`];
    return [
      name,
      ...PERCENTILE_HEADS.map((head) => found ? formatUs(found[head]! * 1000) : UNKNOWN),
    ];
  });
  const right = [1, 2, 3, 4, 5];
  return table([["", ...PERCENTILE_HEADS], ...rows], {
    indent: "    ",
    right,
    width,
    drop: [3, 1, 5],
  });
}

function revisionLines(service: ServiceSummary, { width }: TextOptions): string[] {
  const rows = Object.entries(service.revisions).map(([name, revision]) => [
    name,
    String(revision.weight),
    String(revision.replicas),
    formatCount(revision.requests.arrived),
    percent(revision.errorRate),
    revision.ttftMs ? formatUs(revision.ttftMs["p95"]! * 1000) : UNKNOWN,
    revision.itlMs ? formatUs(revision.itlMs["p95"]! * 1000) : UNKNOWN,
  ]);
  const heads = ["revision", "weight", "replicas", "arrived", "errors", "ttft p95", "itl p95"];
  return [
    "",
    ...table([heads, ...rows], {
      indent: "    ",
      right: [1, 2, 3, 4, 5, 6],
      width,
      drop: [2, 6, 3, 5],
    }),
  ];
}

/** A fault is no Kubernetes Event, but the cause of many. */
function faultStory(id: string, { beganAt, endedAt, message, targets }: FaultState) {
  const about = [message, ...targets].join(", ");
  const begin = { at: beganAt, reason: "FaultBegan", object: id, message: about };
  if (endedAt === undefined) return [begin];
  return [begin, { at: endedAt, reason: "FaultEnded", object: id, message: targets.join(", ") }];
}

/** Sources whose Normal events are part of the story; Warnings are, whoever says them. */
const TOLD = new Set([
  "llmisvc-controller",
  "node-controller",
  "node-remediation",
  "rollouts-controller",
]);
/** Objects that come and go with a service: it is the service that the story is about. */
const CHILDREN = new Set(["Created", "Updated", "Deleted"]);
const MAX_STORY = 16;

function storyLines({ events, faults }: FleetState, { width }: TextOptions): string[] {
  const told = [
    ...Object.entries(faults).flatMap(([id, fault]) => faultStory(id, fault)),
    ...events.filter(({ type, source, reason }) =>
      type === "Warning" || TOLD.has(source) && !CHILDREN.has(reason)
    ),
  ].sort((a, b) => a.at - b.at);
  if (told.length === 0) return [];
  const left = told.length - MAX_STORY;
  const rows = told.slice(-MAX_STORY).map(({ at, reason, object, message }) => [
    formatInstant(at),
    reason,
    object.slice(object.lastIndexOf("/") + 1),
    message,
  ]);
  const earlier = left > 0 ? [`    (${left} earlier ones are in the log)`] : [];
  return ["  events", ...earlier, ...table(rows, { indent: "    ", width, drop: [2] }), ""];
}

function endLines(summary: Summary, { hash, events }: TextOptions): string[] {
  const failed = summary.expectations.filter(({ passed }) => !passed).length;
  const verdict = summary.expectations.length === 0
    ? "nothing was expected"
    : failed === 0
    ? `${summary.expectations.length} of ${summary.expectations.length} expectations held`
    : `${failed} of ${summary.expectations.length} expectations failed`;
  const log = hash === undefined ? "" : `, ${formatCount(events)} events, log ${hash.slice(0, 12)}`;
  return [`${summary.scenario}, seed ${summary.seed}: ${verdict}${log}`];
}

function rolloutLines({ rollouts, services }: FleetState): string[] {
  return Object.entries(rollouts).flatMap(([id, rollout]) => {
    const step = rollout.step < 0 ? "" : ` ${rollout.step}/${rollout.steps}`;
    const weights = Object.entries(services[rollout.service]?.weights ?? {})
      .map(([revision, weight]) => `${revision} ${weight}`).join(", ");
    const why = rollout.message === "" ? "" : `: ${rollout.message}`;
    return [
      `  ${id} of ${rollout.service}, ${rollout.phase}, step${step} (${rollout.about})${why}`,
      `    weights    ${weights}`,
      "",
    ];
  });
}

function faultLines({ faults }: FleetState): string[] {
  const lines = Object.entries(faults).map(([id, fault]) => {
    const until = fault.endedAt === undefined ? "" : `, ended ${formatInstant(fault.endedAt)}`;
    const targets = fault.targets.length === 0 ? "" : `: ${fault.targets.join(", ")}`;
    return `  ${id} since ${formatInstant(fault.beganAt)}${until}, ${fault.message}${targets}`;
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

function podLines(
  { objects, services }: FleetState,
  atUs: number,
  { width }: TextOptions,
): string[] {
  const pods = Object.values(objects).filter(({ kind, metadata }) =>
    kind === "Pod" && metadata.labels?.["kserve.io/component"] === "workload"
  );
  if (pods.length === 0) return [];
  const serving = lastColumns(services, atUs);
  const rows = pods.map((pod) => {
    const now = serving.get(pod.metadata.name);
    return [
      pod.metadata.name,
      podReady(pod),
      podState(pod),
      String(pod.spec?.["nodeName"] ?? UNKNOWN),
      now ? String(now.running) : UNKNOWN,
      now ? String(now.waiting) : UNKNOWN,
      now ? formatPpm(now.kvPpm) : UNKNOWN,
    ];
  });
  const heads = ["pod", "ready", "status", "node", "running", "waiting", "kv"];
  return [
    ...table([heads, ...rows], { indent: "  ", right: [4, 5, 6], width, drop: [3, 5, 4] }),
    "",
  ];
}

interface PodNow {
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

/** Gauges of the last full second; a pod without a window then was idle or is gone. */
function lastColumns(services: FleetState["services"], atUs: number): Map<string, PodNow> {
  const found = new Map<string, PodNow>();
  for (const { revisions } of Object.values(services)) {
    for (const { recent } of Object.values(revisions)) {
      const window = recent.at(-1);
      if (!window || window.at <= atUs - 2_000_000) continue;
      for (const [index, name] of window.pods.name.entries()) {
        const { running, waiting, kvPpm } = window.pods;
        found.set(name, {
          running: running[index]!,
          waiting: waiting[index]!,
          kvPpm: kvPpm[index]!,
        });
      }
    }
  }
  return found;
}

/** As kubectl's STATUS column. */
function podState({ metadata, spec, status }: KubeObject): string {
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (spec?.["nodeName"] === undefined) return "Pending";
  return containerOf(status)?.state.waiting?.reason ?? "Running";
}

function podReady({ status }: KubeObject): string {
  return containerOf(status)?.ready ? "1/1" : "0/1";
}

function containerOf(status: KubeObject["status"]) {
  const { containerStatuses } = (status ?? {}) as {
    containerStatuses?: { ready: boolean; state: { waiting?: { reason: string } } }[];
  };
  return containerStatuses?.[0];
}

function percent(share: number | null): string {
  return formatPpm(share === null ? undefined : share * 1e6);
}
