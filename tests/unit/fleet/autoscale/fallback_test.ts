import assert from "node:assert/strict";
import { fallbackReplicas } from "../../../../src/fleet/autoscale/fallback.ts";
import type { FallbackBehavior } from "../../../../src/fleet/autoscale/scaling_plan.ts";

const CASES: readonly [FallbackBehavior, number, number][] = [
  ["static", 2, 4],
  ["static", 9, 4],
  ["currentReplicas", 2, 2],
  ["currentReplicasIfHigher", 2, 4],
  ["currentReplicasIfHigher", 9, 9],
  ["currentReplicasIfLower", 2, 2],
  ["currentReplicasIfLower", 9, 4],
];

for (const [behavior, current, expected] of CASES) {
  Deno.test(`fallbackReplicas() is ${expected} of 4 by ${behavior} when there are ${current}`, () => {
    const plan = { failureThreshold: 3, replicas: 4, behavior };
    assert.equal(fallbackReplicas(plan, current), expected);
  });
}
