import assert from "node:assert/strict";
import { Journal } from "../../../../src/fleet/journal.ts";
import { type Node, type NodePlan, Nodes } from "../../../../src/fleet/nodes.ts";
import { needsOf, type PodSpec } from "../../../../src/fleet/scheduling/needs_of.ts";
import type { Placing } from "../../../../src/fleet/scheduling/placing.ts";
import type { Taint } from "../../../../src/fleet/scheduling/taints.ts";
import { findGpu } from "../../../../src/serving/gpus.ts";
import { Clock } from "../../../../src/sim/clock.ts";
import fc from "../../../fast_check.ts";
import { reference } from "./reference.ts";

const GIB = 2 ** 30;
const ZONE = "topology.kubernetes.io/zone";

function cluster(plans: readonly NodePlan[]): Nodes {
  return new Nodes(plans, new Journal(new Clock(), () => {}));
}

function plan(name: string, change: Partial<NodePlan> = {}): NodePlan {
  const capacity = { cpu: 32_000, memory: 128 * GIB, "ephemeral-storage": 2 ** 40, pods: 110 };
  return { name, gpu: findGpu("H100-SXM"), gpus: 8, capacity, ...change };
}

function pod(name: string, limits: Record<string, number | string>, spec: PodSpec = {}): Placing {
  return { pod: name, needs: needsOf({ ...spec, containers: [{ resources: { limits } }] }) };
}

const CAPACITIES = [
  { cpu: 16_000, memory: 64 * GIB, "ephemeral-storage": 2 ** 40, pods: 4 },
  { cpu: 32_000, memory: 128 * GIB, "ephemeral-storage": 2 ** 40, pods: 110 },
];
const TAINTS: readonly (readonly Taint[])[] = [
  [],
  [{ key: "spot", effect: "NoSchedule" }],
  [{ key: "old", effect: "PreferNoSchedule" }],
];

const nodePlan = fc.record({
  gpus: fc.constantFrom(0, 2, 4),
  capacity: fc.constantFrom(...CAPACITIES),
  taints: fc.constantFrom(...TAINTS),
  zone: fc.constantFrom("a", "b", undefined),
});

const podKind = fc.record({
  controller: fc.constantFrom("x", "y", "z"),
  gpus: fc.constantFrom(0, 0, 1, 2),
  cpu: fc.constantFrom(0, 1, 4),
  memory: fc.constantFrom(0, 2, 16),
  tolerant: fc.boolean(),
  zone: fc.constantFrom(undefined, undefined, "a"),
  image: fc.constantFrom(undefined, "vllm", "epp"),
});

const act = fc.oneof(
  { weight: 6, arbitrary: podKind.map((pod) => ({ kind: "place", pod }) as const) },
  { weight: 2, arbitrary: fc.nat(30).map((nth) => ({ kind: "release", nth }) as const) },
  { weight: 1, arbitrary: fc.nat(7).map((node) => ({ kind: "cordon", node }) as const) },
  { weight: 1, arbitrary: fc.nat(7).map((node) => ({ kind: "break", node }) as const) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(7), fc.constantFrom("vllm", "epp"))
      .map(([node, image]) => ({ kind: "image", node, image }) as const),
  },
);

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

