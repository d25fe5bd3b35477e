// The LeaderWorkerSet controller's arithmetic: the order in which groups are replaced, and its bounds.
import assert from "node:assert/strict";
import {
  type GroupState,
  type LeaderSet,
  nextLeaderSet,
} from "../../../src/fleet/group_rollout.ts";
import type { UpdateStrategy } from "../../../src/fleet/update_strategy.ts";
import fc from "../../fast_check.ts";

const OLD: GroupState = { ready: true, updated: false };
const NEW: GroupState = { ready: true, updated: true };
const COMING: GroupState = { ready: false, updated: true };
const BROKEN: GroupState = { ready: false, updated: false };

function strategy(maxSurge: number, maxUnavailable: number): UpdateStrategy {
  return { kind: "RollingUpdate", maxSurge, maxUnavailable };
}

function at(replicas: number, partition: number, desired = replicas): LeaderSet {
  return { replicas, partition, desired };
}

Deno.test("nextLeaderSet() makes all groups of the one template at first", () => {
  assert.deepEqual(nextLeaderSet({ replicas: 4, changed: false }, undefined, []), at(4, 0));
});

Deno.test("nextLeaderSet() begins an update with no group replaced, surge aside", () => {
  const set = at(4, 0);
  assert.deepEqual(
    nextLeaderSet({ replicas: 4, changed: true }, set, [OLD, OLD, OLD, OLD]),
    at(4, 4),
  );
  const surging = { replicas: 4, changed: true, strategy: strategy(2, 0) };
  assert.deepEqual(nextLeaderSet(surging, set, [OLD, OLD, OLD, OLD]), at(6, 4, 4));
});

// Of 4 groups: states by index, the partition so far, the next one; maxUnavailable 1 or 2, no surge.
const ORDER: [string, number, GroupState[], number, number][] = [
  ["the highest index goes first", 1, [OLD, OLD, OLD, OLD], 4, 3],
  ["the next waits for it", 1, [OLD, OLD, OLD, COMING], 3, 3],
  ["the next goes when it is ready", 1, [OLD, OLD, OLD, NEW], 3, 2],
  ["two go at a time", 2, [OLD, OLD, OLD, OLD], 4, 2],
  ["the last goes", 1, [OLD, NEW, NEW, NEW], 1, 0],
  ["a group below that is not ready counts", 1, [BROKEN, OLD, OLD, OLD], 4, 4],
  ["all that do not serve may be replaced", 1, [BROKEN, BROKEN, BROKEN, BROKEN], 4, 3],
  ["it never goes back", 1, [OLD, OLD, COMING, NEW], 2, 2],
];

for (const [what, unavailable, states, partition, expected] of ORDER) {
  Deno.test(`nextLeaderSet(): ${what}`, () => {
    const wanted = { replicas: 4, changed: false, strategy: strategy(0, unavailable) };
    assert.equal(nextLeaderSet(wanted, at(4, partition), states).partition, expected);
  });
}

Deno.test("nextLeaderSet() takes the surge back while the last groups are replaced", () => {
  const wanted = { replicas: 2, changed: false, strategy: strategy(1, 0) };
  // The surged group is there, the first one may go.
  assert.deepEqual(nextLeaderSet(wanted, at(3, 2, 2), [OLD, OLD, NEW]), at(3, 1, 2));
  // Index 1 is through as well: the surged one stands in for index 0 until that is.
  assert.deepEqual(nextLeaderSet(wanted, at(3, 1, 2), [OLD, NEW, NEW]), at(3, 0, 2));
  assert.deepEqual(nextLeaderSet(wanted, at(3, 0, 2), [NEW, NEW, NEW]), at(2, 0, 2));
  const one = { ...wanted, strategy: strategy(1, 1) };
  assert.deepEqual(nextLeaderSet(one, at(3, 1, 2), [OLD, NEW, NEW]), at(2, 0, 2));
});

Deno.test("nextLeaderSet() scales first when the replicas change in the middle of an update", () => {
  const wanted = { replicas: 6, changed: false, strategy: strategy(0, 1) };
  assert.deepEqual(nextLeaderSet(wanted, at(4, 2), [OLD, OLD, NEW, NEW]), at(6, 2));
});

Deno.test("nextLeaderSet() ends all new within its bounds, from the highest index to the lowest", () => {
  const bounds = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
    .filter(([surge, unavailable]) => surge + unavailable > 0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), bounds, (replicas, [surge, unavailable]) => {
      const wanted = { replicas, strategy: strategy(surge, unavailable) };
      let groups: GroupState[] = Array.from({ length: replicas }, () => OLD);
      let set = nextLeaderSet({ ...wanted, changed: true }, at(replicas, 0), groups);
      for (let turn = 0; turn < 8 * replicas + 8; turn++) {
        // What is new becomes ready; what the partition frees is replaced.
        groups = Array.from(
          { length: set.replicas },
          (_, index) => groups[index]?.updated ? NEW : index >= set.partition ? COMING : OLD,
        );
        const ready = groups.filter((group) => group.ready).length;
        assert.ok(groups.length <= replicas + Math.min(surge, replicas));
        assert.ok(ready >= replicas - unavailable, `${ready} of ${replicas} are ready`);
        set = nextLeaderSet({ ...wanted, changed: false }, set, groups);
      }
      assert.deepEqual(set, at(replicas, 0));
      assert.ok(groups.every((group) => group === NEW) && groups.length === replicas);
    }),
  );
});

// kubernetes-sigs/lws#688: one group may be missing, so it is, and its surge is never made.
Deno.test("nextLeaderSet() replaces the only group without a surge where it may be missing", () => {
  const wanted = { replicas: 1, strategy: strategy(1, 1) };
  const begun = nextLeaderSet({ ...wanted, changed: true }, at(1, 0), [OLD]);
  assert.deepEqual(begun, at(1, 1));
  assert.deepEqual(nextLeaderSet({ ...wanted, changed: false }, begun, [OLD]), at(1, 0));
});

Deno.test("nextLeaderSet() surges before it replaces the only group where it may not be missing", () => {
  const wanted = { replicas: 1, strategy: strategy(1, 0) };
  const begun = nextLeaderSet({ ...wanted, changed: true }, at(1, 0), [OLD]);
  assert.deepEqual(begun, at(2, 1, 1));
  assert.deepEqual(nextLeaderSet({ ...wanted, changed: false }, begun, [OLD, COMING]), begun);
  const ready = nextLeaderSet({ ...wanted, changed: false }, begun, [OLD, NEW]);
  assert.deepEqual(ready, at(2, 0, 1));
});
