// The Deployment controller's arithmetic, on the cases of Kubernetes' own tests (`rolling_test.go`,
// `sync_test.go`, `deployment_util_test.go`) and on all others by property.
import assert from "node:assert/strict";
import {
  isScalingEvent,
  newSetReplicas,
  type ReplicaSetSize,
  rollingScales,
  type Scale,
  scalingScales,
} from "../../../src/fleet/deployment_rollout.ts";
import {
  type IntOrPercent,
  maxUnavailableOf,
  resolveFenceposts,
  type UpdateStrategy,
} from "../../../src/fleet/update_strategy.ts";
import fc from "../../fast_check.ts";

function rolling(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent): UpdateStrategy {
  return { kind: "RollingUpdate", maxSurge, maxUnavailable };
}

function set(number: number, replicas: number, available = replicas, desired = 10): ReplicaSetSize {
  return { number, replicas, available, desired, maxReplicas: desired };
}

const FENCEPOSTS: [IntOrPercent, IntOrPercent, number, [number, number]][] = [
  // maxSurge, maxUnavailable, replicas, resolved
  ["25%", "25%", 4, [1, 1]],
  ["25%", "25%", 1, [1, 0]],
  ["25%", "25%", 2, [1, 0]],
  ["25%", "25%", 3, [1, 0]],
  ["25%", "25%", 5, [2, 1]],
  ["25%", "25%", 10, [3, 2]],
  ["0%", "0%", 10, [0, 1]],
  [0, 0, 10, [0, 1]],
  ["39%", "0%", 10, [4, 0]],
  ["0%", "39%", 10, [0, 3]],
  [0, "9%", 10, [0, 1]],
  [2, 3, 10, [2, 3]],
];

for (const [surge, unavailable, replicas, [up, down]] of FENCEPOSTS) {
  Deno.test(`resolveFenceposts() of ${surge} and ${unavailable} of ${replicas} is ${up} and ${down}`, () => {
    const resolved = resolveFenceposts(rolling(surge, unavailable), replicas);
    assert.deepEqual(resolved, { maxSurge: up, maxUnavailable: down });
  });
}

Deno.test("maxUnavailableOf() is never more than there are replicas, and nothing for Recreate", () => {
  assert.equal(maxUnavailableOf(rolling(0, 5), 3), 3);
  assert.equal(maxUnavailableOf(rolling(0, 5), 0), 0);
  assert.equal(maxUnavailableOf({ kind: "Recreate" }, 3), 0);
});

// `TestDeploymentController_reconcileNewReplicaSet`: replicas, maxSurge, old, new, what new becomes.
const NEW: [number, number, number, number, number][] = [
  [10, 0, 10, 0, 0],
  [10, 2, 10, 0, 2],
  [10, 2, 5, 0, 7],
  [10, 2, 10, 2, 2],
];

for (const [replicas, surge, old, fresh, expected] of NEW) {
  Deno.test(`newSetReplicas() with ${old} old of ${replicas} and surge ${surge} makes ${fresh} ${expected}`, () => {
    const deployment = { replicas, strategy: rolling(surge, 0) };
    assert.equal(newSetReplicas(deployment, set(2, fresh), [set(1, old)]), expected);
  });
}

Deno.test("rollingScales() takes a new ReplicaSet down that is larger than the Deployment", () => {
  const deployment = { replicas: 10, strategy: rolling(2, 0) };
  assert.deepEqual(rollingScales(deployment, set(2, 11), [set(1, 2)]), [{
    number: 2,
    replicas: 10,
  }]);
});

// `TestDeploymentController_reconcileOldReplicaSets` with surge 0: maxUnavailable, old, ready of old,
// new, ready of new, what old becomes. (Its first case has 9, since 0 and 0 allow one.)
const OLD: [number, number, number, number, number, number][] = [
  [0, 10, 10, 0, 0, 9],
  [2, 10, 10, 0, 0, 8],
  [2, 10, 8, 0, 0, 8],
  [2, 10, 9, 0, 0, 8],
  [2, 8, 8, 2, 0, 8],
  // Beyond Kubernetes' own: what is new and ready makes room.
  [2, 8, 8, 2, 2, 6],
  [0, 9, 9, 1, 1, 8],
  // Of 10 old ones 7 do not answer: they go first, and only as many as may.
  [2, 10, 3, 0, 0, 8],
];

for (const [unavailable, old, ready, fresh, freshReady, expected] of OLD) {
  Deno.test(`rollingScales() with ${ready} of ${old} old and ${freshReady} of ${fresh} new ready leaves ${expected} within ${unavailable}`, () => {
    const deployment = { replicas: 10, strategy: rolling(0, unavailable) };
    const scales = rollingScales(deployment, set(2, fresh, freshReady), [set(1, old, ready)]);
    const left = scales.find(({ number }) => number === 1)?.replicas ?? old;
    assert.equal(left, expected);
  });
}

