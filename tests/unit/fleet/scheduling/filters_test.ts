import assert from "node:assert/strict";
import { type NodeView, refusalOf } from "../../../../src/fleet/scheduling/filters.ts";
import { needsOf, type PodSpec } from "../../../../src/fleet/scheduling/needs_of.ts";
import { Refusals } from "../../../../src/fleet/scheduling/words.ts";

const GIB = 2 ** 30;

function node(change: Partial<NodeView> = {}): NodeView {
  return {
    name: "n1",
    labels: { zone: "a", "nvidia.com/gpu.product": "H100-SXM", "nvidia.com/gpu.count": "8" },
    taints: [],
    cordoned: false,
    allocatable: { cpu: 8000, memory: 64 * GIB, pods: 3, "nvidia.com/gpu": 8 },
    requested: { cpu: 2000, "nvidia.com/gpu": 6 },
    nonZero: { cpu: 2000, memory: 0 },
    pods: 1,
    ...change,
  };
}

function asking(limits: Record<string, string | number>, spec: PodSpec = {}): PodSpec {
  return { ...spec, containers: [{ resources: { limits } }] };
}

const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const required = (...matchExpressions: object[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
});

const CASES: readonly [string, PodSpec, Partial<NodeView>, string[], boolean?][] = [
  ["it has room", asking({ cpu: 6, "nvidia.com/gpu": 2 }), {}, []],
  ["it asks for nothing", {}, {}, []],
  ["cpu is short", asking({ cpu: "6001m" }), {}, ["Insufficient cpu"], true],
  ["no node like it has enough", asking({ cpu: 9 }), {}, ["Insufficient cpu"], false],
  [
    "several are short, in the pod's order",
    asking({ cpu: 7, memory: "65Gi", "nvidia.com/gpu": 3 }),
    {},
    ["Insufficient cpu", "Insufficient memory", "Insufficient nvidia.com/gpu"],
    false,
  ],
  [
    "it has no such resource",
    asking({ "amd.com/gpu": 1 }),
    {},
    ["Insufficient amd.com/gpu"],
    false,
  ],
  ["all places are taken", {}, { pods: 3 }, ["Too many pods"], true],
  [
    "places and cpu are short",
    asking({ cpu: 7 }),
    { pods: 3 },
    ["Too many pods", "Insufficient cpu"],
    true,
  ],
  ["it is cordoned", {}, { cordoned: true }, ["node(s) were unschedulable"], false],
  [
    "a cordon is told before everything else",
    asking({ cpu: 9 }, { nodeSelector: { zone: "b" } }),
    {
      cordoned: true,
      taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
    },
    ["node(s) were unschedulable"],
    false,
  ],
  [
    "a cordon is tolerated",
    { tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }] },
    {
      cordoned: true,
      taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
    },
    [],
  ],
  [
    "the first taint is the one that is told",
    {},
    {
      taints: [
        { key: "a", effect: "PreferNoSchedule" },
        { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
        { key: "b", effect: "NoExecute" },
      ],
    },
    ["node(s) had untolerated taint {nvidia.com/gpu: present}"],
    false,
  ],
  ["a taint has no value", {}, { taints: [{ key: "b", effect: "NoExecute" }] }, [
    "node(s) had untolerated taint {b: }",
  ], false],
  [
    "the taint is tolerated by its value",
    { tolerations: [{ key: "b", value: "1", effect: "NoExecute" }] },
    { taints: [{ key: "b", value: "1", effect: "NoExecute" }] },
    [],
  ],
  [
    "another value is tolerated",
    { tolerations: [{ key: "b", value: "2" }] },
    { taints: [{ key: "b", value: "1", effect: "NoExecute" }] },
    ["node(s) had untolerated taint {b: 1}"],
    false,
  ],
  [
    "everything is tolerated",
    { tolerations: [{ operator: "Exists" }] },
    { taints: [{ key: "b", value: "1", effect: "NoExecute" }] },
    [],
  ],
  ["the selector is another", { nodeSelector: { zone: "b" } }, {}, [AFFINITY], false],
  ["In", required({ key: "zone", operator: "In", values: ["a", "b"] }), {}, []],
  ["NotIn", required({ key: "zone", operator: "NotIn", values: ["a"] }), {}, [AFFINITY], false],
  ["Exists", required({ key: "rack", operator: "Exists" }), {}, [AFFINITY], false],
  ["DoesNotExist", required({ key: "rack", operator: "DoesNotExist" }), {}, []],
  ["Gt", required({ key: "nvidia.com/gpu.count", operator: "Gt", values: ["4"] }), {}, []],
  ["Lt", required({ key: "nvidia.com/gpu.count", operator: "Lt", values: ["8"] }), {}, [
    AFFINITY,
  ], false],
  ["a term is empty", required(), {}, [AFFINITY], false],
];

for (const [when, spec, change, reasons, resolvable] of CASES) {
  Deno.test(`refusalOf() is as kube-scheduler's when ${when}`, () => {
    const refusal = refusalOf(needsOf(spec), node(change));
    assert.deepEqual(refusal?.reasons ?? [], reasons);
    assert.equal(refusal?.resolvable, resolvable);
  });
}

Deno.test("Refusals.message() counts nodes by reason, sorted as text, and what preemption finds", () => {
  const refusals = new Refusals(16);
  refusals.add({ reasons: ["node(s) were unschedulable"], resolvable: false });
  refusals.add({ reasons: ["Insufficient nvidia.com/gpu"], resolvable: true }, 10);
  refusals.add(
    { reasons: ["Insufficient cpu", "Insufficient nvidia.com/gpu"], resolvable: true },
    2,
  );
  refusals.add({ reasons: ["node(s) had untolerated taint {spot: true}"], resolvable: false }, 3);
  assert.equal(
    refusals.message(),
    "0/16 nodes are available: 1 node(s) were unschedulable, 12 Insufficient nvidia.com/gpu, " +
      "2 Insufficient cpu, 3 node(s) had untolerated taint {spot: true}. preemption: 0/16 nodes " +
      "are available: 12 No preemption victims found for incoming pod, " +
      "4 Preemption is not helpful for scheduling.",
  );
});

Deno.test("Refusals.message() says of a pod with claims that none of them can be given back", () => {
  const refusals = new Refusals(1);
  refusals.add({ reasons: ["cannot allocate all claims"], resolvable: false });
  assert.equal(
    refusals.message(true),
    "0/1 nodes are available: 1 cannot allocate all claims. still not schedulable, preemption: " +
      "0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  );
});
