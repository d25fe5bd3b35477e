// The token clock against counting step by step.
import assert from "node:assert/strict";
import { TokenClock } from "../../../src/serving/token_clock.ts";
import fc from "../../fast_check.ts";

const acceptedPpm = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000_000 }));
const steps = fc.nat(100_000);

Deno.test("TokenClock.at() gives a token a step without speculation", () => {
  const clock = new TokenClock();
  assert.deepEqual([0, 1, 2, 1e9].map((each) => clock.at(each)), [0, 1, 2, 1e9]);
});

Deno.test("TokenClock.at() spreads what is accepted evenly over the steps", () => {
  const clock = new TokenClock(1_500_000);
  assert.deepEqual([0, 1, 2, 3, 4].map((each) => clock.at(each)), [0, 2, 5, 7, 10]);
});

Deno.test("TokenClock.stepsTo() and .stepsWithin() invert .at()", () => {
  fc.assert(fc.property(acceptedPpm, steps, (accepted, tokens) => {
    const clock = new TokenClock(accepted);
    const to = clock.stepsTo(tokens);
    assert.ok(clock.at(to) >= tokens);
    if (to > 0) assert.ok(clock.at(to - 1) < tokens);
    const within = clock.stepsWithin(tokens);
    assert.ok(clock.at(within) <= tokens);
    assert.ok(clock.at(within + 1) > tokens);
  }));
});

Deno.test("TokenClock.sum() is the sum over the steps", () => {
  fc.assert(
    fc.property(acceptedPpm, steps, fc.integer({ min: 1, max: 300 }), (accepted, from, count) => {
      const clock = new TokenClock(accepted);
      let sum = 0;
      for (let step = 0; step < count; step++) sum += clock.at(from + step) - clock.at(from);
      assert.equal(clock.sum(from, count), sum);
    }),
  );
});
