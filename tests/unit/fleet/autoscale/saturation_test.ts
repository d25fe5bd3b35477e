import assert from "node:assert/strict";
import {
  analyze,
  decide,
  enforce,
  type ReplicaPeak,
  type VariantState,
} from "../../../../src/fleet/autoscale/saturation.ts";
import fc from "../../../fast_check.ts";

const peak = (kvUsage: number, waiting = 0): ReplicaPeak => ({ kvUsage, waiting });

/** Replicas that are all there and ready, one for each peak. */
function variant(
  name: string,
  cost: number,
  peaks: readonly ReplicaPeak[],
  change: Partial<VariantState> = {},
): VariantState {
  const current = peaks.length;
  return {
    ...{ name, cost, peaks, current, pending: 0, desired: current },
    ...{ minReplicas: 1, maxReplicas: 10 },
    ...change,
  };
}

function targets(variants: readonly VariantState[]): Record<string, number> {
  return Object.fromEntries(decide(variants).map(({ name, target }) => [name, target]));
}

// By hand, with kvCacheThreshold 0.80, queueLengthThreshold 5, kvSpareTrigger 0.10, queueSpareTrigger 3.
const ANALYSED: readonly [string, ReplicaPeak[], string | undefined, boolean][] = [
  ["idle replicas", [peak(0), peak(0)], undefined, true],
  ["one idle replica: nobody could take its load", [peak(0)], undefined, false],
  // 0.80 − 0.65 = 0.15 to spare; of one fewer 0.80 − 1.3.
  ["half-full replicas", [peak(0.65), peak(0.65)], undefined, false],
  // 0.80 − 0.35 = 0.45; of one fewer 0.80 − 0.70 = 0.10, which is enough.
  ["replicas that one of them could do", [peak(0.35), peak(0.35)], undefined, true],
  // The mean is 0.725: 0.075 to spare.
  ["full KV caches", [peak(0.75), peak(0.7)], "KV spare capacity low (0.075 < 0.100)", false],
  // 5 − 2.5 = 2.5.
  ["queues", [peak(0.1, 3), peak(0.1, 2)], "queue spare capacity low (2.5 < 3.0)", false],
  [
    "both",
    [peak(0.79, 4)],
    "both KV spare (0.010 < 0.100) and queue spare (1.0 < 3.0)",
    false,
  ],
  // Saturated ones do not count: the one that is left has 0.70 to spare.
  ["a saturated replica beside an idle one", [peak(0.8), peak(0.1)], undefined, false],
  ["a queue of 5 beside an idle one", [peak(0.1, 5), peak(0.1)], undefined, false],
  [
    "saturated replicas alone",
    [peak(0.9), peak(0.95, 12)],
    "both KV spare (0.000 < 0.100) and queue spare (0.0 < 3.0)",
    false,
  ],
  ["no replica", [], undefined, false],
];

for (const [about, peaks, scaleUp, scaleDownSafe] of ANALYSED) {
  Deno.test(`analyze() ${about}`, () => {
    const analysis = analyze(peaks);
    assert.deepEqual([analysis.scaleUp, analysis.scaleDownSafe], [scaleUp, scaleDownSafe]);
  });
}

const FULL = [peak(0.78), peak(0.78)];
const IDLE = [peak(0.05), peak(0.05)];

Deno.test("decide() gives one more to the cheapest variant, the first by name where they cost the same", () => {
  assert.deepEqual(targets([variant("l4", 5, FULL), variant("a100", 20, FULL)]), {
    l4: 3,
    a100: 2,
  });
  assert.deepEqual(targets([variant("b", 5, FULL), variant("a", 5, FULL)]), { b: 2, a: 3 });
});

Deno.test("decide() takes one from the most expensive variant, the last by name where they cost the same", () => {
  assert.deepEqual(targets([variant("l4", 5, IDLE), variant("a100", 20, IDLE)]), {
    l4: 2,
    a100: 1,
  });
  assert.deepEqual(targets([variant("b", 5, IDLE), variant("a", 5, IDLE)]), { b: 1, a: 2 });
});

Deno.test("decide() leaves the last replica of a variant, and takes one of a cheaper one", () => {
  assert.deepEqual(targets([variant("l4", 5, IDLE), variant("a100", 20, [peak(0)])]), {
    l4: 1,
    a100: 1,
  });
});

Deno.test("decide() holds everything while a variant has not got what was wanted", () => {
  const moving = variant("l4", 5, FULL, { desired: 3 });
  assert.deepEqual(targets([moving, variant("a100", 20, FULL)]), { l4: 3, a100: 2 });
});

Deno.test("decide() holds everything while a replica has no metrics, as one that waits for a GPU", () => {
  const waiting = variant("l4", 5, FULL, { current: 3, desired: 3, pending: 1 });
  const decisions = decide([waiting, variant("a100", 20, FULL)]);
  assert.deepEqual(decisions.map(({ target }) => target), [3, 2]);
  assert.equal(decisions[0]!.reason, "model in transition: l4: metrics(2)!=current(3)");
});

Deno.test("decide() holds what was wanted of a model without metrics, else what there is", () => {
  const nothing = (desired: number) => variant("l4", 5, [], { current: 2, desired });
  assert.deepEqual(targets([nothing(4)]), { l4: 4 });
  assert.deepEqual(targets([nothing(0)]), { l4: 2 });
});

Deno.test("decide() stays within each variant's bounds", () => {
  assert.deepEqual(targets([variant("l4", 5, FULL, { maxReplicas: 2 })]), { l4: 2 });
  assert.deepEqual(targets([variant("l4", 5, IDLE, { minReplicas: 2 })]), { l4: 2 });
});

Deno.test("decide() changes one variant by one replica, or nothing", () => {
  const peaks = fc.array(
    fc.record({ kvUsage: fc.double({ min: 0, max: 1, noNaN: true }), waiting: fc.nat(12) }),
    { minLength: 1, maxLength: 6 },
  );
  const variants = fc.array(fc.tuple(fc.nat(3), peaks), { minLength: 1, maxLength: 4 }).map((all) =>
    all.map(([cost, each], index) => variant(`v${index}`, cost, each))
  );
  fc.assert(fc.property(variants, (all) => {
    const changes = decide(all).map(({ target }, index) => target - all[index]!.current)
      .filter((change) => change !== 0);
    assert.ok(changes.length <= 1 && changes.every((change) => Math.abs(change) === 1));
  }));
});

Deno.test("enforce() takes all of an idle model to zero where it may", () => {
  const states = [variant("l4", 5, IDLE), variant("a100", 20, IDLE)];
  const decisions = decide(states);
  const of = (idle: boolean, may: boolean) =>
    enforce(decisions, states, idle, may).map(({ target }) => target);
  assert.deepEqual([of(true, true), of(false, true), of(true, false)], [[0, 0], [2, 1], [2, 1]]);
});

Deno.test("enforce() keeps one replica of the cheapest variant where nothing else is left", () => {
  const states = [
    variant("a100", 20, [], { current: 0, desired: 0 }),
    variant("l4", 5, [], { current: 0, desired: 0 }),
  ];
  const kept = enforce(decide(states), states, false, false);
  assert.deepEqual(kept.map(({ target }) => target), [0, 1]);
});
