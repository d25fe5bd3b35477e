import assert from "node:assert/strict";
import { FETCHING, llm, LOADING, MINUTE, SECOND, smallFleet } from "./small_fleet.ts";

const NOT_READY = 50 * SECOND;
const EVICTED = NOT_READY + 300 * SECOND;

/** Two nodes, a pod on the first; its node goes silent at 1 minute. */
function lose(options: Parameters<typeof smallFleet>[0] = {}) {
  const small = smallFleet(options);
  small.clock.runUntil(MINUTE);
  const node = small.fleet.nodes.all[0]!;
  small.load(3, 0, 10_000);
  small.clock.runUntil(MINUTE);
  small.fleet.nodeLife.lose(node);
  return { ...small, node };
}

Deno.test("Fleet.lose() makes requests hang until the node is NotReady, then fails them", () => {
  const { clock, requests, fleet, load, pod, node, told } = lose();
  clock.runUntil(MINUTE + 20 * SECOND);
  load(2, 0);
  clock.runUntil(MINUTE + NOT_READY - 1);
  assert.deepEqual(requests(), { arrived: 5, completed: 0, failed: 0, rejected: 0 });
  assert.equal(fleet.inFlight()["chat"], 5);
  assert.equal(node.ready, true);
  assert.equal(pod().ready, true);
  clock.runUntil(MINUTE + NOT_READY);
  assert.deepEqual(requests(), { arrived: 5, completed: 0, failed: 5, rejected: 0 });
  assert.equal(node.ready, false);
  assert.equal(pod().ready, false);
  assert.deepEqual(told("NodeNotReady"), [[110, "node-1"], [110, pod().name]]);
});

Deno.test("Fleet.lose() evicts after 300 s more, and a pod is made elsewhere", () => {
  const { clock, fleet, pod, node, told } = lose();
  const before = pod().name;
  clock.runUntil(MINUTE + EVICTED - 1);
  assert.deepEqual(fleet.pods().map(({ name }) => name), [before]);
  clock.runUntil(MINUTE + EVICTED);
  const [old, made] = fleet.pods();
  // Nobody is there to end it: it stays, terminating, and its GPU is still its own.
  assert.deepEqual([old!.name, old!.terminating, node.freeGpus], [before, true, 1]);
  assert.equal(made!.node, fleet.nodes.all[1]);
  assert.deepEqual(told("TaintManagerEviction"), [[410, before]]);
  clock.runUntil(MINUTE + EVICTED + FETCHING + LOADING);
  assert.equal(made!.ready, true);
  clock.runUntil(60 * MINUTE);
  assert.equal(old!.gone, false);
});

Deno.test("Fleet.recover() before the node was missed restarts its containers", () => {
  const { clock, fleet, pod, node, requests, told } = lose();
  const before = pod().name;
  clock.runUntil(MINUTE + 20 * SECOND);
  fleet.nodeLife.recover(node);
  clock.runUntil(MINUTE + 21 * SECOND);
  assert.equal(requests().failed, 3);
  assert.equal(pod().ready, false);
  clock.runUntil(MINUTE + 21 * SECOND + FETCHING + LOADING);
  assert.equal(pod().name, before);
  assert.equal(pod().ready, true);
  clock.runUntil(20 * MINUTE);
  assert.deepEqual(told("NodeNotReady"), []);
  assert.equal(pod().ready, true);
});

Deno.test("Fleet.recover() between NotReady and eviction keeps the pod", () => {
  const { clock, fleet, pod, node } = lose();
  const before = pod().name;
  clock.runUntil(MINUTE + NOT_READY + MINUTE);
  fleet.nodeLife.recover(node);
  assert.equal(node.ready, true);
  clock.runUntil(30 * MINUTE);
  assert.equal(pod().name, before);
  assert.equal(pod().node, node);
  assert.equal(pod().ready, true);
});

Deno.test("Fleet.recover() after the eviction gives the node back, empty of images", () => {
  const { clock, fleet, node, pod } = lose();
  clock.runUntil(MINUTE + EVICTED + SECOND);
  fleet.nodeLife.recover(node);
  clock.runUntil(MINUTE + EVICTED + SECOND);
  assert.equal(node.ready, true);
  assert.equal(node.images.size, 0);
  assert.equal(node.freeGpus, 2);
  assert.equal(pod().node, fleet.nodes.all[1]);
});

