// A check's limits against what Argo's documentation says of them, over all of its measurements at once.
import assert from "node:assert/strict";
import type { AnalysisPhase } from "../../../src/fleet/events.ts";
import {
  assess,
  type CheckLimits,
  countMeasurement,
  noCounts,
} from "../../../src/rollout/analysis_check.ts";
import fc from "../../fast_check.ts";

const PHASES = ["Successful", "Failed", "Inconclusive", "Error"] as const;

/** How the check stands after these measurements, told from the whole list. */
function standing(phases: readonly AnalysisPhase[], limits: CheckLimits): AnalysisPhase {
  const count = (phase: AnalysisPhase) => phases.filter((each) => each === phase).length;
  const atEnd = (phase: AnalysisPhase) => {
    const other = phases.findLastIndex((each) => each !== phase);
    return phases.length - 1 - other;
  };
  const { failureLimit = 0, inconclusiveLimit = 0, consecutiveErrorLimit = 4 } = limits;
  const wanted = limits.consecutiveSuccessLimit ?? 0;
  if (failureLimit !== -1 && count("Failed") > failureLimit) return "Failed";
  if (count("Inconclusive") > inconclusiveLimit) return "Inconclusive";
  if (atEnd("Error") > consecutiveErrorLimit) return "Error";
  if (wanted > 0 && atEnd("Successful") >= wanted) return "Successful";
  if (limits.count === undefined || phases.length - count("Error") < limits.count) return "Running";
  if (wanted === 0) return "Successful";
  return failureLimit === -1 ? "Failed" : "Inconclusive";
}

const maybe = (arbitrary: fc.Arbitrary<number>) => fc.option(arbitrary, { nil: undefined });

Deno.test("assess() after each measurement says what all of them together say", () => {
  const limits = fc.record({
    failureLimit: maybe(fc.integer({ min: -1, max: 3 })),
    inconclusiveLimit: maybe(fc.nat(3)),
    consecutiveErrorLimit: maybe(fc.nat(5)),
    consecutiveSuccessLimit: maybe(fc.nat(4)),
    count: maybe(fc.integer({ min: 1, max: 12 })),
  });
  const phases = fc.array(fc.constantFrom(...PHASES), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(phases, limits, (list, limits) => {
    const counts = noCounts();
    for (const [index, phase] of list.entries()) {
      countMeasurement(counts, phase);
      const found = assess(counts, limits);
      const expected = standing(list.slice(0, index + 1), limits);
      assert.equal(found?.phase ?? "Running", expected, `${list.slice(0, index + 1)}`);
      if (found) return;
    }
  }));
});
