// Draws by weight: shares within binomial bands, the search against a plain one.
import assert from "node:assert/strict";
import { WeightedDraw } from "../../../src/fleet/route_draw.ts";
import { type Stream, Streams } from "../../../src/sim/streams.ts";
import fc from "../../fast_check.ts";

function stream(name: string): Stream {
  return new Streams(11).stream(name);
}

/** A source that gives one number, and nothing else. */
function ticket(number: number): Stream {
  return { integer: () => number } as unknown as Stream;
}

Deno.test("WeightedDraw.pick() finds whose share a ticket is in, as a plain search does", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
    (weights) => {
      const owners = weights.flatMap((weight, index) =>
        Array.from({ length: weight }, () => index)
      );
      const draw = new WeightedDraw(weights.map((_, index) => index), (index) => weights[index]!);
      for (const [number, owner] of owners.entries()) {
        assert.equal(draw.pick(ticket(number)), owner);
      }
    },
  ));
});

Deno.test("WeightedDraw.pick() draws nothing where nothing is to be decided", () => {
  const never = { integer: () => assert.fail("it drew") } as unknown as Stream;
  assert.equal(new WeightedDraw(["a", "b"], (name) => name === "a" ? 7 : 0).pick(never), "a");
  assert.equal(new WeightedDraw(["a"], () => 0).pick(never), undefined);
  assert.equal(new WeightedDraw<string>([], () => 1).pick(never), undefined);
});

/** Upper 0.1 % points of χ² by degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4). */
const CHI_SQUARE = { 1: 10.828, 2: 13.816, 4: 18.467, 9: 27.877 } as const;

const CASES: readonly (readonly number[])[] = [
  [9, 1],
  [7, 3],
  [1, 1, 1],
  [1_000_000, 500_000, 250_000, 125_000, 125_000],
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
];

for (const weights of CASES) {
  Deno.test(`WeightedDraw.pick() keeps to its shares when the weights are ${weights}`, () => {
    const draw = new WeightedDraw(weights.map((_, index) => index), (index) => weights[index]!);
    const source = stream(weights.join());
    const counts = weights.map(() => 0);
    const draws = 100_000;
    for (let each = 0; each < draws; each++) counts[draw.pick(source)!]!++;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const chiSquare = weights.reduce((sum, weight, index) => {
      const expected = draws * weight / total;
      return sum + (counts[index]! - expected) ** 2 / expected;
    }, 0);
    const bound = CHI_SQUARE[weights.length - 1 as keyof typeof CHI_SQUARE];
    assert.ok(chiSquare < bound, `χ² ${chiSquare} of ${counts}`);
  });
}