Deno.test("Nodes.place() goes where a scheduler that looks at every node goes, and never oversells", () => {
  const plans = fc.array(nodePlan, { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(plans, fc.array(act, { maxLength: 60 }), (nodes, acts) => {
    const all = cluster(
      nodes.map(({ zone, ...node }, index) =>
        plan(`n${index}`, { ...node, ...(zone ? { labels: { [ZONE]: zone } } : {}) })
      ),
    );
    const placed: [Placing, Node][] = [];
    for (const [index, one] of acts.entries()) {
      if (one.kind === "place") {
        const placing = podOf(one.pod, index);
        const expected = reference(placing, all.all);
        const chosen = all.place(placing);
        assert.equal(chosen?.name, expected?.name);
        if (chosen) placed.push([placing, chosen]);
        else assert.match(all.unschedulableMessage(placing), /^0\/\d nodes are available: /);
      } else apply(one, all, placed);
      for (const node of all.all) checkNode(node);
    }
  }));
});

function podOf({ controller, gpus, ...kind }: PodKind, index: number): Placing {
  const { cpu, memory, tolerant, zone, image } = kind;
  const limits = {
    ...(gpus > 0 ? { "nvidia.com/gpu": gpus } : {}),
    ...(cpu > 0 ? { cpu } : {}),
    ...(memory > 0 ? { memory: `${memory}Gi` } : {}),
  };
  const spec = {
    ...(tolerant ? { tolerations: [{ key: "spot", operator: "Exists" }] } : {}),
    ...(zone ? { nodeSelector: { [ZONE]: zone } } : {}),
  };
  const images = image ? [{ name: image, bytes: 5 * GIB }] : [];
  return { ...pod(`${controller}-${index}`, limits, spec), images };
}

type PodKind = typeof podKind extends fc.Arbitrary<infer T> ? T : never;

function apply(act: Act, all: Nodes, placed: [Placing, Node][]): void {
  if (act.kind === "release") {
    const [gone] = placed.splice(act.nth % Math.max(1, placed.length), 1);
    if (gone) all.release(gone[0], gone[1]);
    return;
  }
  if (act.kind === "place") return;
  const node = all.all[act.node % all.all.length]!;
  if (act.kind === "image") return node.images.add(act.image);
  if (act.kind === "cordon") node.cordoned = !node.cordoned;
  else if (node.plan.gpus > 0) node.devices.health.fail(0, false);
  all.changed(node);
}

/** Nothing is held twice, and nothing is asked for beyond what a GPU that broke since took away. */
function checkNode(node: Node): void {
  for (const placing of node.placed.values()) {
    const { requests } = placing.needs;
    assert.equal(node.devices.slotsOf(placing.pod).length, requests["nvidia.com/gpu"] ?? 0);
  }
  const held = node.devices.slots.filter(({ owner }) => owner !== undefined);
  assert.ok(held.every(({ owner }) => node.placed.has(owner!)));
  for (const resource of ["cpu", "memory"]) {
    assert.ok((node.requested[resource] ?? 0) <= node.allocatable[resource]!, resource);
  }
  assert.ok(node.pods <= node.allocatable["pods"]!);
}

Deno.test("Nodes.place() prefers the node that has the image, as far as others have it too", () => {
  const nodes = cluster([plan("n1"), plan("n2"), plan("n3")]);
  nodes.all[1]!.images.add("vllm");
  const images = [{ name: "vllm", bytes: 5 * GIB }];
  assert.equal(nodes.place({ ...pod("a-1", { cpu: 1 }), images })?.name, "n2");
});

Deno.test("Nodes.place() spreads the pods of a controller over hosts and zones", () => {
  const zoned = (name: string, zone: string) => plan(name, { labels: { [ZONE]: zone } });
  const nodes = cluster([zoned("n1", "a"), zoned("n2", "a"), zoned("n3", "b"), zoned("n4", "b")]);
  const places = [1, 2, 3, 4].map((n) => nodes.place(pod(`x-${n}`, { cpu: 1 }))?.name);
  assert.deepEqual(places, ["n1", "n3", "n2", "n4"]);
});

Deno.test("Nodes.place() keeps pods apart that do not want to be together", () => {
  const nodes = cluster([plan("n1"), plan("n2")]);
  const antiAffinity = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{
          topologyKey: "kubernetes.io/hostname",
          labelSelector: { matchLabels: { app: "chat" } },
        }],
      },
    },
  };
  const chat = (name: string) => ({ ...pod(name, {}, antiAffinity), labels: { app: "chat" } });
  assert.equal(nodes.place(chat("a-1"))?.name, "n1");
  assert.equal(nodes.place(chat("b-1"))?.name, "n2");
  assert.equal(nodes.place(chat("c-1")), undefined);
  assert.match(
    nodes.unschedulableMessage(chat("c-1")),
    /^0\/2 nodes are available: 2 node\(s\) didn't match pod anti-affinity rules\./,
  );
  const bare = { ...pod("d-1", {}), labels: { app: "chat" } };
  assert.match(
    nodes.unschedulableMessage(bare),
    /2 node\(s\) didn't satisfy existing pods anti-affinity rules\./,
  );
});

Deno.test("Nodes.place() brings pods together that want to be, and lets the first one go anywhere", () => {
  const nodes = cluster([plan("n1"), plan("n2")]);
  const affinity = {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{
          topologyKey: "kubernetes.io/hostname",
          labelSelector: { matchLabels: { app: "chat" } },
        }],
      },
    },
  };
  const chat = (name: string) => ({ ...pod(name, {}, affinity), labels: { app: "chat" } });
  const places = ["a-1", "b-1", "c-1"].map((name) => nodes.place(chat(name))?.name);
  assert.deepEqual(places, ["n1", "n1", "n1"]);
  const lonely = { ...pod("d-1", {}, affinity), labels: { app: "other" } };
  nodes.all[0]!.cordoned = true;
  nodes.changed(nodes.all[0]!);
  assert.match(nodes.unschedulableMessage(lonely), /1 node\(s\) didn't match pod affinity rules/);
});

