import assert from "node:assert/strict";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "../scenario/small_run.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const drain = (fields: object = {}) => ({
  kind: "node-drain",
  name: "drain",
  on: { kind: "nodes", name: "node-1", mode: "all" },
  when: "2m",
  for: "6m",
  ...fields,
});

/** Three nodes with room for two, and a pod on each of two of them. */
const drained = (faults: readonly unknown[], fields: object = {}) =>
  faulty({
    duration: "12m",
    cluster: { nodes: [{ count: 3, gpus: "2xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    load: USERS,
    faults,
    ...fields,
  });

/** The node of each pod by the end. */
const hosts = ({ objects }: ReturnType<typeof drained>) =>
  objects("Pod").map(({ spec }) => spec!["nodeName"]).sort();

Deno.test("nodeDrain moves pods elsewhere and loses no request: they have their grace", () => {
  const result = drained([drain()]);
  const { completed, failed, rejected } = result.requests();
  assert.deepEqual([failed, rejected], [0, 0]);
  assert.ok(completed > 2860);
  assert.deepEqual(hosts(result), ["node-2", "node-2"], "where the image is");
  const pods = new Set(result.of("request").map(({ pod }) => pod));
  assert.equal(pods.size, 3, "the one that was evicted, the one that took its place, the other");
  assert.deepEqual(result.told("NodeNotSchedulable"), [[120, "node-1"]]);
  assert.deepEqual(result.told("NodeSchedulable"), [[480, "node-1"]]);
  assert.deepEqual(result.cordoned, [false, false, false]);
});

Deno.test("nodeDrain costs capacity until the new pod has loaded", () => {
  const tight = (faults: readonly unknown[]) =>
    drained(faults, {
      load: [{ ...USERS[0], rps: 24, end: "5m" }],
      services: [llm("chat", { replicas: 2, args: ["--max-num-seqs", "32"] })],
    }).of("request").flatMap(({ arrivedUs, ttftUs }) =>
      arrivedUs >= 180 * SECOND && arrivedUs < 240 * SECOND ? [ttftUs ?? Infinity] : []
    ).sort((a, b) => a - b);
  const [calm, hurt] = [tight([]), tight([drain()])].map((ttfts) => ttfts[ttfts.length >> 1]!);
  assert.ok(hurt! > 20 * calm!, `${hurt} against ${calm} µs`);
});

Deno.test("nodeDrain of several nodes cordons all before it evicts from any", () => {
  const result = drained([
    drain({ on: { kind: "nodes", mode: "fixed", count: 2 }, permanent: true, for: undefined }),
  ]);
  const evicted = result.of("event").filter(({ reason, at }) =>
    reason === "Scheduled" && at >= 120 * SECOND
  );
  assert.ok(evicted.length >= 1);
  assert.deepEqual(hosts(result), ["node-3", "node-3"]);
  assert.deepEqual(result.cordoned, [true, true, false]);
});

Deno.test("nodeDrain waits for the budget: the second pod goes when the first one's heir is ready", () => {
  const both = drain({ on: { kind: "nodes", service: "chat", mode: "all" } });
  const goneAt = (budgets: object) => {
    const cluster = { nodes: [{ count: 3, gpus: "2xH100-SXM" }], budgets };
    const { told } = drained([both], { cluster });
    return told("Killing").map(([at]) => at).slice(0, 2);
  };
  assert.deepEqual(goneAt({}), [120, 120]);
  const [first, second] = goneAt({ chat: { minAvailable: 1 } });
  assert.equal(first, 120);
  // A cold start, then the next time that drain asks.
  assert.ok(second! > 250 && second! < 470, `${second}`);
  assert.deepEqual(goneAt({ chat: { maxUnavailable: "0%" } }), []);
});

Deno.test("nodeDrain leaves a node cordoned at its end that was so before", () => {
  const result = drained([
    drain({ name: "first", when: "1m", for: undefined, permanent: true }),
    drain({ when: "2m", for: "1m" }),
  ]);
  assert.deepEqual(result.cordoned, [true, false, false]);
});

Deno.test("plan() refuses budgets of services that are not there, or that say two things", () => {
  const found = (budgets: object) =>
    problems(smallScenario({ cluster: { nodes: [{ count: 1, gpus: "2xH100-SXM" }], budgets } }));
  assert.deepEqual(found({ chta: { minAvailable: 1 } }), {
    "cluster.budgets.chta": 'Cannot find the service "chta": did you mean "chat"?',
  });
  assert.deepEqual(Object.keys(found({ chat: { minAvailable: 1, maxUnavailable: 1 } })), [
    "cluster.budgets.chat.maxUnavailable",
  ]);
});
