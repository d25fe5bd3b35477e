import assert from "node:assert/strict";
import {
  type Behavior,
  DEFAULT_BEHAVIOR,
  limit,
  memoryUs,
  ScalingHistory,
  type ScalingPolicy,
  type ScalingRules,
  stabilize,
} from "../../../../src/fleet/autoscale/hpa_behavior.ts";
import fc from "../../../fast_check.ts";

const SECOND = 1_000_000;

function behavior(
  change: { up?: Partial<ScalingRules>; down?: Partial<ScalingRules> },
): Behavior {
  return {
    scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, ...change.up },
    scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, ...change.down },
  };
}

const pods = (value: number, periodSeconds: number): ScalingPolicy => ({
  type: "Pods",
  value,
  periodSeconds,
});
const percent = (value: number, periodSeconds: number): ScalingPolicy => ({
  type: "Percent",
  value,
  periodSeconds,
});

/** Asks once a minute and applies what is allowed, from `current` on, until it is there. */
function steps(rules: Behavior, current: number, desired: number): number[] {
  const history = new ScalingHistory();
  const seen = [current];
  for (let minute = 0; seen.at(-1) !== desired && seen.length < 100; minute++) {
    const now = seen.at(-1)!;
    const atUs = minute * 60 * SECOND;
    const bounds = { current: now, desired, min: 0, max: 1000 };
    const { replicas } = limit(rules, history, bounds, atUs);
    history.scaled(now, replicas, atUs);
    seen.push(replicas);
  }
  return seen;
}

// "Scaling policies" in Kubernetes' documentation of horizontal pod autoscaling: "the second policy will be
// used when the number of pods is more than 40. For instance if there are 80 replicas and the target has
// to be scaled down to 10 replicas then during the first step 8 replicas will be reduced. In the next
// iteration when the number of replicas is 72, 10% of the pods is 7.2 but the number is rounded up to 8.
// [...] When the number of replicas falls below 40 the first policy will be applied and 4 replicas will be
// reduced at a time."
Deno.test("limit() takes 10 % of many and 4 of few a minute, as the documented example does", () => {
  const down = behavior({ down: { policies: [pods(4, 60), percent(10, 60)] } });
  const seen = steps(down, 80, 10);
  assert.deepEqual(seen.slice(0, 3), [80, 72, 64]);
  const few = seen.slice(seen.findIndex((replicas) => replicas <= 40), -1);
  assert.ok(few.length > 3 && few.every((now, i) => i === 0 || few[i - 1]! - now === 4));
});

Deno.test("limit() allows the smallest change when selectPolicy is Min, none when it is Disabled", () => {
  const policies = [pods(5, 60), percent(10, 60)];
  const bounds = { current: 80, desired: 10, min: 1, max: 100 };
  const by = (selectPolicy: ScalingRules["selectPolicy"]) =>
    limit(behavior({ down: { policies, selectPolicy } }), new ScalingHistory(), bounds, 0).replicas;
  assert.deepEqual([by("Min"), by("Max"), by("Disabled")], [75, 72, 80]);
});

Deno.test("limit() doubles or adds 4, whichever is more, when a behaviour says nothing else", () => {
  const to = (current: number) => {
    const bounds = { current, desired: 100, min: 1, max: 100 };
    return limit(DEFAULT_BEHAVIOR, new ScalingHistory(), bounds, 0).replicas;
  };
  assert.deepEqual([1, 3, 4, 5, 20].map(to), [5, 7, 8, 10, 40]);
});

Deno.test("limit() doubles, but to 4 always, when there is no behaviour", () => {
  const to = (current: number) =>
    limit(undefined, new ScalingHistory(), { current, desired: 100, min: 1, max: 100 }, 0).replicas;
  assert.deepEqual([1, 2, 3, 10].map(to), [4, 4, 6, 20]);
});

Deno.test("limit() counts what was added within the period, and no longer after it", () => {
  const rules = behavior({ up: { policies: [pods(4, 60)] } });
  const history = new ScalingHistory();
  const at = (seconds: number, current: number) => {
    const bounds = { current, desired: 50, min: 1, max: 100 };
    const { replicas } = limit(rules, history, bounds, seconds * SECOND);
    if (replicas !== current) history.scaled(current, replicas, seconds * SECOND);
    return replicas;
  };
  assert.deepEqual([at(0, 10), at(15, 14), at(59, 14), at(60, 14)], [14, 14, 14, 18]);
});

Deno.test("limit() names what held it back", () => {
  const why = (current: number, desired: number) =>
    limit(DEFAULT_BEHAVIOR, new ScalingHistory(), { current, desired, min: 2, max: 8 }, 0).reason;
  assert.deepEqual([why(2, 20), why(5, 20), why(5, 1), why(5, 6)], [
    "ScaleUpLimit",
    "TooManyReplicas",
    "TooFewReplicas",
    "DesiredWithinRange",
  ]);
});

