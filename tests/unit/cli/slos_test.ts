import assert from "node:assert/strict";
import { canaryFailure } from "../../../scenarios/canary-failure.ts";
import { slosOf, slosOfScenario } from "../../../src/cli/slos.ts";
import { plan } from "../../../src/scenario/plan.ts";

Deno.test("slosOfScenario() reads out of a run's head what its plan has", () => {
  const planned = plan(canaryFailure);
  assert.ok(!("problems" in planned));
  const limits = { ttftP95Us: 2_000_000, itlP95Us: 60_000, itlIsMean: true };
  assert.deepEqual(slosOf(planned), { "llama-3-70b": limits });
  assert.deepEqual(slosOfScenario(canaryFailure), slosOf(planned));
});

Deno.test("slosOfScenario() has none where a head says nothing that can be read", () => {
  for (const head of [undefined, null, 1, {}, { slo: 3 }, { slo: { chat: { ttft: "soon" } } }]) {
    assert.deepEqual(slosOfScenario(head), {});
  }
});
