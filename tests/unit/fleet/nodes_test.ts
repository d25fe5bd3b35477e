import assert from "node:assert/strict";
import { Journal } from "../../../src/fleet/journal.ts";
import { type Node, Nodes } from "../../../src/fleet/nodes.ts";
import { needsOf } from "../../../src/fleet/scheduling/needs_of.ts";
import type { Placing } from "../../../src/fleet/scheduling/placing.ts";
import type { PodNeeds } from "../../../src/fleet/scheduling/pod_needs.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";

const GPU = findGpu("H100-SXM")!;

function needs(gpus: number): PodNeeds {
  return needsOf({ containers: [{ resources: { limits: { "nvidia.com/gpu": gpus } } }] });
}

function placing(pod: string, gpus: number): Placing {
  return { pod, needs: needs(gpus) };
}

function nodes(...gpus: number[]): Nodes {
  const plans = gpus.map((count, index) => ({ name: `n${index + 1}`, gpu: GPU, gpus: count }));
  return new Nodes(plans, new Journal(new Clock(), () => {}));
}

Deno.test("Nodes.place() takes the node with the most free GPUs, the first among equals", () => {
  const cluster = nodes(4, 8, 8);
  const places = ["a", "b", "c", "d", "e"].map((pod) => cluster.place(placing(pod, 4))?.name);
  assert.deepEqual(places, ["n2", "n3", "n1", "n2", "n3"]);
  assert.equal(cluster.place(placing("f", 1)), undefined);
});

Deno.test("Nodes.place() needs all GPUs on one node", () => {
  assert.equal(nodes(2, 2).place(placing("a", 3)), undefined);
});

Deno.test("Nodes.place() passes over nodes that are cordoned or not ready", () => {
  const cluster = nodes(2, 2, 2);
  const [first, second] = cluster.all;
  first!.cordoned = true;
  second!.ready = false;
  cluster.changed(first!);
  cluster.changed(second!);
  assert.equal(cluster.place(placing("a", 1))?.name, "n3");
});

Deno.test("Nodes.place() never gives a broken or owned GPU away", () => {
  const act = fc.record({
    pod: fc.nat(9).map((id) => `p${id}`),
    gpus: fc.integer({ min: 1, max: 4 }),
    release: fc.boolean(),
    breaks: fc.option(fc.tuple(fc.nat(2), fc.nat(3))),
  });
  fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
    const cluster = nodes(4, 4, 4);
    const owned = new Map<string, string[]>();
    const places = new Map<string, Node>();
    for (const { pod, gpus, release, breaks } of acts) {
      if (breaks) {
        cluster.all[breaks[0]]!.devices.health.fail(breaks[1], false);
        cluster.changed(cluster.all[breaks[0]]!);
      }
      if (release) cluster.release(placing(pod, gpus), places.get(pod));
      if (release) places.delete(pod);
      if (release) owned.delete(pod);
      if (owned.has(pod)) continue;
      const broken = new Set(
        cluster.all.flatMap((node) =>
          node.broken.flatMap((is, gpu) => is ? [`${node.name}/${gpu}`] : [])
        ),
      );
      const node = cluster.place(placing(pod, gpus));
      if (!node) continue;
      places.set(pod, node);
      const taken = node.gpusOf(pod).map((gpu) => `${node.name}/${gpu}`);
      assert.equal(taken.length, gpus);
      for (const gpu of taken) assert.ok(!broken.has(gpu), `${gpu} is broken`);
      for (const gpu of taken) assert.ok(![...owned.values()].flat().includes(gpu), `${gpu} twice`);
      owned.set(pod, taken);
    }
  }));
});

Deno.test("Nodes.release() frees the pod's GPUs and wakes those that wait", () => {
  const cluster = nodes(2);
  cluster.place(placing("a", 2));
  let woken = 0;
  cluster.retry(placing("b", 1)).once(() => woken++);
  cluster.release(placing("a", 2), cluster.all[0]);
  assert.equal(woken, 1);
  assert.equal(cluster.all[0]!.freeGpus, 2);
  assert.deepEqual(cluster.all[0]!.gpusOf("a"), []);
});

Deno.test("Nodes.unschedulableMessage() counts the reasons as the scheduler does", () => {
  const cluster = nodes(2, 2, 2, 2);
  const [first, second] = cluster.all;
  first!.cordoned = true;
  second!.ready = false;
  cluster.changed(first!);
  cluster.changed(second!);
  cluster.place(placing("a", 2));
  cluster.place(placing("b", 2));
  assert.equal(
    cluster.unschedulableMessage(placing("c", 2)),
    "0/4 nodes are available: 1 node(s) had untolerated taint " +
      "{node.kubernetes.io/unreachable: }, 1 node(s) were unschedulable, " +
      "2 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: " +
      "2 No preemption victims found for incoming pod, " +
      "2 Preemption is not helpful for scheduling.",
  );
});

Deno.test("Node.object() shows broken GPUs, the cordon and what the controller believes", () => {
  const [node] = nodes(4).all;
  const before = node!.object();
  assert.deepEqual(before.spec, {});
  assert.equal(conditionOf(before), "True");
  node!.devices.health.fail(2, false);
  node!.cordoned = true;
  node!.ready = false;
  node!.lost = true;
  node!.refresh();
  const after = node!.object();
  assert.deepEqual(after.status!["allocatable"], { "nvidia.com/gpu": "3" });
  assert.deepEqual(after.status!["capacity"], { "nvidia.com/gpu": "4" });
  assert.deepEqual(after.spec, {
    taints: [
      { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
      { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
    ],
    unschedulable: true,
  });
  assert.equal(conditionOf(after), "Unknown");
});

function conditionOf({ status }: { status?: unknown }): string {
  const { conditions } = status as { conditions: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === "Ready")!.status;
}
