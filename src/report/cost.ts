// What GPUs cost and draw, out of the state of a run: simulated hours at entered prices, assumed watts.

import { joulesOf } from "../fleet/gpu_power.ts";
import { type FoundPrice, priceOf, type SaidPrices } from "../fleet/gpu_prices.ts";
import { type GpuTime, gpuTimeOf } from "../fleet/gpu_time.ts";
import type { FleetState, RevisionState } from "../fleet/state.ts";
import { findGpu } from "../serving/gpus.ts";

/** After the warm-up; null is unknown. */
export interface CostSummary {
  /** GPUs times hours, from a pod's scheduling to its deletion, whether or not it serves. */
  readonly gpuHours: number | null;
  /** At the scenario's prices, else the settings', else those with a source. */
  readonly costUsd: number | null;
  /** Of each kind of GPU that was held; one that is null leaves the cost unknown. */
  readonly gpuPrices: Readonly<Record<string, FoundPrice | null>>;
  readonly costPerMillionOutputTokensUsd: number | null;
  /** Output tokens of requests that met every SLO; null where there is no SLO. */
  readonly costPerMillionGoodTokensUsd: number | null;
  /** Of the GPU-hours those without a step in progress: starting, waiting for requests, ending. */
  readonly idleShare: number | null;
  /** By the GPUs' power limits and assumed shares of them, see `fleet/gpu_power.ts`. */
  readonly energyKwh: number | null;
  /** Of one GPU. */
  readonly meanWatts: number | null;
  readonly joulesPerOutputToken: number | null;
}

/** What the tokens were that the GPUs brought. */
export interface BoughtTokens {
  readonly outputTokens: number;
  /** Undefined where the service has no SLO. */
  readonly goodTokens: number | undefined;
}

const UNKNOWN: CostSummary = {
  gpuHours: null,
  costUsd: null,
  gpuPrices: {},
  costPerMillionOutputTokensUsd: null,
  costPerMillionGoodTokensUsd: null,
  idleShare: null,
  energyKwh: null,
  meanWatts: null,
  joulesPerOutputToken: null,
};

const US_PER_HOUR = 3_600_000_000;
const JOULES_PER_KWH = 3_600_000;

/** Of some revisions of one service; `settings` are a user's prices, which a scenario's go before. */
export function costOf(
  state: FleetState,
  revisions: readonly RevisionState[],
  tokens: BoughtTokens,
  atUs: number,
  settings?: SaidPrices,
): CostSummary {
  const members = revisions.map(({ member }) => member);
  // Logs of mtop before it told members do not say whose a pod is.
  if (members.some((member) => member === undefined)) return UNKNOWN;
  const parts = members.map((member) => gpuTimeOf(state, member!, atUs));
  const times = parts.flatMap(({ byGpu }) => Object.entries(byGpu));
  const told = parts.every(({ untold }) => untold === undefined);
  const heldUs = sum(times.map(([, time]) => time.heldUs));
  const busyUs = sum(times.map(([, time]) => time.busyUs));
  const gpuPrices = pricesOf(state, times.map(([gpu]) => gpu), settings);
  const costUsd = sum(
    times.map(([gpu, { heldUs }]) => heldUs / US_PER_HOUR * (gpuPrices[gpu]?.usdPerHour ?? NaN)),
  );
  const joules = told ? joulesIn(times) : undefined;
  const { outputTokens, goodTokens } = tokens;
  return {
    gpuHours: rounded(heldUs / US_PER_HOUR, 4),
    costUsd: rounded(costUsd, 4),
    gpuPrices,
    costPerMillionOutputTokensUsd: rounded(per(costUsd, outputTokens / 1e6), 4),
    costPerMillionGoodTokensUsd: rounded(per(costUsd, (goodTokens ?? 0) / 1e6), 4),
    // A pod may be told busy for a second that it did not hold a GPU through.
    idleShare: told ? rounded(per(Math.max(0, heldUs - busyUs), heldUs), 6) : null,
    energyKwh: rounded(per(joules, JOULES_PER_KWH), 6),
    meanWatts: rounded(per(joules, heldUs / 1e6), 1),
    joulesPerOutputToken: rounded(per(joules, outputTokens), 3),
  };
}

function pricesOf(
  { run }: FleetState,
  gpus: readonly string[],
  settings: SaidPrices | undefined,
): Record<string, FoundPrice | null> {
  const scenario = run?.gpuPrices && Object.fromEntries(
    Object.entries(run.gpuPrices).map(([gpu, milliUsd]) => [gpu, milliUsd / 1000]),
  );
  const said = [["the scenario", scenario], ["the settings", settings]] as const;
  return Object.fromEntries(
    [...new Set(gpus)].sort().map((gpu) => [gpu, priceOf(gpu, said) ?? null]),
  );
}

/** Undefined as soon as the power limit of one GPU is not known. */
function joulesIn(times: readonly (readonly [string, GpuTime])[]): number | undefined {
  let joules = 0;
  for (const [name, time] of times) {
    const gpu = findGpu(name);
    if (!gpu) return undefined;
    joules += joulesOf(gpu, time);
  }
  return joules;
}

function per(amount: number | undefined, of: number): number | undefined {
  return amount === undefined || of <= 0 ? undefined : amount / of;
}

/** NaN is what an unknown price made of a sum. */
function rounded(value: number | undefined, digits: number): number | null {
  if (value === undefined || Number.isNaN(value)) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
