import assert from "node:assert/strict";
import { DEFAULT_BEHAVIOR } from "../../../../src/fleet/autoscale/hpa_behavior.ts";
import { isWithin, replicasFor } from "../../../../src/fleet/autoscale/hpa_replicas.ts";

const value = (milli: number) => ({ type: "Value" as const, milli });
const average = (milli: number) => ({ type: "AverageValue" as const, milli });
const at = (replicas: number, readyPods = replicas) => ({
  replicas,
  statusReplicas: replicas,
  readyPods,
});

// "Algorithm details" of Kubernetes' documentation: "if the current metric value is 200m, and the desired
// value is 100m, the number of replicas will be doubled, since 200.0 / 100.0 == 2.0. If the current value
// is instead 50m, you'll halve the number of replicas". "The control plane skips any scaling action if
// the ratio is sufficiently close to 1.0 (within a [...] tolerance, 0.1 by default)."
const DOCUMENTED: readonly [string, number, number, number, number][] = [
  ["twice the target doubles", 200, 100, 4, 8],
  ["half of the target halves", 50, 100, 4, 2],
  ["a part of a replica is a whole one", 130, 100, 3, 4],
  ["10 % more is let be", 110, 100, 4, 4],
  ["10 % less is let be", 90, 100, 4, 4],
  ["11 % more is not", 111, 100, 4, 5],
  ["11 % less is not", 89, 100, 10, 9],
  ["nothing at all goes to nothing", 0, 100, 4, 0],
  ["50 replicas at 90 where 75 are wanted become 60 (Kubernetes' blog of 1.33)", 90, 75, 50, 60],
];

for (const [about, current, target, replicas, expected] of DOCUMENTED) {
  Deno.test(`replicasFor() a Value: ${about}`, () => {
    assert.equal(replicasFor(value(target), current, at(replicas)).replicas, expected);
  });
}

Deno.test("replicasFor() multiplies a Value by the pods that are ready, not by those wanted", () => {
  assert.equal(replicasFor(value(100), 200, at(4, 3)).replicas, 6);
  // So a number of replicas, as a Value with target 1, is taken times the replicas that there are.
  assert.equal(replicasFor(value(1000), 3000, at(2)).replicas, 6);
});

Deno.test("replicasFor() takes the ratio alone when the target is at 0 replicas", () => {
  assert.equal(replicasFor(value(100), 250, at(0)).replicas, 3);
});

Deno.test("replicasFor() divides an AverageValue by the target, whatever is ready", () => {
  assert.equal(replicasFor(average(1000), 3000, at(2, 0)).replicas, 3);
  assert.equal(replicasFor(average(10_000), 95_000, at(10)).replicas, 10);
  assert.equal(replicasFor(average(10_000), 89_000, at(10)).replicas, 9);
  // One more than eleven is within the tolerance.
  assert.equal(replicasFor(average(1000), 12_000, at(11)).replicas, 11);
});

Deno.test("replicasFor() shows an AverageValue's share of one replica, rounded up", () => {
  assert.equal(replicasFor(average(1000), 3000, at(2)).milli, 1500);
  assert.equal(replicasFor(average(1000), 1000, at(3)).milli, 334);
  assert.equal(replicasFor(average(1000), 1000, at(0)).milli, 0);
});

Deno.test("isWithin() takes the tolerances of a behaviour, one a direction", () => {
  const strict = {
    scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, tolerance: 0 },
    scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, tolerance: 0.5 },
  };
  assert.deepEqual([1.01, 1, 0.6, 0.49].map((ratio) => isWithin(ratio, strict)), [
    false,
    true,
    true,
    false,
  ]);
});
