import assert from "node:assert/strict";
import {
  cheapestPair,
  costOf,
  type Pair,
  type PairAnswer,
} from "../../../src/scenario/cheapest.ts";
import fc from "../../fast_check.ts";

/** Asks about pairs, and keeps what was asked. */
function asking(
  holds: (pair: Pair) => boolean,
  lacks: (pair: Pair) => readonly [boolean, boolean] = () => [true, true],
) {
  const asked: Pair[] = [];
  const ask = (pair: Pair) => {
    asked.push(pair);
    const answer: PairAnswer = holds(pair) ? { holds: true } : { holds: false, lacks: lacks(pair) };
    return Promise.resolve(answer);
  };
  return { asked, ask };
}

const count = fc.integer({ min: 1, max: 16 });
const pair = fc.tuple(count, count);

/** Larger is no worse: it holds what is no smaller than one of the corners. */
const atLeastOneOf = (corners: readonly Pair[]) => ([a, b]: Pair) =>
  corners.some(([c, d]) => a >= c && b >= d);

Deno.test("cheapestPair() finds what trying every pair finds, wherever it begins, and asks each pair once", async () => {
  const corners = fc.array(pair, { minLength: 1, maxLength: 5 });
  const cost = fc.integer({ min: 1, max: 8 });
  await fc.assert(
    fc.asyncProperty(corners, pair, fc.tuple(cost, cost), async (from, start, costs) => {
      const holds = atLeastOneOf(from);
      const { asked, ask } = asking(holds);
      const space = { start, costs, max: [16, 16], budget: Infinity } as const;
      const found = await cheapestPair(ask, space);
      const least = Math.min(...from.map((each) => costOf(each, costs)));
      assert.ok(found && holds(found));
      assert.equal(costOf(found, costs), least);
      assert.equal(new Set(asked.map(String)).size, asked.length);
      // A frontier of many steps must be walked along; 256 pairs are there.
      assert.ok(asked.length <= 40, `${asked.length}: ${asked.join("; ")}`);
    }),
  );
});

Deno.test("cheapestPair() asks a dozen times of 4,096 pairs where one count has a need of its own", async () => {
  for (const need of [[3, 5], [1, 9], [7, 2], [12, 12]] as const) {
    const { asked, ask } = asking(
      atLeastOneOf([need]),
      ([a, b]) => [a < need[0], b < need[1]],
    );
    const space = { start: [2, 1], costs: [2, 2], max: [64, 64], budget: Infinity } as const;
    assert.deepEqual(await cheapestPair(ask, space), need);
    assert.ok(asked.length <= 14, `${need}: ${asked.length}`);
  }
});

Deno.test("cheapestPair() stays within its budget, and finds nothing only when no pair of it holds", async () => {
  const { asked, ask } = asking(() => false);
  const space = { start: [1, 1], costs: [2, 3], max: [9, 9], budget: 12 } as const;
  assert.equal(await cheapestPair(ask, space), undefined);
  assert.ok(asked.every((each) => costOf(each, space.costs) <= 12));
  const largest = [[1, 3], [3, 2], [4, 1]];
  assert.ok(largest.every((each) => asked.some((pair) => String(pair) === String(each))));
  const { ask: askOne } = asking(([a]) => a >= 4);
  assert.deepEqual(await cheapestPair(askOne, space), [4, 1]);
});
