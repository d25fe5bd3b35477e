import assert from "node:assert/strict";
import { llm } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const pressure = (fields: object = {}) => ({
  ...{ kind: "node-pressure", resource: "memory", when: "2m" },
  on: { kind: "nodes", name: "node-1", mode: "all" },
  ...fields,
});

/** Two pods on the first node, room on the second. */
const run = (fields: object = {}) =>
  faulty({
    duration: "10m",
    cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }, { count: 1, gpus: "2xL4" }] },
    services: [llm("chat", { replicas: 2, args: ["--max-model-len=4096"] })],
    load: USERS,
    faults: [pressure(fields)],
  });

const hosts = ({ objects }: ReturnType<typeof run>, phase: string) =>
  objects("Pod").filter(({ status }) => status!["phase"] === phase)
    .map(({ spec }) => spec!["nodeName"]).sort();

Deno.test("nodePressure evicts a pod at once, with what it held, and another is made on another node", () => {
  const before = faulty({
    cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }, { count: 1, gpus: "2xL4" }] },
    services: [llm("chat", { replicas: 2, args: ["--max-model-len=4096"] })],
  });
  const [first] = hosts(before, "Running");
  const result = run({ on: { kind: "nodes", name: first, mode: "all" } });
  const { failed } = result.requests(100, 121);
  assert.ok(failed > 0 && failed < 10, `${failed} of those in flight`);
  assert.deepEqual(hosts(result, "Failed"), [first]);
  assert.equal(result.told("Evicted").length, 1);
  const [met] = result.told("NodeHasInsufficientMemory");
  const [over] = result.told("NodeHasSufficientMemory");
  assert.deepEqual([met![0], over![0]], [120, 120 + 10 + 300]);
  assert.equal(hosts(result, "Running").length, 2);
});

Deno.test("nodePressure on disk evicts as many pods as it takes, none where it takes none", () => {
  const all = { on: { kind: "nodes", mode: "all" }, resource: "disk" };
  const none = run({ ...all, evictions: 0 });
  assert.equal(none.requests().failed, 0);
  assert.equal(none.told("NodeHasDiskPressure").length, 2);
  const many = run({ ...all, evictions: 3 });
  assert.equal(many.told("Evicted").length, 2);
  // Both nodes are under pressure: the new pods wait until it is over.
  const scheduled = many.told("Scheduled").map(([at]) => at).filter((at) => at > 120);
  assert.ok(Math.min(...scheduled) >= 420, scheduled.join());
});

Deno.test("nodePressure is of memory or disk, and knows its nodes", () => {
  const found = (fields: object) => problems(smallScenario({ faults: [pressure(fields)] }));
  assert.deepEqual(Object.keys(found({ resource: "cpu" })), ["faults[0].resource"]);
  assert.deepEqual(Object.keys(found({ on: { kind: "nodes", name: "node-9", mode: "all" } })), [
    "faults[0].on.name",
  ]);
});
