// GitHub's annotations and the summary of its job: at the right line, and with nothing that ends them early.
import assert from "node:assert/strict";
import { annotationLines } from "../../../src/report/annotations.ts";
import { stepSummary } from "../../../src/report/annotations_summary.ts";
import { expectation, failed, outcome, run } from "./outcomes.ts";

/** `expect` stands in line 40. */
const find = (field: string) => ({
  file: "ci/small.ts",
  line: field.startsWith("expect") ? 40 : 1,
});

Deno.test("annotationLines() says what was expected and found at the line of it", () => {
  const runs = [run(7, [expectation(), failed({ about: "a, b: 50% of c" })])];
  assert.deepEqual(annotationLines(outcome({ runs }), find), [
    "::error file=ci/small.ts,line=40,title=small%3A a%2C b%3A 50%25 of c" +
    "::expected above 95%25, got 94.5%25 at 12m30s%0Aonce more: mtop run ci/small.ts --seed 7\n",
  ]);
});

Deno.test("annotationLines() is one for all seeds, of the one that missed by the most", () => {
  const runs = [
    run(1, [failed({ margin: 0.1 })]),
    run(2, [failed({ margin: 0.3, got: "93%" })]),
    run(3, [failed({ margin: 0.2 })]),
    run(4, [expectation()]),
  ];
  const [line, ...others] = annotationLines(outcome({ runs, overSeeds: true }), find);
  assert.deepEqual(others, []);
  assert.match(line!, /failed under 3 of 4 seeds: expected above 95%25, got 93%25 .* --seed 2\n$/);
});

Deno.test("annotationLines() is one a problem, and where a scenario threw", () => {
  const problems = [{ path: "expect[0].after", message: "one\r\ntwo" }, { path: "", message: "x" }];
  const invalid = outcome({ runs: [], trouble: { kind: "invalid", message: "invalid", problems } });
  assert.deepEqual(annotationLines(invalid, find), [
    "::error file=ci/small.ts,line=40,title=small%3A expect[0].after::one%0D%0Atwo\n",
    "::error file=ci/small.ts,line=1,title=small::x\n",
  ]);
  const threw = (message: string) =>
    annotationLines(outcome({ runs: [], trouble: { kind: "threw", message } }), find)[0];
  assert.match(threw("it threw Error: no (small.ts:12:5)")!, /file=ci\/small.ts,line=12,/);
  assert.match(threw("it threw Error: no (other.ts:12:5)")!, /file=ci\/small.ts,line=1,/);
});

Deno.test("annotationLines() is none where all is well", () => {
  assert.deepEqual(annotationLines(outcome(), find), []);
});

Deno.test("stepSummary() is a table of scenarios and one of what failed", () => {
  const summary = stepSummary([
    outcome(),
    outcome({ name: "other", runs: [run(7, [failed({ about: "a|b <c>", got: "x\ny" })])] }),
    outcome({
      name: "seeds",
      overSeeds: true,
      runs: [run(1, [expectation()]), run(2, [failed()])],
    }),
    outcome({ name: "bad", runs: [], trouble: { kind: "threw", message: "it threw [x](y)" } }),
  ]);
  assert.equal(
    summary,
    `### mtop: 1 of 4 scenarios passed

|  | Scenario | Result | Seed | Log |
| --- | --- | --- | --- | --- |
| ✅ | \`small\` (\`ci/small.ts\`) | 1 of 1 expectations held | 7 | \`000000000000\` |
| ❌ | \`other\` (\`ci/small.ts\`) | 1 of 1 expectations failed | 7 | \`000000000000\` |
| ❌ | \`seeds\` (\`ci/small.ts\`) | 1 of 2 seeds passed: 50%, with 95% confidence 9.45% to 90.55% | 1 to 2 |  |
| ❌ | \`bad\` (\`ci/small.ts\`) | it threw \\[x\\](y) |  |  |

| Failed | Expected | Got | At | Once more |
| --- | --- | --- | --- | --- |
| a\\|b \\<c\\> | above 95% | x y | 12m30s | \`mtop run ci/small.ts --seed 7\` |
| goodput above 95% | above 95% | 94.5% | 12m30s | \`mtop run ci/small.ts --seed 2\` |
`,
  );
});

Deno.test("stepSummary() counts failures that are too many to list", () => {
  const runs = Array.from({ length: 250 }, (_, index) => run(index + 1, [failed()]));
  const summary = stepSummary([outcome({ overSeeds: true, runs })]);
  assert.match(summary, /\nand 50 more\n$/);
});
