// Outcomes of scenarios that nobody ran, with just what a test is about.
import type { RunOutcome, ScenarioOutcome } from "../../../src/report/outcome.ts";
import type { ExpectationSummary, Summary } from "../../../src/report/summary.ts";

export function expectation(fields: Partial<ExpectationSummary> = {}): ExpectationSummary {
  return {
    id: "expect[0]",
    about: "goodput above 95%",
    passed: true,
    expected: "above 95%",
    got: "99%",
    atSeconds: 750,
    margin: 0.8,
    ...fields,
  };
}

/** One that failed by a tenth of its threshold. */
export function failed(fields: Partial<ExpectationSummary> = {}): ExpectationSummary {
  return expectation({ passed: false, got: "94.5%", margin: 0.1, ...fields });
}

export function run(
  seed: number,
  expectations: readonly ExpectationSummary[],
  services: Readonly<Record<string, object>> = {},
): RunOutcome {
  const summary = { scenario: "small", seed, services, expectations } as unknown as Summary;
  const hash = seed.toString(16).padStart(64, "0");
  return { seed, hash, events: 10, virtualUs: 1_800_000_000, wallMs: 1234.5, summary };
}

export function outcome(fields: Partial<ScenarioOutcome> = {}): ScenarioOutcome {
  return {
    file: "ci/small.ts",
    name: "small",
    runs: [run(7, [expectation()])],
    overSeeds: false,
    again: "mtop run ci/small.ts",
    ...fields,
  };
}
