// What no cluster would have: a scenario says so of its services, in the words of KServe's admission.
import assert from "node:assert/strict";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, smallScenario } from "./small_run.ts";

const scaled = (scaling: unknown) => {
  const { spec: { replicas: _, ...spec }, ...chat } = llm("chat");
  return smallScenario({ services: [{ ...chat, spec: { ...spec, scaling } }] });
};

Deno.test("plan() refuses what KServe's webhook refuses, where it stands", () => {
  const told = problems(scaled({ minReplicas: 5, maxReplicas: 2, wva: {} }));
  assert.match(
    told["services[0].spec.scaling.minReplicas"]!,
    /minReplicas \(5\) cannot exceed maxReplicas \(2\)/,
  );
  assert.ok(Object.keys(told).some((path) => path.startsWith("services[0].spec.scaling.wva")));
});

Deno.test("plan() warns that turns on a GPU are simulated as if each pod had it alone", () => {
  const shared = (timeSlicing: number, args: string[]) =>
    planned(smallScenario({
      cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM", timeSlicing }] },
      services: [llm("chat", { args })],
    })).warnings;
  const [greedy] = shared(2, []);
  assert.equal(greedy!.path, "cluster.nodes[0].timeSlicing");
  assert.match(greedy!.message, /2 of "chat" would not start on one: each takes 0.9/);
  const [modest] = shared(2, ["--gpu-memory-utilization=0.4", "--max-model-len=4096"]);
  assert.match(modest!.message, /as if each had it alone$/);
});

Deno.test("plan() says how a surge is written", () => {
  const rollout = {
    kind: "rolling",
    service: "chat",
    at: "1m",
    to: { image: "x" },
    maxSurge: "x%",
  };
  const told = problems(smallScenario({ rollouts: [rollout] }));
  assert.equal(told["rollouts[0].maxSurge"], 'write a whole number, or percent as "25%"');
});

Deno.test("plan() names a node that a fault means and that is not there", () => {
  const on = { kind: "nodes", name: "node-9", mode: "first" };
  const told = problems(
    smallScenario({ faults: [{ kind: "node-loss", on, when: "1m", permanent: true }] }),
  );
  assert.equal(
    told["faults[0].on.name"],
    'Cannot find the node "node-9": did you mean "node-1"?',
  );
});
