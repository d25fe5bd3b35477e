// A run, or an instant of one, summed up as data: what `-o json` prints and the text is written from.

import type { SaidPrices } from "../fleet/gpu_prices.ts";
import { meanKvPpm } from "../fleet/metric_read.ts";
import type { FleetState, RevisionState, ServiceState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import {
  addTotals,
  emptyTotals,
  errorRatePpm,
  goodputPpm,
  inFlight,
  prefixHitPpm,
} from "../metrics/totals.ts";
import { costOf, type CostSummary } from "./cost.ts";
import { type LatencySummary, latencySummary, type Milliseconds } from "./latency_summary.ts";
import { loadSummaries, type LoadSummary } from "./load_summary.ts";
import { type RequestsSummary, requestsSummary } from "./requests_summary.ts";
import { type RolloutSummary, rolloutSummary } from "./rollout_summary.ts";
import { type SloSummary, sloSummary } from "./slo_summary.ts";

/** One service, or one of its revisions; null is unknown. Latencies in ms, shares from 0 to 1. */
export interface MetricsSummary extends CostSummary, LatencySummary {
  readonly requests: RequestsSummary & {
    /** Of the retried: those that the gateway tried again. */
    readonly retriedByGateway: number;
  };
  /** Copies that a gateway sent and whose answers nobody read: in no other figure; null when none. */
  readonly mirrored: MirroredSummary | null;
  readonly errorRate: number | null;
  readonly goodput: number | null;
  readonly promptTokensPerSecond: number | null;
  readonly outputTokensPerSecond: number | null;
  /** Mean over the pods and seconds in which there were requests, after the warm-up. */
  readonly kvCacheUsage: number | null;
  readonly preemptions: number;
  /** Tokens found in the prefix cache, of those looked up there; null when none was. */
  readonly prefixHitRate: number | null;
}

export interface MirroredSummary {
  readonly requests: Omit<RequestsSummary, "late" | "retried">;
  readonly ttftMs: Milliseconds | null;
  readonly itlMs: Milliseconds | null;
  readonly e2eMs: Milliseconds | null;
}

/** Shares from 0 on: 0.041 is 4.1 % off. */
export interface CalibrationErrorSummary {
  readonly ttft: number | null;
  readonly tpot: number | null;
  readonly e2e: number | null;
  /** Runs that they are medians over. */
  readonly runs: number;
}

export interface ServiceSummary extends MetricsSummary {
  /** Its error budget; null where none was said. */
  readonly slo: SloSummary | null;
  /** What each of several loads sent, or one of which something is expected; else none. */
  readonly loads: Readonly<Record<string, LoadSummary>>;
  readonly calibration: string;
  /** Median errors on measured runs that the figures were not fitted to; null where none is known. */
  readonly calibrationError: CalibrationErrorSummary | null;
  readonly revisions: Readonly<Record<string, RevisionSummary>>;
}

export interface RevisionSummary extends MetricsSummary {
  readonly weight: number;
  readonly replicas: number;
}

export interface ExpectationSummary {
  readonly id: string;
  readonly about: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly got: string;
  readonly atSeconds: number;
  /** Distance from the threshold as a share of it; null where there is no threshold. */
  readonly margin: number | null;
}

export interface Summary {
  readonly scenario: string;
  readonly seed: number;
  readonly virtualSeconds: number;
  readonly durationSeconds: number;
  readonly warmupSeconds: number;
  /** Whether the run came to its end. */
  readonly ended: boolean;
  readonly services: Readonly<Record<string, ServiceSummary>>;
  /** By their ids. */
  readonly rollouts: Readonly<Record<string, RolloutSummary>>;
  readonly expectations: readonly ExpectationSummary[];
  /** Fault → what did not happen while it was in force; absent: each that began had an effect. */
  readonly idleFaults?: Readonly<Record<string, string>>;
}

export interface SummaryOptions {
  /** The user's own: the scenario's go before. */
  readonly gpuPrices?: SaidPrices;
}

/** Sums up a state: metrics are of the requests that arrived after the warm-up, costs of that time. */
export function summarize(
  state: FleetState,
  atUs = state.at,
  { gpuPrices }: SummaryOptions = {},
): Summary {
  const { run } = state;
  const seconds = Math.max(0, atUs - (run?.warmupUs ?? 0)) / 1e6;
  return {
    scenario: run?.scenario ?? "",
    seed: run?.seed ?? 0,
    virtualSeconds: atUs / 1e6,
    durationSeconds: (run?.durationUs ?? 0) / 1e6,
    warmupSeconds: (run?.warmupUs ?? 0) / 1e6,
    ended: state.ended !== undefined,
    services: Object.fromEntries(
      Object.entries(state.services).map(([name, service]) => [
        name,
        ofService(name, service, { state, atUs, seconds, gpuPrices }),
      ]),
    ),
    rollouts: Object.fromEntries(
      Object.entries(state.rollouts).map(([id, rollout]) => [id, rolloutSummary(rollout)]),
    ),
    expectations: state.verdicts.map((verdict) => ({
      id: verdict.id,
      about: verdict.about,
      passed: verdict.passed,
      expected: verdict.expected,
      got: verdict.got,
      atSeconds: verdict.whenUs / 1e6,
      margin: verdict.marginPpm === undefined ? null : verdict.marginPpm / PPM,
    })),
    ...(state.ended?.idleFaults ? { idleFaults: state.ended.idleFaults } : {}),
  };
}

/** What is summed up, and over which time. */
interface Span {
  readonly state: FleetState;
  readonly atUs: number;
  /** After the warm-up. */
  readonly seconds: number;
  readonly gpuPrices: SaidPrices | undefined;
}

function ofService(name: string, service: ServiceState, span: Span): ServiceSummary {
  const revisions = Object.values(service.revisions);
  return {
    ...ofRevisions(revisions, service.hasSlo, span),
    slo: sloSummary(name, service, span.state, span.atUs),
    loads: loadSummaries(name, service, span.state, span.atUs),
    calibration: service.calibration,
    calibrationError: errorSummary(service.calibrationError),
    revisions: Object.fromEntries(
      Object.entries(service.revisions).map(([name, revision]) => [name, {
        ...ofRevisions([revision], service.hasSlo, span),
        weight: service.weights[name] ?? 0,
        replicas: revision.replicas,
      }]),
    ),
  };
}

function errorSummary(error: ServiceState["calibrationError"]): CalibrationErrorSummary | null {
  if (!error) return null;
  const { ttftPpm, tpotPpm, e2ePpm, runs } = error;
  return { ttft: share(ttftPpm), tpot: share(tpotPpm), e2e: share(e2ePpm), runs };
}

function ofRevisions(
  revisions: readonly RevisionState[],
  hasSlo: boolean,
  { state, atUs, seconds, gpuPrices }: Span,
): MetricsSummary {
  const totals = emptyTotals();
  for (const revision of revisions) addTotals(totals, revision.measured);
  const { outputTokens } = totals;
  const goodput = hasSlo ? goodputPpm(totals.requests) : undefined;
  const rate = (count: number) => seconds > 0 ? round(count / seconds) : null;
  return {
    requests: {
      ...requestsSummary(totals.requests, hasSlo),
      retriedByGateway: totals.requests.retriedByGateway ?? 0,
    },
    mirrored: mirroredOf(revisions),
    errorRate: share(errorRatePpm(totals.requests)),
    goodput: share(goodput),
    ...latencySummary(totals.latencyUs),
    promptTokensPerSecond: rate(totals.promptTokens),
    outputTokensPerSecond: rate(outputTokens),
    kvCacheUsage: share(meanKvPpm(revisions)),
    preemptions: revisions.reduce((sum, { preemptions }) => sum + preemptions, 0),
    prefixHitRate: share(prefixHitPpm(totals)),
    ...costOf(
      state,
      revisions,
      { outputTokens, goodTokens: hasSlo ? totals.goodTokens : undefined },
      atUs,
      gpuPrices,
    ),
  };
}

function mirroredOf(revisions: readonly RevisionState[]): MirroredSummary | null {
  const copies = revisions.flatMap(({ mirrored }) => mirrored ? [mirrored] : []);
  if (copies.length === 0) return null;
  const totals = emptyTotals();
  for (const each of copies) addTotals(totals, each);
  const { arrived, completed, failed, rejected } = totals.requests;
  const { ttftMs, itlMs, e2eMs } = latencySummary(totals.latencyUs);
  return {
    requests: { arrived, completed, failed, rejected, inFlight: inFlight(totals.requests) },
    ...{ ttftMs, itlMs, e2eMs },
  };
}

function share(ppm: number | undefined): number | null {
  return ppm === undefined ? null : Math.round(ppm) / PPM;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
