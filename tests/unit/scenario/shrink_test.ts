// What a failing seed of the swarm is made into.
import assert from "node:assert/strict";
import { plan } from "../../../src/scenario/plan.ts";
import { randomScenario } from "../../swarm/scenarios.ts";
import { type Json, shrink } from "../../swarm/shrink.ts";

const isValid = (data: Json) => !("problems" in plan(data));

/** Fails as a run would with a node lost under a service of two replicas or more. */
function losesTwo(data: Json): string | undefined {
  if (!isValid(data)) return undefined;
  const { faults = [], services } = data as unknown as {
    faults?: { kind: string }[];
    services: { spec: { replicas?: number } }[];
  };
  const lost = faults.some(({ kind }) => kind === "node-loss");
  return lost && services.some(({ spec }) => (spec.replicas ?? 1) >= 2) ? "lost" : undefined;
}

Deno.test("shrink() keeps what the failure needs, a valid scenario, and nothing else", () => {
  const seeds = Array.from({ length: 400 }, (_, index) => index + 1);
  const failing = seeds.map((seed) => randomScenario(seed) as Json)
    .filter((data) => JSON.stringify(data).includes("node-loss") && losesTwo(data) !== undefined);
  assert.equal(failing.length > 2, true, "no seed fails in that way");
  for (const data of failing.slice(0, 3)) {
    const smallest = shrink(data, losesTwo, 2000);
    assert.equal(losesTwo(smallest), "lost");
    for (const [field, entries] of Object.entries(smallest as Record<string, Json>)) {
      if (!Array.isArray(entries)) continue;
      for (const [index] of entries.entries()) {
        const without: Json = {
          ...smallest as Record<string, Json>,
          [field]: entries.toSpliced(index, 1),
        };
        assert.equal(losesTwo(without), undefined, `${field}[${index}] could go`);
      }
    }
  }
});

Deno.test("shrink() does not take another failure for the one it was given", () => {
  const fails = (data: Json) => {
    const length = (data as readonly Json[]).length;
    return length > 3 ? "long" : length === 3 ? "three" : undefined;
  };
  assert.deepEqual(shrink([1, 1, 1, 1, 1, 1], fails), [1, 1, 1, 1]);
});

Deno.test("shrink() refuses what does not fail, and stops when its runs are used up", () => {
  assert.throws(() => shrink([], () => undefined), /does not fail/);
  let runs = 0;
  shrink([8, 8, 8], () => `${runs++ < 0}`, 5);
  assert.equal(runs <= 7, true);
});
