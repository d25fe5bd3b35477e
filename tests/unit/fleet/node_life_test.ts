import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { assertGolden } from "../../golden/golden.ts";
import { story } from "./pod_story.ts";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet } from "./small_fleet.ts";

function budget(spec: object): KubeObject {
  const selector = { matchLabels: { "app.kubernetes.io/name": "chat" } };
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "chat", namespace: "default" },
    spec: { selector, ...spec },
  };
}

/** Two pods on one node, room for two more on another, and a budget; the first is drained at a minute. */
function drain(spec: object): { small: SmallFleet; left: () => number } {
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "2xH100-SXM" }],
    services: [llm("chat", { replicas: 2 })],
  });
  small.journal.apply(budget(spec));
  small.clock.runUntil(MINUTE);
  const [node] = small.fleet.nodes.all;
  small.fleet.nodeLife.drain(node!);
  const left = () => small.fleet.podsOn(node!).filter(({ terminating }) => !terminating).length;
  return { small, left };
}

Deno.test("NodeLife.drain() evicts no more than a budget allows, and asks again every 5 s", () => {
  const { small, left } = drain({ minAvailable: 1 });
  assert.equal(left(), 1);
  // Nobody takes its place: the budget is never met again, and the pod stays.
  small.clock.runUntil(10 * MINUTE);
  assert.equal(left(), 1);
  small.journal.delete(budget({}));
  small.clock.runUntil(10 * MINUTE + 5 * SECOND);
  assert.equal(left(), 0);
});

Deno.test("NodeLife.drain() counts percentages of a budget upwards", () => {
  assert.equal(drain({ maxUnavailable: "10%" }).left(), 1);
  assert.equal(drain({ minAvailable: "50%" }).left(), 1);
  assert.equal(drain({ minAvailable: "51%" }).left(), 2);
  assert.equal(drain({ maxUnavailable: 2 }).left(), 0);
});

Deno.test("NodeLife.uncordon() ends a drain that a budget holds up", () => {
  const { small, left } = drain({ minAvailable: 1 });
  small.fleet.nodeLife.uncordon(small.fleet.nodes.all[0]!);
  small.journal.delete(budget({}));
  small.clock.runUntil(10 * MINUTE);
  assert.equal(left(), 2);
});

/** A service whose pods bear a lost node for so long. */
function bearing(tolerations: readonly object[]) {
  const service = llm("chat");
  const template = { ...service.spec.template, tolerations };
  const small = smallFleet({ services: [{ ...service, spec: { ...service.spec, template } }] });
  small.clock.runUntil(MINUTE);
  small.fleet.nodeLife.lose(small.pod().node!);
  const terminatingAt = (seconds: number) => {
    small.clock.runUntil(MINUTE + seconds * SECOND);
    return small.fleet.pods()[0]!.terminating;
  };
  return terminatingAt;
}

const UNREACHABLE = { key: "node.kubernetes.io/unreachable", effect: "NoExecute" };

Deno.test("NodeLife.lose() evicts a pod after its own tolerationSeconds", () => {
  const at = bearing([{ ...UNREACHABLE, operator: "Exists", tolerationSeconds: 30 }]);
  assert.deepEqual([at(50), at(79), at(80)], [false, false, true]);
});

Deno.test("NodeLife.lose() never evicts a pod that bears everything", () => {
  const at = bearing([{ operator: "Exists" }]);
  assert.deepEqual([at(50), at(400), at(3000)], [false, false, false]);
});

Deno.test("NodeLife.notReady() takes pods out of the endpoints, which serve on until they are evicted", () => {
  const told = story();
  told.load(1, 0, 2_000);
  told.clock.runUntil(MINUTE);
  const before = told.pod();
  told.load(1, 0, 2_000);
  told.clock.runUntil(MINUTE);
  told.fleet.nodeLife.notReady(before.node!);
  assert.deepEqual([before.ready, before.alive], [false, true]);
  told.clock.runUntil(7 * MINUTE);
  assert.deepEqual(told.requests(), { arrived: 2, completed: 2, failed: 0, rejected: 0 });
  assertGolden("pods/node-not-ready.txt", told.lines(MINUTE));
});

Deno.test("NodeLife.ready() puts pods back into the endpoints", () => {
  const { clock, fleet, pod, told } = smallFleet();
  clock.runUntil(MINUTE);
  const before = pod();
  fleet.nodeLife.notReady(before.node!);
  clock.runUntil(5 * MINUTE);
  fleet.nodeLife.ready(before.node!);
  assert.equal(before.ready, true);
  clock.runUntil(20 * MINUTE);
  assert.deepEqual([pod(), before.terminating], [before, false]);
  assert.deepEqual(told("TaintManagerEviction"), [[300, before.name]]);
});

Deno.test("NodeLife.pressure() evicts one pod after the other, and the node takes no others", () => {
  const told = story({
    nodes: [{ count: 1, gpus: "3xH100-SXM" }],
    services: [llm("chat", { replicas: 3 })],
  });
  told.clock.runUntil(MINUTE);
  told.fleet.nodeLife.pressure(told.fleet.nodes.all[0]!, "memory", 2);
  told.clock.runUntil(8 * MINUTE);
  assertGolden("pods/memory-pressure.txt", told.lines(MINUTE));
});
