// An analysis run in Argo's sense: checks measured at an interval until one of them ends the run.

import { z } from "zod";
import type { AnalysisPhase } from "../fleet/events.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { holds, type MetricCheck, metricCheckSchema, readMetric } from "../fleet/metric_check.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { type Process, type ProcessHandle, Signal, sleep, spawn } from "../sim/process.ts";

/** Argo's AnalysisTemplate; each check is one of its metrics, under the same limits. */
export const analysisSchema = z.strictObject({
  kind: z.literal("analysis"),
  name: z.string().min(1),
  /** Time between two measurements of a check. */
  every: durationSchema.refine((us) => us > 0, "an analysis cannot measure every 0s"),
  initialDelay: durationSchema.optional(),
  /** Measurements a check takes; without it, it goes on until the rollout ends it. */
  count: z.int().min(1).optional(),
  /** A check fails when more than so many of its measurements failed. */
  failureLimit: z.int().min(0).default(0),
  /** The run ends in Error when more than so many in a row had no sample. */
  consecutiveErrorLimit: z.int().min(0).default(4),
  checks: z.array(metricCheckSchema).min(1),
});

export type Analysis = z.output<typeof analysisSchema>;

/** Argo retries a measurement that had no value after 10 s. */
const ERROR_RETRY_US = 10_000_000;
/** How far back a check looks when it does not say: a Prometheus rate over one minute. */
const DEFAULT_RANGE_US = 60_000_000;

/** How far back the checks of an analysis look at the most, in µs. */
export function longestRangeUs(analysis: Analysis): number {
  return Math.max(...analysis.checks.map((check) => check.over ?? DEFAULT_RANGE_US));
}

/** One run of an analysis. It is over when a check failed or erred, or all checks took their count. */
export class AnalysisRun {
  readonly id: string;
  phase: AnalysisPhase = "Running";
  message = "";
  /** Fires once, when the run is over. */
  readonly over = new Signal<void>();
  readonly #analysis: Analysis;
  readonly #service: string;
  readonly #fleet: Fleet;
  readonly #checks: ProcessHandle[];
  #successful = 0;

  constructor(id: string, analysis: Analysis, service: string, fleet: Fleet) {
    this.id = id;
    this.#analysis = analysis;
    this.#service = service;
    this.#fleet = fleet;
    this.#tell();
    this.#checks = analysis.checks.map((check) => spawn(fleet.clock, this.#measure(check)));
  }

  /** The rollout ended first: an unfinished run counts as Successful. */
  stop(): void {
    this.#end("Successful", "");
  }

  *#measure(check: MetricCheck): Process {
    const { every, initialDelay, count, failureLimit, consecutiveErrorLimit } = this.#analysis;
    const name = checkName(check);
    let failed = 0;
    let errors = 0;
    yield* sleep(initialDelay ?? 0);
    let taken = 0;
    while (true) {
      const phase = this.#measureOnce(check, name);
      errors = phase === "Error" ? errors + 1 : 0;
      if (errors > consecutiveErrorLimit) {
        const why =
          `consecutiveErrors (${errors}) > consecutiveErrorLimit (${consecutiveErrorLimit})`;
        return this.#end("Error", `metric "${name}" assessed Error due to ${why}`);
      }
      if (phase !== "Error") taken++;
      if (phase === "Failed") failed++;
      if (failed > failureLimit) {
        const why = `failed (${failed}) > failureLimit (${failureLimit})`;
        return this.#end("Failed", `metric "${name}" assessed Failed due to ${why}`);
      }
      if (taken === count) break;
      yield* sleep(phase === "Error" ? ERROR_RETRY_US : every);
    }
    if (++this.#successful === this.#analysis.checks.length) this.#end("Successful", "");
  }

  #measureOnce(check: MetricCheck, name: string): AnalysisPhase {
    const { clock, journal } = this.#fleet;
    const value = readMetric(journal.state, check.metric, check.statistic, {
      service: check.service ?? this.#service,
      revision: check.of,
      nowUs: clock.nowUs,
      overUs: check.over ?? DEFAULT_RANGE_US,
    });
    const phase = value === undefined ? "Error" : holds(check, value) ? "Successful" : "Failed";
    const measured = value === undefined ? {} : { value };
    journal.tell({ kind: "measurement", analysis: this.id, check: name, ...measured, phase });
    return phase;
  }

  #end(phase: AnalysisPhase, message: string): void {
    if (this.phase !== "Running") return;
    this.phase = phase;
    this.message = message;
    this.#tell();
    for (const check of this.#checks) check.interrupt("the analysis is over");
    this.over.fire();
  }

  #tell(): void {
    const { id: analysis, phase, message } = this;
    this.#fleet.journal.tell({ kind: "phase", analysis, phase, message });
  }
}

/** `ttft p95 below 1500ms of canary over 5m`. */
export function checkName(check: MetricCheck): string {
  const { metric, statistic, comparison, threshold, of, over } = check;
  const words = [
    ...[metric, statistic, comparison, threshold],
    of === undefined ? undefined : `of ${of}`,
    over === undefined ? undefined : `over ${formatDuration(over)}`,
  ];
  return words.filter((word) => word !== undefined).join(" ");
}