Deno.test("Nodes.place() holds a pod's own constraint of how evenly it is spread", () => {
  const zoned = (name: string, zone: string) => plan(name, { labels: { [ZONE]: zone } });
  const nodes = cluster([zoned("n1", "a"), zoned("n2", "b"), plan("n3")]);
  const even = {
    topologySpreadConstraints: [{
      topologyKey: ZONE,
      maxSkew: 1,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "chat" } },
    }],
  };
  const chat = (name: string) => ({ ...pod(name, {}, even), labels: { app: "chat" } });
  assert.deepEqual(["a-1", "b-1"].map((name) => nodes.place(chat(name))?.name), ["n1", "n2"]);
  nodes.all[1]!.cordoned = true;
  nodes.changed(nodes.all[1]!);
  assert.equal(nodes.place(chat("c-1"))?.name, "n1");
  assert.match(
    nodes.unschedulableMessage(chat("d-1")),
    new RegExp(
      "1 node\\(s\\) didn't match pod topology spread constraints, " +
        "1 node\\(s\\) didn't match pod topology spread constraints \\(missing required label\\)",
    ),
  );
});

Deno.test("Nodes.retry() wakes as many as there came room for, high priority and long waits first", () => {
  const nodes = cluster([plan("n1")]);
  const full = pod("full-1", { "nvidia.com/gpu": 8 });
  nodes.place(full);
  const woken: string[] = [];
  const waits = (name: string, gpus: number, priority = 0) => {
    const placing = pod(name, { "nvidia.com/gpu": gpus }, { priority });
    assert.equal(nodes.place(placing), undefined);
    nodes.retry(placing).once(() => woken.push(name));
    return placing;
  };
  waits("early-1", 4);
  waits("large-1", 8);
  waits("late-1", 4);
  waits("urgent-1", 2, 10);
  nodes.release(full, nodes.all[0]);
  assert.deepEqual(woken, ["urgent-1", "early-1"]);
});

Deno.test("Nodes.retry() wakes nobody where what changed is no help", () => {
  const nodes = cluster([plan("n1"), plan("n2", { labels: { pool: "b" } })]);
  const others = [1, 2].map((n) => pod(`full-${n}`, { "nvidia.com/gpu": 8 }));
  const places = others.map((placing) => nodes.place(placing));
  const picky = pod("picky-1", { "nvidia.com/gpu": 1 }, { nodeSelector: { pool: "b" } });
  let woken = 0;
  nodes.retry(picky).once(() => woken++);
  nodes.release(others[0]!, places[0]);
  assert.equal(woken, 0);
  nodes.release(others[1]!, places[1]);
  assert.equal(woken, 1);
});

Deno.test("Nodes.release() passes the room on of a pod that was woken and is gone", () => {
  const nodes = cluster([plan("n1")]);
  const full = pod("full-1", { "nvidia.com/gpu": 8 });
  nodes.place(full);
  const [first, second] = ["a-1", "b-1"].map((name) => pod(name, { "nvidia.com/gpu": 8 }));
  const woken: string[] = [];
  for (const placing of [first!, second!]) {
    nodes.retry(placing).once(() => woken.push(placing.pod));
  }
  nodes.release(full, nodes.all[0]);
  assert.deepEqual(woken, ["a-1"]);
  nodes.release(first!);
  assert.deepEqual(woken, ["a-1", "b-1"]);
});

Deno.test("Nodes.remove() takes a node out of the count and out of reach", () => {
  const nodes = cluster([plan("n1"), plan("n2")]);
  const first = pod("a-1", { "nvidia.com/gpu": 8 });
  assert.equal(nodes.place(first)?.name, "n1");
  nodes.remove(nodes.all[0]!);
  nodes.release(first, nodes.all[0]);
  assert.equal(nodes.place(pod("b-1", { "nvidia.com/gpu": 8 }))?.name, "n2");
  assert.match(
    nodes.unschedulableMessage(pod("c-1", { "nvidia.com/gpu": 8 })),
    /^0\/1 nodes are available: 1 Insufficient nvidia\.com\/gpu\./,
  );
});
