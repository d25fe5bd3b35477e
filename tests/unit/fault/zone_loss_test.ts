import assert from "node:assert/strict";
import { llm } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const lose = (fields: object = {}) => ({
  ...{ kind: "zone-loss", name: "dark", zone: "a", when: "2m", for: "3m" },
  ...fields,
});
const NODES = ["a", "b"].map((zone) => ({ count: 2, gpus: "1xH100-SXM", name: zone, zone }));

const run = (...faults: readonly unknown[]) =>
  faulty({
    duration: "15m",
    cluster: { nodes: NODES },
    services: [llm("chat", { replicas: 4 })],
    load: USERS,
    faults,
  });

Deno.test("zoneLoss silences all nodes of the zone, and none of another", () => {
  const result = run(lose());
  assert.deepEqual(result.of("fault").map(({ targets }) => targets), [["a-1", "a-2"], [
    "a-1",
    "a-2",
  ]]);
  const { failed } = result.requests(121, 170);
  // Half of what comes before the node controller notices goes to servers that are gone.
  assert.ok(failed > 80 && failed < 116, `${failed}`);
  assert.equal(result.requests(171).failed, 0);
  assert.deepEqual([result.servers(0, 110), result.servers(121, 300)], [4, 2]);
  assert.equal(result.servers(700, 900), 4, "back with the zone, after a cold start");
  const ready = result.told("NodeReady").filter(([, name]) => name.startsWith("a-"));
  assert.deepEqual(ready, [[300, "a-1"], [300, "a-2"]]);
});

Deno.test("zoneLoss for good leaves pods that nobody has room for", () => {
  const result = run(lose({ for: undefined, permanent: true }));
  assert.equal(result.servers(700, 900), 2);
  const pending = result.objects("Pod").filter(({ status, metadata }) =>
    status!["phase"] === "Pending" && metadata["deletionTimestamp"] === undefined
  );
  assert.equal(pending.length, 2);
});

Deno.test("zoneLoss brings back what it took, and not what was lost before", () => {
  const before = {
    ...{ kind: "node-loss", name: "before", when: "1m", permanent: true },
    on: { kind: "nodes", name: "a-1", mode: "all" },
  };
  const result = run(before, lose());
  const [, begun] = result.of("fault");
  assert.deepEqual(begun!.targets, ["a-2"]);
  const ready = result.told("NodeReady").filter(([, name]) => name.startsWith("a-"));
  assert.deepEqual(ready, [[300, "a-2"]]);
});

Deno.test("zoneLoss is refused for a zone that no node is in", () => {
  const found = (nodes: readonly object[]) =>
    problems(smallScenario({ cluster: { nodes }, faults: [lose({ zone: "c" })] }));
  assert.deepEqual(found(NODES), {
    "faults[0].zone": 'Cannot find the zone "c": nodes are in a, b',
  });
  assert.deepEqual(found([{ count: 1, gpus: "2xH100-SXM" }]), {
    "faults[0].zone": 'Cannot find the zone "c": no node says in which zone it is',
  });
});
