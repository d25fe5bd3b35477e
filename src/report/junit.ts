// Outcomes as JUnit's XML, in the dialect that the schemas of Jenkins (xunit plugin, junit-10.xsd) and GitLab read.

import { formatInstant } from "../view/format.ts";
import { type XmlElement, xmlText } from "./junit_xml.ts";
import { againText, failedOf, type RunOutcome, type ScenarioOutcome } from "./outcome.ts";
import { problemsText } from "./problems_text.ts";
import type { ExpectationSummary } from "./summary.ts";

/**
 * A document: a testsuite a run (so one a scenario, and one a seed where there are many), a testcase an
 * expectation. What could not be run is an error. Both tools tell cases apart by `classname` and `name`,
 * which are the same from build to build.
 */
export function junitXml(outcomes: readonly ScenarioOutcome[]): string {
  const suites = outcomes.flatMap(suitesOf);
  return xmlText({
    name: "testsuites",
    attributes: { name: "mtop", ...sumsOf(suites) },
    children: suites.map(({ element }) => element),
  });
}

interface Suite {
  readonly element: XmlElement;
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly wallMs: number;
}

function sumsOf(suites: readonly Suite[]) {
  const sum = (of: (suite: Suite) => number) => suites.reduce((total, each) => total + of(each), 0);
  return {
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    errors: sum(({ errors }) => errors),
    time: seconds(sum(({ wallMs }) => wallMs)),
  };
}

/** The schema takes digits and a point: no exponent. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function suitesOf(outcome: ScenarioOutcome): Suite[] {
  const runs = outcome.runs.map((run) => suiteOfRun(outcome, run));
  return outcome.trouble ? [...runs, suiteOfTrouble(outcome)] : runs;
}

function suiteOfRun(outcome: ScenarioOutcome, run: RunOutcome): Suite {
  const { summary: { expectations }, seed, hash, events, virtualUs, wallMs } = run;
  const { name, overSeeds } = outcome;
  // Jenkins takes what stands before the last point for a package, and lists classes below it.
  const classname = overSeeds ? `mtop.${name}.seed ${seed}` : `mtop.${name}`;
  const cases = expectations.length === 0
    // Jenkins refuses a suite without a case; and it did come to its end.
    ? [testcase(classname, "runs to its end")]
    : expectations.map((each) =>
      testcase(classname, each.about, each.passed ? [] : [failure(outcome, run, each)])
    );
  return suite(outcome, overSeeds ? `${name}, seed ${seed}` : name, {
    facts: { seed, virtualTime: formatInstant(virtualUs), events, log: hash },
    cases,
    failures: failedOf(run).length,
    errors: 0,
    wallMs,
  });
}

function failure(
  outcome: ScenarioOutcome,
  { seed }: RunOutcome,
  { expected, got, atSeconds }: ExpectationSummary,
): XmlElement {
  const lines = [
    `expected: ${expected}`,
    `got: ${got}`,
    `at: ${formatInstant(atSeconds * 1e6)} virtual time`,
    `once more: ${againText(outcome, seed)}`,
  ];
  const message = `expected ${expected}, got ${got}`;
  const attributes = { type: "ExpectationFailed", message };
  return { name: "failure", attributes, children: [lines.join("\n")] };
}

const TROUBLES = {
  invalid: ["InvalidScenario", "is a valid scenario"],
  threw: ["ScenarioThrew", "does not throw"],
  interrupted: ["Interrupted", "runs to its end"],
  failed: ["Failed", "can be run"],
} as const;

function suiteOfTrouble(outcome: ScenarioOutcome): Suite {
  const { name, file } = outcome;
  const { kind, message, problems = [] } = outcome.trouble!;
  const [type, expected] = TROUBLES[kind];
  const text = problems.length > 0 ? problemsText(file, problems) : message;
  const error = { name: "error", attributes: { type, message }, children: [text] };
  return suite(outcome, name, {
    facts: {},
    cases: [testcase(`mtop.${name}`, expected, [error])],
    failures: 0,
    errors: 1,
    wallMs: 0,
  });
}

function testcase(classname: string, name: string, children: XmlElement[] = []): XmlElement {
  return { name: "testcase", attributes: { name, classname }, children };
}

interface SuiteParts {
  readonly facts: Readonly<Record<string, string | number>>;
  readonly cases: readonly XmlElement[];
  readonly failures: number;
  readonly errors: number;
  readonly wallMs: number;
}

function suite({ file }: ScenarioOutcome, name: string, parts: SuiteParts): Suite {
  const { facts, cases, failures, errors, wallMs } = parts;
  const counts = { tests: cases.length, failures, errors };
  const properties = Object.entries(facts).map(([name, value]): XmlElement => ({
    name: "property",
    attributes: { name, value },
  }));
  return {
    ...counts,
    wallMs,
    element: {
      name: "testsuite",
      attributes: { name, ...counts, skipped: 0, time: seconds(wallMs), file },
      children: [
        ...(properties.length > 0 ? [{ name: "properties", children: properties }] : []),
        ...cases,
      ],
    },
  };
}
