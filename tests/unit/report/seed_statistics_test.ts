// Many seeds as figures: the interval of the pass rate, quantiles that runs had, the seed to look at.
import assert from "node:assert/strict";
import { quantiles, seedStatistics, wilson } from "../../../src/report/seed_statistics.ts";
import { seedLine, seedsText } from "../../../src/report/seed_text.ts";
import fc from "../../fast_check.ts";
import { expectation, failed, outcome, run } from "./outcomes.ts";

Deno.test("wilson() gives the published intervals", () => {
  // Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29.
  const published: readonly [number, number, number, number][] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ];
  for (const [passed, of, low, high] of published) {
    const rate = wilson(passed, of);
    assert.equal(rate.low.toFixed(4), low.toFixed(4));
    assert.equal(rate.high.toFixed(4), high.toFixed(4));
  }
});

Deno.test("wilson() is within 0 and 1, around the rate, and mirrored when passed and failed change places", () => {
  const counts = fc.nat({ max: 500 }).chain((of) =>
    fc.tuple(fc.nat({ max: of + 1 }).map((passed) => Math.min(passed, of + 1)), fc.constant(of + 1))
  );
  fc.assert(fc.property(counts, ([passed, of]) => {
    const { low, rate, high } = wilson(passed, of);
    assert.ok(0 <= low && low <= rate && rate <= high && high <= 1);
    const mirrored = wilson(of - passed, of);
    assert.ok(Math.abs(mirrored.low - (1 - high)) < 2e-6);
  }));
});

Deno.test("quantiles() are figures that some run had, and at least so many percent have no more", () => {
  fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
    const found = quantiles(values.toSorted((a, b) => a - b))!;
    for (const [name, value] of Object.entries(found)) {
      assert.ok(values.includes(value));
      const below = (limit: (other: number) => boolean) =>
        values.filter(limit).length / values.length;
      const percent = Number(name.slice(1)) / 100;
      assert.ok(below((other) => other <= value) >= percent);
      assert.ok(below((other) => other < value) < percent);
    }
  }));
  assert.equal(quantiles([]), null);
});

const service = (ms: number, costUsd: number | null) => ({
  chat: { ttftMs: { mean: 1, p95: ms }, itlMs: null, e2eMs: null, goodput: 0.99, costUsd },
});

Deno.test("seedStatistics() counts, and finds the seed that missed by the most", () => {
  const statistics = seedStatistics([
    run(1, [expectation({ margin: 0.5, got: "97%" })], service(300, 1)),
    run(2, [failed({ margin: 0.2, got: "94%" })], service(100, 2)),
    run(3, [failed({ margin: 0.1, got: "94.5%" })], service(200, null)),
  ]);
  assert.equal(statistics.passed, 1);
  assert.deepEqual(statistics.worst, { seed: 2, id: "expect[0]", margin: -0.2 });
  const [only] = statistics.expectations;
  assert.deepEqual(only, {
    ...{ id: "expect[0]", about: "goodput above 95%", held: 1, of: 3 },
    margin: { p5: -0.2, p50: -0.1, p95: 0.5 },
    got: { p5: "94%", p50: "94.5%", p95: "97%" },
  });
  const { ttftP95Ms, itlP95Ms, costUsd } = statistics.services["chat"]!;
  assert.deepEqual(ttftP95Ms, { p5: 100, p50: 200, p95: 300 });
  // Known of no run, and not known of one: neither says anything of all.
  assert.equal(itlP95Ms, null);
  assert.equal(costUsd, null);
});

Deno.test("seedStatistics() takes what failed without a threshold for worse than any miss", () => {
  const none = failed({ margin: null, got: "no samples" });
  const statistics = seedStatistics([run(1, [failed({ margin: 5 })]), run(2, [none])]);
  assert.deepEqual(statistics.worst, { seed: 2, id: "expect[0]", margin: null });
  assert.equal(statistics.expectations[0]!.margin, null);
  assert.equal(statistics.expectations[0]!.got!.p5, "no samples");
});

Deno.test("seedsText() has the pass rate first and the line of the worst seed last", () => {
  const runs = [
    run(1, [expectation({ margin: 0.5, got: "97%" })], service(300, 1)),
    run(2, [failed({ margin: 0.2, got: "94%" })], service(100, 2)),
  ];
  assert.equal(
    seedsText(outcome({ runs, overSeeds: true })),
    `1 of 2 seeds passed: 50%, with 95% confidence 9.45% to 90.55%

  chat over seeds        p5     p50     p95
    ttft p95          100ms   100ms   300ms
    itl p95               -       -       -
    e2e p95               -       -       -
    goodput             99%     99%     99%
    errors                -       -       -
    output tokens/s       -       -       -
    GPU-hours             -       -       -
    cost              $1.00   $1.00   $2.00

  expectations, from the tight end   held     p5                   p50                  p95
    goodput above 95%                1 of 2   94%, missed by 20%   94%, missed by 20%   97%, 50% away

once more: mtop run ci/small.ts --seed 2
`,
  );
});

Deno.test("seedsText() names the nearest seed when all passed, and has no quantiles of one", () => {
  const runs = [run(3, [expectation({ margin: 0.25 })])];
  assert.equal(
    seedsText(outcome({ runs, overSeeds: true })),
    "1 of 1 seeds passed: 100%, with 95% confidence 20.65% to 100%\n" +
      "nearest to a threshold: mtop run ci/small.ts --seed 3\n",
  );
});

Deno.test("seedLine() says what is nearest to its threshold, and what failed", () => {
  const far = expectation({ margin: 0.9, about: "far" });
  assert.equal(
    seedLine(run(3, [far, expectation({ margin: 0.285 })])),
    "  ✓ seed 3, nearest threshold 29% away (goodput above 95%), log 000000000000\n",
  );
  assert.equal(
    seedLine(run(3, [failed({ margin: null, got: "no samples" })])),
    "  ✗ seed 3, failed: goodput above 95%, got no samples, log 000000000000\n",
  );
  assert.equal(
    seedLine(run(3, [failed({ margin: 0.2, got: "94%" }), far])),
    "  ✗ seed 3, nearest threshold 90% away (far), failed: goodput above 95%, got 94%, " +
      "missed by 20%, log 000000000000\n",
  );
});