Deno.test("rollingScales() takes from the oldest ReplicaSet first", () => {
  const deployment = { replicas: 10, strategy: rolling(0, 3) };
  const scales = rollingScales(deployment, set(3, 0), [set(2, 8), set(1, 2)]);
  assert.deepEqual(scales, [{ number: 1, replicas: 0 }, { number: 2, replicas: 7 }]);
});

// `TestScale` of sync_test.go: proportional scaling in the middle of a rollout.
// before, after, sizes from the oldest to the newest, what they become; maxSurge 0.
const PROPORTIONS: [number, number, number[], number[]][] = [
  [10, 12, [10], [12]],
  [10, 5, [10], [5]],
  [10, 20, [2, 3, 5], [4, 6, 10]],
  [20, 10, [4, 6, 10], [2, 3, 5]],
  // Shares of 1.5 are rounded up, what that is too much the largest gives.
  [10, 5, [3, 3, 4], [2, 2, 1]],
  [10, 0, [2, 3, 5], [0, 0, 0]],
  [10, 11, [5, 5], [5, 6]],
  // Among equals the newer one grows and the older one shrinks.
  [10, 9, [5, 5], [4, 5]],
];

for (const [before, after, sizes, expected] of PROPORTIONS) {
  Deno.test(`scalingScales() from ${before} to ${after} makes ${expected} of ${sizes}`, () => {
    const sets = sizes.map((size, index) => set(index + 1, size, 0, before));
    const fresh = sets.at(-1)!;
    const scales = scalingScales(
      { replicas: after, strategy: rolling(0, 1) },
      fresh,
      sets.slice(0, -1),
    );
    assert.deepEqual(sets.map((each) => applied(each, scales)), expected);
  });
}

function applied({ number, replicas }: ReplicaSetSize, scales: readonly Scale[]): number {
  return scales.find((scale) => scale.number === number)?.replicas ?? replicas;
}

Deno.test("scalingScales() keeps the sum within replicas and surge, and no size below 0", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 });
  const surge = fc.integer({ min: 0, max: 5 });
  const wanted = fc.integer({ min: 0, max: 60 });
  fc.assert(fc.property(sizes, surge, wanted, (sizes, surge, replicas) => {
    const before = sizes.reduce((sum, size) => sum + size);
    const sets = sizes.map((size, index) => set(index + 1, size, 0, before));
    const strategy = rolling(surge, 1);
    const scales = scalingScales({ replicas, strategy }, sets.at(-1), sets.slice(0, -1));
    const after = sets.map((each) => applied(each, scales));
    assert.ok(after.every((size) => size >= 0));
    assert.equal(sum(after), replicas === 0 ? 0 : replicas + surge);
  }));
});

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0);
}

Deno.test("rollingScales() ends all new and never leaves the bounds, in whatever order pods get ready", () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 100 }).map((percent): IntOrPercent => `${percent}%`),
  );
  const turns = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      amount,
      amount,
      turns,
      (replicas, up, down, turns) => {
        const deployment = { replicas, strategy: rolling(up, down) };
        const { maxSurge } = resolveFenceposts(deployment.strategy, replicas);
        const least = replicas - maxUnavailableOf(deployment.strategy, replicas);
        let old = set(1, replicas, replicas, replicas);
        let fresh = set(2, 0, 0, replicas);
        for (let turn = 0; turn < 10 * replicas + 10; turn++) {
          for (let scales; (scales = rollingScales(deployment, fresh, [old])).length > 0;) {
            old = { ...old, replicas: applied(old, scales) };
            // A ReplicaSet ends those first that are not available: of these all are.
            old = { ...old, available: Math.min(old.available, old.replicas) };
            fresh = { ...fresh, replicas: applied(fresh, scales) };
            assert.ok(old.replicas + fresh.replicas <= replicas + maxSurge);
            assert.ok(old.available + fresh.available >= least);
          }
          const more = turns[turn % turns.length]!;
          fresh = { ...fresh, available: Math.min(fresh.replicas, fresh.available + more) };
        }
        assert.deepEqual([old.replicas, fresh.replicas], [0, replicas]);
      },
    ),
  );
});

Deno.test("isScalingEvent() looks at active ReplicaSets alone", () => {
  assert.ok(isScalingEvent(5, [set(1, 10, 10, 10)]));
  assert.ok(!isScalingEvent(5, [set(1, 0, 0, 10), set(2, 5, 5, 5)]));
});
