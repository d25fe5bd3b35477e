import assert from "node:assert/strict";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const loss = (fields: object = {}) => ({
  ...{ kind: "node-loss", name: "loss", when: "2m", permanent: true },
  on: { kind: "nodes", mode: "first" },
  ...fields,
});

/** Two nodes with a pod each, room for one more on a third. */
const run = (...faults: readonly unknown[]) =>
  faulty({
    duration: "15m",
    cluster: { nodes: [{ count: 3, gpus: "1xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    load: USERS,
    faults,
  });

Deno.test("nodeLoss hangs what is on the node until it is given up, and has it made anew elsewhere", () => {
  const { requests, of, objects } = run(loss());
  const failed = of("request").filter(({ outcome }) => outcome === "failed");
  // Half of what came in 50 s, and what was there before: nobody hears of it before the grace is over.
  assert.ok(failed.length > 90 && failed.length < 120, `${failed.length}`);
  assert.deepEqual([...new Set(failed.map(({ at }) => at / SECOND))], [170]);
  assert.equal(requests(171).failed, 0);
  const hosts = objects("Pod").filter(({ metadata }) => !metadata["deletionTimestamp"])
    .map(({ spec }) => spec!["nodeName"]);
  assert.deepEqual(hosts.sort(), ["node-2", "node-3"]);
});

Deno.test("nodeLoss ends after its time when it has one, else never", () => {
  const away = run(loss({ for: "90s", permanent: undefined }));
  assert.deepEqual(away.of("fault").map(({ at, phase }) => [at / SECOND, phase]), [
    ...[[120, "begin"], [210, "end"]],
  ]);
  assert.equal(away.state.faults["loss"]!.endedAt, 210 * SECOND);
  // Its pod was not evicted: it starts anew where it was.
  assert.equal(new Set(away.of("request").map(({ pod }) => pod)).size, 2);
  const gone = run(loss());
  assert.deepEqual(gone.of("fault").map(({ phase }) => phase), ["begin"]);
  assert.equal(gone.state.faults["loss"]!.endedAt, undefined);
});

Deno.test("nodeLoss passes over nodes that are lost already, and says so when none is left", () => {
  const { of } = run(
    loss({ on: { kind: "nodes", name: "node-1", mode: "all" } }),
    loss({ name: "again", when: "3m" }),
    loss({ name: "all", when: "4m", on: { kind: "nodes", mode: "all" } }),
    loss({ name: "none", when: "5m", on: { kind: "nodes", mode: "all" } }),
  );
  assert.deepEqual(of("fault").map(({ targets }) => targets), [
    ...[["node-1"], ["node-2"], ["node-3"], []],
  ]);
  assert.equal(of("fault")[3]!.message, "node does not answer: no node matched");
});
