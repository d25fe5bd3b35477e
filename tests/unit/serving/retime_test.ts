// An engine whose GPUs get slower or faster while it computes: against the reference, and by hand.
import assert from "node:assert/strict";
import fc from "../../fast_check.ts";
import { evenSteps, Rig } from "./engine_rig.ts";
import { assertEqual, compare } from "./reference_comparison.ts";
import { type Costs, workloads } from "./reference_workloads.ts";

/** What steps take becomes so many percent of what it was; all beside steps stays. */
function scaled(costs: Costs, percent: number): Costs {
  const of = (ps: number) => Math.floor(ps * percent / 100);
  const { window } = costs;
  return {
    ...costs,
    stepPs: of(costs.stepPs),
    prefillTokenPs: of(costs.prefillTokenPs),
    attentionPs: of(costs.attentionPs),
    decodeTokenPs: of(costs.decodeTokenPs),
    contextPs: of(costs.contextPs),
    window: window && { ...window, contextPs: of(window.contextPs) },
  };
}

const retimed = fc.record({
  workload: workloads,
  retimings: fc.array(
    fc.record({ at: fc.nat(800_000), percent: fc.integer({ min: 20, max: 300 }) }),
    { minLength: 1, maxLength: 6, size: "max" },
  ),
}).map(({ workload, retimings }) => {
  // On the ticks of the workload, so that some come when steps end.
  const lastUs = Math.max(1, ...workload.submissions.map(({ atUs }) => atUs));
  const tickUs = workload.submissions.every(({ atUs }) => atUs % 500 === 0) ? 500 : 1;
  return {
    ...workload,
    retimings: retimings.map(({ at, percent }) => ({
      atUs: Math.floor(at / 400_000 * lastUs / tickUs) * tickUs,
      costs: scaled(workload.costs, percent),
    })).toSorted((a, b) => a.atUs - b.atUs),
  };
});

Deno.test("Engine.retime() agrees with the plain reference, whenever and however often", () => {
  fc.assert(fc.property(retimed, (workload) => assertEqual(compare(workload))), { numRuns: 200 });
});

Deno.test("Engine.retime() leaves the step in progress as it began, in a span of decode steps", () => {
  const rig = new Rig();
  rig.submitAt(0, "a", 10, 6);
  // Steps end at 1000, 2000, 3000 …: the third is in progress.
  rig.clock.at(2500, () => rig.engine.retime(evenSteps({ fixedPs: () => 1500 * 1e6 })));
  rig.clock.runUntil(100_000);
  assert.equal(rig.outcomes["a"]!.lastTokenUs, 3000 + 3 * 1500);
});

Deno.test("Engine.retime() leaves a prompt's step in progress as it began", () => {
  const rig = new Rig();
  rig.submitAt(0, "a", 10, 2);
  rig.clock.at(500, () => rig.engine.retime(evenSteps({ fixedPs: () => 4000 * 1e6 })));
  rig.clock.runUntil(100_000);
  const { firstTokenUs, lastTokenUs } = rig.outcomes["a"]!;
  assert.deepEqual([firstTokenUs, lastTokenUs], [1000, 5000]);
});
