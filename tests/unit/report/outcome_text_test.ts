// Several scenarios: a line each, what failed below, and how they all went.
import assert from "node:assert/strict";
import { againText } from "../../../src/report/outcome.ts";
import { closingText, outcomeText } from "../../../src/report/outcome_text.ts";
import { expectation, failed, outcome, run } from "./outcomes.ts";

const fileWidth = 14;

Deno.test("outcomeText() is a line where all held", () => {
  assert.equal(
    outcomeText(outcome(), { fileWidth }),
    "✓ ci/small.ts      1 of 1 expectations held, seed 7, log 000000000000\n",
  );
  assert.match(
    outcomeText(outcome({ runs: [run(7, [])] }), { fileWidth }),
    / nothing was expected, /,
  );
});

Deno.test("outcomeText() says below what failed, and how to see it again", () => {
  assert.equal(
    outcomeText(outcome({ runs: [run(7, [expectation(), failed()])] }), { fileWidth }),
    `✗ ci/small.ts      1 of 2 expectations failed, seed 7, log 000000000000
    ✗ goodput above 95%: expected above 95%, got 94.5% (at 12m30s)
    once more: mtop run ci/small.ts --seed 7
`,
  );
});

Deno.test("outcomeText() of many seeds has a line for each that failed", () => {
  const runs = [run(1, [expectation()]), run(2, [failed()]), run(3, [failed({ margin: 0.4 })])];
  const text = outcomeText(outcome({ runs, overSeeds: true }), { fileWidth });
  assert.match(text, /^✗ ci\/small.ts {6}1 of 3 seeds passed: 33.33%, /);
  assert.match(text, /\n {4}✗ seed 2, .*\n {4}✗ seed 3, .*\n {4}once more: .* --seed 3\n$/);
});

Deno.test("closingText() counts each kind of outcome once", () => {
  const troubled = (kind: "invalid" | "threw") =>
    outcome({ runs: [], trouble: { kind, message: "" } });
  const all = [
    outcome(),
    outcome({ runs: [run(1, [failed()])] }),
    troubled("invalid"),
    troubled("invalid"),
    troubled("threw"),
  ];
  assert.equal(
    closingText(all, 3),
    "8 scenarios: 1 passed, 1 failed, 2 invalid, 1 threw, 3 not run\n",
  );
  assert.equal(closingText([outcome()], 0), "1 scenario: 1 passed\n");
});

Deno.test("againText() says what the command line alone does not do again", () => {
  const base = { file: "x.ts", name: "x", runs: [], overSeeds: false, again: "mtop run x.ts" };
  assert.equal(againText(base, 7), "mtop run x.ts --seed 7");
  assert.equal(
    againText({ ...base, byHand: "promote chat at 6m12s, begin loss at 7m00s" }, 7),
    "mtop run x.ts --seed 7 --top, and by hand: promote chat at 6m12s, begin loss at 7m00s",
  );
});