Deno.test("Fleet.lose() counts anew when a node goes silent again", () => {
  const { clock, fleet, node } = lose();
  clock.runUntil(MINUTE + 20 * SECOND);
  fleet.nodeLife.recover(node);
  clock.runUntil(MINUTE + 30 * SECOND);
  fleet.nodeLife.lose(node);
  clock.runUntil(MINUTE + 30 * SECOND + NOT_READY - 1);
  assert.equal(node.ready, true);
  clock.runUntil(MINUTE + 30 * SECOND + NOT_READY);
  assert.equal(node.ready, false);
});

Deno.test("Fleet.lose() evicts 300 s after the last NotReady when a node went twice", () => {
  const { clock, fleet, node, pod } = lose();
  clock.runUntil(MINUTE + NOT_READY + 2 * MINUTE);
  fleet.nodeLife.recover(node);
  const againUs = clock.nowUs + MINUTE;
  clock.runUntil(againUs);
  fleet.nodeLife.lose(node);
  clock.runUntil(againUs + EVICTED - 1);
  assert.equal(pod().terminating, false);
  clock.runUntil(againUs + EVICTED);
  assert.equal(pod().terminating, true);
});

Deno.test("Fleet.lose() leaves a pod that is placed before the node is missed unready", () => {
  const { clock, fleet, node, told } = lose({ nodes: [{ count: 1, gpus: "2xH100-SXM" }] });
  const service = fleet.services.get("chat")!;
  clock.runUntil(MINUTE + 10 * SECOND);
  service.scale(service.revision("stable")!, 2, "test");
  clock.runUntil(MINUTE + EVICTED - 1);
  const [, late] = fleet.pods();
  assert.equal(late!.node, node);
  assert.equal(late!.ready, false);
  assert.deepEqual(told("Started"), []);
  clock.runUntil(MINUTE + EVICTED);
  const stays = fleet.pods().map(({ terminating, node }) => [terminating, node?.name]);
  assert.deepEqual(stays, [[true, "node-1"], [true, "node-1"], [false, undefined], [
    false,
    undefined,
  ]]);
  clock.runUntil(60 * MINUTE);
  fleet.nodeLife.recover(node);
  clock.runUntil(60 * MINUTE);
  assert.equal(fleet.journal.state.objects[`/Pod/default/${late!.name}`], undefined);
  assert.deepEqual(fleet.pods().map(({ node }) => node?.name), ["node-1", "node-1"]);
});

Deno.test("Fleet.recover() starts a pod that was placed while its node was lost", () => {
  const { clock, fleet, node, told } = lose({ nodes: [{ count: 1, gpus: "2xH100-SXM" }] });
  const service = fleet.services.get("chat")!;
  clock.runUntil(MINUTE + 10 * SECOND);
  service.scale(service.revision("stable")!, 2, "test");
  clock.runUntil(MINUTE + 2 * MINUTE);
  fleet.nodeLife.recover(node);
  clock.runUntil(MINUTE + 3 * MINUTE + FETCHING + LOADING);
  const [, late] = fleet.pods();
  assert.equal(late!.ready, true);
  assert.deepEqual(told("SandboxChanged").map(([, name]) => name), [fleet.pods()[0]!.name]);
});

Deno.test("Fleet.drain() evicts pods gracefully and takes no new ones", () => {
  const { clock, fleet, pod, requests, load } = smallFleet();
  clock.runUntil(MINUTE);
  load(3, 0, 100);
  clock.runUntil(MINUTE);
  const [first, second] = fleet.nodes.all;
  fleet.nodeLife.drain(first!);
  clock.runUntil(MINUTE + 15 * SECOND);
  assert.equal(fleet.pods().length, 1);
  assert.equal(pod().node, second);
  assert.equal(requests().completed, 3);
  assert.equal(first!.object().spec!["unschedulable"], true);
});

Deno.test("GpuLife.fail() takes a GPU, of which its process alone dies", () => {
  const { clock, fleet, pod } = smallFleet({
    nodes: [{ count: 1, gpus: "4xH100-SXM" }],
    services: [llm("chat", { replicas: 2 })],
  });
  clock.runUntil(MINUTE);
  const node = fleet.nodes.all[0]!;
  const [gpu] = node.gpusOf(pod(0).name);
  const place = { node, gpu: gpu! };
  fleet.gpuLife.fail(place, { computes: false });
  for (const pod of fleet.gpuLife.podsOn(place)) pod.die("Xid 79");
  clock.runUntil(MINUTE);
  assert.deepEqual([pod(0).alive, pod(1).alive], [false, true]);
  assert.equal(node.allocatable["nvidia.com/gpu"], 3);
  clock.runUntil(10 * MINUTE);
  assert.equal(pod(0).ready, false, "its container cannot start without the GPU");
  assert.equal(pod(0).node, node);
});
