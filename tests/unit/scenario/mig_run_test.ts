// A server on a slice of a GPU: it has the slice's memory and rate, and nothing of it is calibrated.
import assert from "node:assert/strict";
import { mean } from "../../../src/metrics/histogram.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const CUT = { count: 1, gpus: "1xH100-SXM", mig: ["3g.40gb", "3g.40gb"], migStrategy: "mixed" };

function onSlice(profile: string, slices = 1) {
  const service = llm("chat");
  const { containers: [main], ...template } = service.spec.template as unknown as {
    containers: [{ resources?: object }];
  };
  const resources = { limits: { [`nvidia.com/mig-${profile}`]: slices } };
  const parallelism = { tensor: slices };
  return {
    ...service,
    spec: {
      ...service.spec,
      parallelism,
      template: { ...template, containers: [{ ...main, resources }] },
    },
  };
}

const meanItlMs = (scenario: object) => {
  const { state } = run(scenario);
  const { measured } = state.services["chat"]!.revisions["stable"]!;
  return mean(measured.latencyUs.itl)!;
};

Deno.test("a server on a slice decodes at the slice's rate, and two of them share a GPU", () => {
  const whole = smallScenario({
    cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }] },
    services: [llm("chat")],
  });
  const cut = smallScenario({ cluster: { nodes: [CUT] }, services: [onSlice("3g.40gb")] });
  const share = meanItlMs(cut) / meanItlMs(whole);
  // Half of the bandwidth, with overheads that stay: between one and two times as long.
  assert.ok(share > 1.4 && share < 2.1, String(share));
  const two = smallScenario({
    cluster: { nodes: [CUT] },
    services: [{ ...onSlice("3g.40gb"), spec: { ...onSlice("3g.40gb").spec, replicas: 2 } }],
  });
  const { state } = run(two);
  const nodes = Object.values(state.objects).filter(({ kind }) => kind === "Pod")
    .map(({ spec }) => spec!["nodeName"]);
  assert.deepEqual(nodes, ["node-1", "node-1"]);
  assert.equal(state.services["chat"]!.calibration, "uncalibrated");
});

Deno.test("plan() refuses a model that does not fit its slice, and slices that must talk to each other", () => {
  const small = { ...CUT, mig: ["1g.10gb", "3g.40gb"] };
  const tooBig = smallScenario({ cluster: { nodes: [small] }, services: [onSlice("1g.10gb")] });
  assert.match(Object.values(problems(tooBig))[0]!, /OutOfMemoryError|out of memory/);
  const two = smallScenario({ cluster: { nodes: [CUT] }, services: [onSlice("3g.40gb", 2)] });
  assert.match(Object.values(problems(two))[0]!, /^RuntimeError: NCCL error: invalid usage/);
  assert.ok(planned(smallScenario({ cluster: { nodes: [CUT] }, services: [onSlice("3g.40gb")] })));
});