Deno.test("stabilize() goes down to the highest recommendation of the last 300 s", () => {
  const history = new ScalingHistory();
  const at = (seconds: number, desired: number) =>
    stabilize(undefined, history, { current: 10, desired }, seconds * SECOND).replicas;
  assert.equal(at(0, 10), 10);
  assert.equal(at(60, 8), 10);
  assert.equal(at(120, 3), 10);
  assert.equal(at(300, 3), 10);
  // The 10 is over 300 s old; the 8 is the highest that is not.
  assert.equal(at(301, 3), 8);
  assert.equal(at(361, 3), 3);
});

Deno.test("stabilize() goes up to the lowest recommendation of the window, when there is one", () => {
  const rules = behavior({ up: { stabilizationWindowSeconds: 60 } });
  const history = new ScalingHistory();
  const at = (seconds: number, desired: number) =>
    stabilize(rules, history, { current: 2, desired }, seconds * SECOND);
  assert.equal(at(0, 2).replicas, 2);
  const held = at(15, 9);
  assert.deepEqual([held.replicas, held.reason], [2, "ScaleUpStabilized"]);
  assert.equal(at(60, 6).replicas, 6);
});

Deno.test("stabilize() goes up at once when nothing else is said", () => {
  const history = new ScalingHistory();
  stabilize(DEFAULT_BEHAVIOR, history, { current: 2, desired: 2 }, 0);
  const up = stabilize(DEFAULT_BEHAVIOR, history, { current: 2, desired: 9 }, 15 * SECOND);
  assert.deepEqual([up.replicas, up.reason], [9, "ReadyForNewScale"]);
});

Deno.test("memoryUs() is the longest of windows and periods", () => {
  assert.equal(memoryUs(), 300 * SECOND);
  const rules = behavior({ up: { policies: [pods(1, 1800)] } });
  assert.equal(memoryUs(rules), 1800 * SECOND);
});

const rules = fc.record({
  stabilizationWindowSeconds: fc.integer({ min: 0, max: 600 }),
  selectPolicy: fc.constantFrom("Max" as const, "Min" as const, "Disabled" as const),
  policies: fc.array(
    fc.record({
      type: fc.constantFrom("Pods" as const, "Percent" as const),
      value: fc.integer({ min: 1, max: 200 }),
      periodSeconds: fc.integer({ min: 1, max: 1800 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  tolerance: fc.constant(0.1),
});
const anyBehavior = fc.option(fc.record({ scaleUp: rules, scaleDown: rules }), { nil: undefined });

/** Follows recommendations every 15 s; the replicas after each. */
function follow(
  rules: Behavior | undefined,
  { min, max }: { min: number; max: number },
  start: number,
  wanted: readonly number[],
): number[] {
  const history = new ScalingHistory();
  let current = start;
  return wanted.map((desired, index) => {
    const nowUs = index * 15 * SECOND;
    history.forget(nowUs - memoryUs(rules));
    const { replicas } = stabilize(rules, history, { current, desired }, nowUs);
    const limited = limit(rules, history, { current, desired: replicas, min, max }, nowUs);
    if (limited.replicas !== current) history.scaled(current, limited.replicas, nowUs);
    return current = limited.replicas;
  });
}

Deno.test("an HPA never leaves its bounds whatever it is told", () => {
  const wanted = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(anyBehavior, fc.nat(20), fc.nat(80), wanted, (rules, min, span, told) => {
    const bounds = { min, max: min + span };
    const seen = follow(rules, bounds, min, told);
    assert.ok(seen.every((replicas) => replicas >= bounds.min && replicas <= bounds.max));
  }));
});

Deno.test("an HPA does not go below what was recommended within the window", () => {
  const wanted = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 60 });
  fc.assert(fc.property(anyBehavior, wanted, (rules, told) => {
    const seen = follow(rules, { min: 1, max: 30 }, told[0]!, told);
    const seconds = rules?.scaleDown.stabilizationWindowSeconds ?? 300;
    for (let i = 1; i < seen.length; i++) {
      if (seen[i]! >= seen[i - 1]!) continue;
      const recent = told.filter((_, at) => at === i || (at < i && (i - at) * 15 < seconds));
      assert.ok(seen[i]! >= Math.max(...recent), `look ${i} of ${told} gave ${seen}`);
    }
  }));
});

Deno.test("an HPA comes to a constant recommendation when changes are not disabled", () => {
  const enabled = rules.map((each) => ({ ...each, selectPolicy: "Max" as const }));
  const behaviors = fc.option(fc.record({ scaleUp: enabled, scaleDown: enabled }), {
    nil: undefined,
  });
  fc.assert(
    fc.property(behaviors, fc.integer({ min: 1, max: 20 }), fc.nat(30), (of, start, goal) => {
      // A policy of one pod in 30 minutes takes 20 of them.
      const seen = follow(of, { min: 1, max: 20 }, start, Array(20 * 125).fill(goal));
      assert.equal(seen.at(-1), Math.min(20, Math.max(1, goal)));
    }),
    { numRuns: 20 },
  );
});
