import assert from "node:assert/strict";
import { llm, SECOND } from "../fleet/small_fleet.ts";
import { faulty, USERS } from "./faulty_fleet.ts";

const silent = (fields: object = {}) => ({
  ...{ kind: "node-not-ready", name: "silent", when: "2m", for: "3m" },
  on: { kind: "nodes", name: "node-1", mode: "all" },
  ...fields,
});

const run = (...faults: readonly unknown[]) =>
  faulty({
    duration: "15m",
    cluster: { nodes: [{ count: 2, gpus: "1xH100-SXM" }, { count: 1, gpus: "1xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    load: USERS,
    faults,
  });

/** When an Event of this reason was told of the node. */
const ofNode = ({ told }: ReturnType<typeof run>, reason: string) =>
  told(reason).filter(([, name]) => name === "node-1").map(([at]) => at);

Deno.test("nodeNotReady shorter than the node controller's grace is noticed by nobody", () => {
  const result = run(silent({ for: "45s" }));
  assert.equal(result.requests().failed, 0);
  assert.deepEqual(result.told("NodeNotReady"), []);
  assert.equal(result.servers(125, 165), 2);
});

Deno.test("nodeNotReady takes pods out of the endpoints after 50 s, loses no request and restarts nothing", () => {
  const result = run(silent());
  assert.deepEqual(ofNode(result, "NodeNotReady"), [170]);
  assert.deepEqual(ofNode(result, "NodeReady"), [300]);
  assert.deepEqual([result.servers(121, 170), result.servers(171, 300)], [2, 1]);
  assert.equal(result.servers(301, 600), 2);
  assert.equal(result.requests().failed, 0);
  assert.deepEqual(result.restarts, [0, 0]);
});

Deno.test("nodeNotReady for longer than the tolerations has pods made anew; the old ones go when it ends", () => {
  const result = run(silent({ for: "8m" }));
  const deleted = result.told("TaintManagerEviction");
  assert.deepEqual(deleted.map(([at]) => at), [170 + 300]);
  const gone = result.of("object.deleted").filter(({ key }) => key.includes("Pod"));
  // Its preStop hook first, that nobody ran before.
  assert.deepEqual(gone.map(({ at }) => at / SECOND), [600 + 15]);
  assert.equal(gone[0]!.key.split("/").at(-1), deleted[0]![1]);
  const hosts = result.objects("Pod").map(({ spec }) => spec!["nodeName"]);
  assert.deepEqual(hosts.sort(), ["node-2", "node-3"]);
  assert.equal(result.requests().failed, 0);
});

Deno.test("nodeNotReady: what dies meanwhile is an endpoint until the node is given up, and starts when it ends", () => {
  const xid = { kind: "gpu-xid", xid: 31, when: "130s", on: { kind: "pods", mode: "first" } };
  const result = run(silent(), xid);
  // Half of the requests go to a server that is gone, for 40 s.
  const { failed } = result.requests(131, 170);
  assert.ok(failed > 60 && failed < 90, `${failed}`);
  assert.equal(result.requests(171, 300).failed, 0);
  const [started] = result.told("Started").filter(([at]) => at > 130);
  assert.ok(started![0] >= 300 && started![0] < 305, `${started![0]}`);
  assert.deepEqual(result.restarts, [1, 0]);
  assert.equal(result.servers(700, 900), 2);
});

Deno.test("nodeNotReady keeps a pod Terminating whose server ends meanwhile, until it is over", () => {
  const kill = { kind: "pod-kill", when: "119s", on: { kind: "pods", mode: "all" } };
  const result = run(silent(), kill);
  const gone = result.of("object.deleted").filter(({ key }) => key.includes("Pod"));
  const [other, held, ...rest] = gone.map(({ at }) => at / SECOND);
  assert.ok(other! > 130 && other! < 145, `${other}`);
  assert.equal(held, 300);
  assert.deepEqual(rest, []);
  assert.equal(result.requests().failed, 0);
});

Deno.test("nodeNotReady passes over a node that is silent already, and a loss of the host goes on", () => {
  const loss = { ...silent(), kind: "node-loss", name: "loss", when: "140s", for: "2m" };
  const result = run(silent({ for: "10m" }), silent({ name: "again", when: "3m" }), loss);
  const [, , again] = result.of("fault");
  assert.deepEqual(again!.targets, []);
  assert.deepEqual(ofNode(result, "NodeNotReady"), [170], "counted from the silence on");
  // The host was down: its kubelet is up with it.
  assert.deepEqual(ofNode(result, "NodeReady"), [260]);
});
