// An analysis run in Argo's sense: checks measured at an interval until one of them ends the run.

import { z } from "zod";
import type { AnalysisPhase } from "../fleet/events.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { type Process, type ProcessHandle, Signal, sleep, spawn } from "../sim/process.ts";
import {
  type AnalysisCheck,
  analysisCheckName,
  analysisCheckSchema,
  assess,
  type Assessment,
  type CheckLimits,
  countMeasurement,
  limitFields,
  measureCheck,
  noCounts,
} from "./analysis_check.ts";

/** Argo's AnalysisTemplate; each check is one of its metrics, under the same limits where it has none. */
export const analysisSchema = z.strictObject({
  kind: z.literal("analysis"),
  name: z.string().min(1),
  /** Time between two measurements of a check. */
  every: durationSchema.refine((us) => us > 0, "an analysis cannot measure every 0s"),
  ...limitFields,
  checks: z.array(analysisCheckSchema).min(1),
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

const LIMITS = ["every", ...Object.keys(limitFields)] as readonly (keyof CheckLimits)[];

/** What holds for a check: what it says itself, else what its analysis says. */
export function limitsOf(
  { name: _, kind: __, checks: ___, ...common }: Analysis,
  check: AnalysisCheck,
): CheckLimits & { readonly every: number } {
  const own = LIMITS.filter((key) => check[key] !== undefined).map((key) => [key, check[key]]);
  return { ...common, ...Object.fromEntries(own) };
}

/** Every check takes a count of measurements, so that the analysis ends of itself. */
export function endsOfItself(analysis: Analysis): boolean {
  return analysis.checks.every((check) => {
    const { count, dryRun } = limitsOf(analysis, check);
    return count !== undefined || dryRun === true;
  });
}

/**
 * One run of an analysis. It is over when a check failed, erred or was inconclusive too often, or when all
 * checks ended well: `phase` and `message` say how, `over` fires then. Checks on a dry run are told and
 * change nothing; a run of nothing else is Successful when they have their counts.
 */
export class AnalysisRun {
  readonly id: string;
  phase: AnalysisPhase = "Running";
  message = "";
  /** Fires once, when the run is over. */
  readonly over = new Signal<void>();
  readonly #service: string;
  readonly #fleet: Fleet;
  readonly #checks: ProcessHandle[];
  /** Checks that have to end before the run does. */
  #open: number;

  constructor(id: string, analysis: Analysis, service: string, fleet: Fleet) {
    this.id = id;
    this.#service = service;
    this.#fleet = fleet;
    this.#tell();
    const judged = analysis.checks.filter((check) => !limitsOf(analysis, check).dryRun);
    const counted = judged.length > 0 ? judged : analysis.checks;
    this.#open = counted.length;
    this.#checks = analysis.checks.map((check) =>
      spawn(
        fleet.clock,
        this.#measure(check, limitsOf(analysis, check), counted.includes(check)),
      )
    );
  }

  /** The rollout ended first, or a person did: a run whose limits held so far counts as Successful. */
  stop(): void {
    this.#end("Successful", "");
  }

  *#measure(
    check: AnalysisCheck,
    limits: CheckLimits & { readonly every: number },
    counted: boolean,
  ): Process {
    const name = analysisCheckName(check);
    const counts = noCounts();
    yield* sleep(limits.initialDelay ?? 0);
    let assessment: Assessment | undefined;
    while (true) {
      const phase = this.#measureOnce(check, name, limits);
      countMeasurement(counts, phase);
      assessment = assess(counts, limits);
      if (assessment) break;
      yield* sleep(phase === "Error" ? ERROR_RETRY_US : limits.every);
    }
    const { phase, why } = assessment;
    if (phase !== "Successful" && !limits.dryRun) {
      return this.#end(phase, `metric "${name}" assessed ${phase} due to ${why}`);
    }
    if (counted && --this.#open === 0) this.#end("Successful", "");
  }

  #measureOnce(check: AnalysisCheck, name: string, limits: CheckLimits): AnalysisPhase {
    const { clock, journal } = this.#fleet;
    const { phase, value } = measureCheck(check, journal.state, {
      service: this.#service,
      nowUs: clock.nowUs,
      overUs: DEFAULT_RANGE_US,
    });
    const { dryRun, measurementRetention: keep } = limits;
    journal.tell({
      kind: "measurement",
      analysis: this.id,
      check: name,
      ...(value === undefined ? {} : { value }),
      phase,
      ...(dryRun ? { dryRun } : {}),
      ...(keep === undefined ? {} : { keep }),
    });
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
