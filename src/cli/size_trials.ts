// Sizes of one shape of a service, each simulated once under all seeds: what held, and what it cost.

import { isStarved, type Trial } from "../report/sizing.ts";
import { limitOutcomes } from "../report/slo_limits.ts";
import type { Summary } from "../report/summary.ts";
import type { Plan } from "../scenario/plan.ts";
import { type Replicas, rpsOf, withRate, withReplicas } from "../scenario/sizing.ts";
import type { SeedPool } from "./seed_pool.ts";
import type { SizeProgress } from "./size_progress.ts";

/** What is sized, and how it is judged. */
export interface Sized {
  /** A scenario with objectives for the service. */
  readonly data: unknown;
  readonly planned: Plan;
  readonly service: string;
  /** Of the shape, for whoever waits: `tp 4, H100-SXM`; empty where there is one only. */
  readonly label: string;
  /** Of a trial: what its `value` is. */
  readonly of: "replicas" | "rps";
  readonly seeds: number;
  /** Largest share of errors that holds. */
  readonly maxErrors: number;
}

/** One size: how many replicas, and what is sent to them where that is not the scenario's own rate. */
export interface Size extends Replicas {
  readonly rps?: number;
}

export class SizeTrials {
  readonly #sized: Sized;
  readonly #pool: SeedPool;
  readonly #progress: SizeProgress;
  readonly #tried = new Map<string, Promise<Trial>>();
  readonly #calibrations = new Set<string>();
  /** What the scenario itself sends; undefined where that is no one number. */
  readonly #rps: number | undefined;

  constructor(sized: Sized, pool: SeedPool, progress: SizeProgress) {
    this.#sized = sized;
    this.#pool = pool;
    this.#progress = progress;
    const rate = rpsOf(sized.planned, sized.service);
    this.#rps = "rps" in rate ? rate.rps : undefined;
  }

  /** In the order in which they were asked for. */
  async all(): Promise<readonly Trial[]> {
    return await Promise.all(this.#tried.values());
  }

  /** `calibrated`, or all that differs between the trials; null before there is one. */
  get calibration(): string | null {
    return this.#calibrations.size === 0 ? null : [...this.#calibrations].sort().join(", ");
  }

  /** Simulates a size that was not tried yet. */
  try(size: Size): Promise<Trial> {
    const { replicas, prefill, rps = this.#rps } = size;
    const key = JSON.stringify([replicas, prefill, rps]);
    const known = this.#tried.get(key);
    if (known) return known;
    const trial = this.#simulate(size);
    this.#tried.set(key, trial);
    return trial;
  }

  async #simulate(size: Size): Promise<Trial> {
    const { seeds, label } = this.#sized;
    const data = this.#dataOf(size);
    const done = this.#progress.begin(sizeText(size, label));
    const results = await Promise.all(
      Array.from({ length: seeds }, async (_, index) => {
        const result = await this.#pool.run({ data, seed: index + 1 });
        done();
        return result;
      }),
    );
    return this.#trialOf(size, data, results.map(({ summary }) => summary));
  }

  #dataOf({ rps, ...replicas }: Size): unknown {
    const { data, planned, service } = this.#sized;
    const sized = withReplicas(data, service, replicas);
    if (rps === undefined || rps === this.#rps) return sized;
    return withRate(sized, planned, service, rps / this.#rps!);
  }

  #trialOf(size: Size, data: unknown, summaries: readonly Summary[]): Trial {
    const { service, maxErrors, of } = this.#sized;
    const outcomes = summaries.map((summary) =>
      limitOutcomes(data, summary).filter((limit) => limit.service === service)
    );
    const limits = outcomes[0]!.map(({ label, limitMs }, index) => ({
      label,
      limitMs,
      worstMs: worstOf(outcomes.map((each) => each[index]!.gotMs)),
    }));
    const own = summaries.map(({ services }) => services[service]!);
    for (const { calibration } of own) this.#calibrations.add(calibration);
    const errorRate = worstOf(own.map(({ errorRate }) => errorRate));
    const lateShare = hasLoadObjectives(data) ? null : worstOf(own.map(lateShareOf));
    const kept = !isStarved({ limits, lateShare }) &&
      limits.every(({ worstMs, limitMs }) => worstMs !== null && worstMs <= limitMs);
    const { replicas, prefill, rps = this.#rps } = size;
    return {
      value: of === "rps" ? rps! : replicas,
      replicas,
      ...(prefill === undefined ? {} : { prefill }),
      rps: rps ?? null,
      holds: kept && errorRate !== null && errorRate <= maxErrors,
      limits,
      errorRate,
      lateShare,
      gpus: hourly(summaries, service, "gpuHours"),
      costUsdPerHour: hourly(summaries, service, "costUsd"),
      costPerMillionOutputTokensUsd: mean(
        own.map(({ costPerMillionOutputTokensUsd }) => costPerMillionOutputTokensUsd),
      ),
    };
  }
}

function sizeText({ replicas, prefill, rps }: Size, label: string): string {
  return [
    ...(label === "" ? [] : [label]),
    `replicas ${replicas}`,
    ...(prefill === undefined ? [] : [`prefill ${prefill}`]),
    ...(rps === undefined ? [] : [`${rps} rps`]),
  ].join(", ");
}

/** Of all that were answered or should have been by now. */
function lateShareOf({ requests }: Summary["services"][string]): number {
  const { completed, failed, late = 0 } = requests;
  return late === 0 ? 0 : late / (completed + failed + late);
}

/** Whether requests are late by other limits than those of their service. */
function hasLoadObjectives(data: unknown): boolean {
  const { load = [] } = data as { load?: readonly { slo?: unknown }[] };
  return load.some(({ slo }) => slo !== undefined);
}

/** The largest; null as soon as one is unknown. */
function worstOf(values: readonly (number | null)[]): number | null {
  return values.reduce(
    (worst, each) => worst === null || each === null ? null : Math.max(worst, each),
    0,
  );
}

/** A figure of the whole run for an hour of it, the mean over the seeds. */
function hourly(
  summaries: readonly Summary[],
  service: string,
  figure: "gpuHours" | "costUsd",
): number | null {
  return mean(summaries.map(({ services, virtualSeconds, warmupSeconds }) => {
    const value = services[service]![figure];
    return value === null ? null : value * 3600 / (virtualSeconds - warmupSeconds);
  }));
}

/** Null as soon as one is unknown. */
function mean(values: readonly (number | null)[]): number | null {
  const sum = values.reduce((all, each) => all === null || each === null ? null : all + each, 0);
  return sum === null ? null : sum / values.length;
}
