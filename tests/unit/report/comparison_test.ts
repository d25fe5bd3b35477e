import assert from "node:assert/strict";
import { compareSummaries } from "../../../src/report/comparison.ts";
import { comparisonText } from "../../../src/report/comparison_text.ts";
import { summarize, type Summary } from "../../../src/report/summary.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

const EXPECT = [
  { kind: "metric", metric: "ttft", statistic: "p95", comparison: "below", threshold: "1s" },
  { kind: "metric", metric: "rps", comparison: "below", threshold: 3 },
];

function summaries(rps: number): Summary[] {
  const scenario = smallScenario({ duration: "2m", expect: EXPECT });
  const data = { ...scenario, load: [{ ...scenario.load[0], rps }] };
  return [1, 2, 3, 4].map((seed) => summarize(run(data, { seed }).state));
}

const [SLOW, FAST] = [summaries(2), summaries(6)];
const pairs = (a: readonly Summary[], b: readonly Summary[]) =>
  a.map((each, index) => ({ a: each, b: b[index]! }));

Deno.test("compareSummaries() tells which figures are better, worse, different or not sure", () => {
  const { services, seeds, passed } = compareSummaries(pairs(SLOW, FAST));
  const chat = services["chat"]!;
  assert.equal(seeds, 4);
  assert.deepEqual(passed, { a: 4, b: 0 });
  assert.equal(chat["outputTokensPerSecond"]!.verdict, "better");
  assert.equal(chat["itlMs.mean"]!.verdict, "worse");
  assert.equal(chat["requests.arrived"]!.verdict, "different");
  const { a, b, difference, interval } = chat["requests.arrived"]!;
  assert.ok(Math.abs(b - a - difference) < 1e-9);
  // Twice 120 s of 2 and of 6 rps.
  assert.ok(interval!.low < 480 && interval!.high > 480);
  assert.equal(chat["goodput"], undefined, "there is no objective");
});

Deno.test("compareSummaries() of the same runs is the same in every figure", () => {
  const { services, expectations } = compareSummaries(pairs(SLOW, SLOW));
  const verdicts = Object.values(services["chat"]!).map(({ verdict }) => verdict);
  assert.deepEqual([...new Set(verdicts)], ["same"]);
  assert.equal(expectations!.verdict, "same");
});

Deno.test("comparisonText() leaves out the interval before the verdict where the terminal is narrow", () => {
  const compared = compareSummaries(pairs(SLOW, FAST));
  const at = (width: number) => comparisonText(compared, { a: "", b: "" }, { width });
  assert.match(at(80), /itl mean .*s \(\+\S+%\) {3}worse\n/);
  assert.match(at(45), /itl mean +worse\n/);
});

Deno.test("comparisonText() shows figures that are not 0, and what it is sure of", () => {
  const text = comparisonText(compareSummaries(pairs(SLOW, FAST)), { a: "a.ts", b: "b.ts" }, {});
  assert.match(text, /^a {2}a\.ts\nb {2}b\.ts\n {3}seeds 1 to 4, the same for both/);
  assert.match(text, /\n {2}chat, calibrated\n/);
  assert.match(text, /itl mean .* worse\n/);
  assert.match(text, /all held in 4 of 4 runs of a, in 0 of b/);
  assert.ok(!text.includes("rejected"));
  const none = { ...compareSummaries(pairs(SLOW, SLOW)).expectations!, a: 0, b: 0, difference: 0 };
  const failed = { ...compareSummaries(pairs(SLOW, SLOW)), expectations: none };
  assert.match(
    comparisonText(failed, { a: "", b: "" }, {}),
    /\n {2}expectations\n {4}all held in/,
    "no head above nothing",
  );
  const one = comparisonText(compareSummaries(pairs(SLOW, FAST).slice(0, 1)), { a: "", b: "" }, {});
  assert.match(one, /one pair tells nothing of chance: add --seeds 20\n$/);
});
