// What a scenario says of its nodes, and the nodes that come of it.
import assert from "node:assert/strict";
import { Node, type NodePlan } from "../../../src/fleet/nodes.ts";
import { evictionSeconds } from "../../../src/fleet/scheduling/taints.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { planNode } from "../../../src/scenario/manifest_node.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, smallScenario } from "./small_run.ts";

const ROOM = { count: 3, gpus: "2xH100-SXM" };
const cluster = (...nodes: object[]) => smallScenario({ cluster: { nodes: [ROOM, ...nodes] } });

function last(node: object): { plan: NodePlan; object: KubeObject } {
  const plan = planned(cluster({ count: 1, ...node })).nodes.at(-1)!;
  return { plan, object: new Node(plan, 0, () => {}).object() };
}

Deno.test("plan() gives a node its GPUs' share of a machine, less what the kubelet keeps", () => {
  const { object } = last({ gpus: "4xH100-SXM" });
  assert.deepEqual(object.status!["capacity"], {
    cpu: "96",
    memory: "1Ti",
    "ephemeral-storage": "500Gi",
    pods: "110",
    "nvidia.com/gpu": "4",
  });
  assert.deepEqual(object.status!["allocatable"], {
    // 60 + 10 + 10 + 230 millicores; 255 + 110 × 11 + 100 MiB.
    cpu: "95690m",
    memory: "1047011Mi",
    "ephemeral-storage": "450Gi",
    pods: "110",
    "nvidia.com/gpu": "4",
  });
});

Deno.test("plan() takes what a scenario says of a node", () => {
  const { object, plan } = last({
    name: "edge",
    gpus: "8xL4",
    cpu: 64,
    memory: "256Gi",
    storage: "1Ti",
    resources: { "rdma/ib": 4 },
    zone: "z1",
    region: "r1",
    instanceType: "g6.48xlarge",
    labels: { pool: "small" },
    taints: ["dedicated=llm:NoSchedule", "old:PreferNoSchedule"],
    spot: "aws",
  });
  assert.equal(plan.name, "edge-4");
  const capacity = object.status!["capacity"] as Record<string, string>;
  assert.deepEqual(
    [capacity["cpu"], capacity["memory"], capacity["ephemeral-storage"], capacity["rdma/ib"]],
    ["64", "256Gi", "1Ti", "4"],
  );
  const { labels } = object.metadata;
  assert.equal(labels!["topology.kubernetes.io/zone"], "z1");
  assert.equal(labels!["node.kubernetes.io/instance-type"], "g6.48xlarge");
  assert.equal(labels!["eks.amazonaws.com/capacityType"], "SPOT");
  assert.equal(labels!["pool"], "small");
  assert.equal(labels!["nvidia.com/gpu.memory"], "22558");
  assert.deepEqual(object.spec!["taints"], [
    { key: "dedicated", value: "llm", effect: "NoSchedule" },
    { key: "old", effect: "PreferNoSchedule" },
  ]);
  assert.deepEqual(plan.spot, { provider: "aws", noticeSeconds: 120 });
});

Deno.test("plan() taints spot nodes where their provider does", () => {
  const { plan } = last({ gpus: "1xL4", spot: "azure" });
  assert.deepEqual(plan.taints, [
    { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" },
  ]);
  assert.equal(evictionSeconds(plan.taints!, []), undefined);
});

Deno.test("plan() makes a node without GPUs where none are said", () => {
  const { object } = last({ cpu: "16" });
  assert.deepEqual(Object.keys(object.status!["capacity"] as object), [
    "cpu",
    "memory",
    "ephemeral-storage",
    "pods",
  ]);
});

Deno.test("plan() cuts GPUs as NVIDIA's configs do, or as the list says", () => {
  const { object } = last({ gpus: "8xH100-SXM", mig: "all-1g.10gb" });
  assert.equal((object.status!["capacity"] as Record<string, string>)["nvidia.com/gpu"], "56");
  assert.equal(object.metadata.labels!["nvidia.com/gpu.product"], "H100-SXM-MIG-1g.10gb");
  assert.equal(object.metadata.labels!["nvidia.com/mig.strategy"], "single");
  const balanced = last({ gpus: "2xA100-SXM-80GB", mig: "all-balanced" });
  const capacity = balanced.object.status!["capacity"] as Record<string, string>;
  assert.equal(capacity["nvidia.com/mig-1g.10gb"], "4");
  assert.equal(capacity["nvidia.com/mig-2g.20gb"], "2");
  assert.equal(capacity["nvidia.com/mig-3g.40gb"], "2");
  assert.equal(balanced.object.metadata.labels!["nvidia.com/mig-3g.40gb.count"], "2");
  const named = last({ gpus: "1xH100-SXM", mig: ["3g.40gb", "3g.40gb"], migStrategy: "mixed" });
  assert.deepEqual(named.plan.mig, { strategy: "mixed", profiles: ["3g.40gb", "3g.40gb"] });
});

Deno.test("plan() names what it cannot make a node of", () => {
  const found = problems(cluster(
    { count: 1, gpus: "8xH100-SXM", mig: ["4g.40gb", "4g.40gb"] },
    { count: 1, gpus: "8xH100-SXM", mig: ["3g.40gb", "1g.10gb"], migStrategy: "single" },
    { count: 1, gpus: "8xL4", mig: "all-1g.10gb" },
    { count: 1, gpus: "8xL4", nvlink: { island: 2 } },
    { count: 1, mig: "all-1g.10gb" },
    { count: 1, gpus: "8xH100-SXM", mig: "all-1g.10gb", timeSlicing: 2 },
  ));
  assert.deepEqual(found, {
    "cluster.nodes[1].mig": "Cannot cut the GPUs so: H100-SXM has 7 compute slices, not 8",
    "cluster.nodes[2].migStrategy":
      "Cannot offer slices of several sizes as one: use migStrategy mixed",
    "cluster.nodes[3].mig": "Cannot cut the GPUs so: L4 has no MIG profiles that are known",
    "cluster.nodes[4].nvlink": 'Cannot link GPUs of "L4" in islands: they have no NVLink',
    "cluster.nodes[5].mig": "Cannot cut GPUs of a node that has none",
    "cluster.nodes[6].timeSlicing":
      "Cannot slice time on GPUs that are cut already: leave out mig or timeSlicing",
  });
});

Deno.test("plan() names a field of a node that it cannot read", () => {
  const found = problems(cluster({
    count: 1,
    gpus: "1xL4",
    taints: ["dedicated"],
    cpu: "many",
    spot: "ours",
    zoen: "a",
  }));
  assert.match(found["cluster.nodes[1].taints[0]"]!, /^Invalid taint "dedicated": write key=value/);
  assert.match(found["cluster.nodes[1].cpu"]!, /^Invalid quantity "many": write a number above 0/);
  assert.equal(found["cluster.nodes[1].spot"], 'write whose spot it is: "aws", "azure", "gcp"');
  assert.equal(found["cluster.nodes[1].zoen"], 'Unknown field "zoen": did you mean "zone"?');
});

Deno.test("plan() says why no node would have a pod", () => {
  const cut = { count: 1, gpus: "8xH100-SXM", mig: "all-balanced" };
  const found = problems(smallScenario({ cluster: { nodes: [cut] } }));
  assert.match(Object.values(found)[0]!, /^Cannot place a pod of 1 GPU: no node of the cluster/);
  const tainted = { ...ROOM, taints: ["dedicated=llm:NoSchedule"] };
  assert.match(
    Object.values(problems(smallScenario({ cluster: { nodes: [tainted] } })))[0]!,
    /no node of the cluster would have it \(node\(s\) had untolerated taint {dedicated: llm}\)$/,
  );
  const service = llm("chat");
  const template = { ...service.spec.template, nodeSelector: { disk: "nvme" } };
  const picky = { ...service, spec: { ...service.spec, template } };
  assert.match(
    Object.values(problems(smallScenario({ services: [picky] })))[0]!,
    /didn't match Pod's node affinity\/selector\), its nodeSelector asks for disk=nvme$/,
  );
});

Deno.test("planNode() reads slices, turns, taints, spot and a cordon out of a manifest", () => {
  const manifest = (labels: Record<string, string>, capacity: object, spec = {}): KubeObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n", labels },
    spec,
    status: { capacity } as KubeObject["status"],
  } as KubeObject);
  const single = planNode(manifest(
    { "nvidia.com/gpu.product": "H100-SXM-MIG-1g.10gb", "nvidia.com/mig.strategy": "single" },
    { cpu: "8", "nvidia.com/gpu": "14" },
  ));
  assert.deepEqual([single.gpus, single.gpu?.name], [2, "H100-SXM"]);
  assert.deepEqual(single.mig, { strategy: "single", profiles: Array(7).fill("1g.10gb") });
  const mixed = planNode(manifest(
    { "nvidia.com/gpu.product": "H100-SXM", "nvidia.com/gpu.count": "2" },
    { "nvidia.com/mig-3g.40gb": "4", "nvidia.com/gpu": "0" },
  ));
  assert.deepEqual(mixed.mig, { strategy: "mixed", profiles: ["3g.40gb", "3g.40gb"] });
  const driver = { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" };
  assert.equal(planNode(manifest(driver, { "nvidia.com/gpu": "8" })).gpu?.name, "H100-SXM");
  const shared = planNode(manifest(
    { "nvidia.com/gpu.product": "L4-SHARED", "nvidia.com/gpu.replicas": "4" },
    { "nvidia.com/gpu": "8" },
  ));
  assert.deepEqual([shared.gpus, shared.turns, shared.gpu?.name], [2, 4, "L4"]);
  const taints = [
    { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
    { key: "dedicated", value: "llm", effect: "NoSchedule" },
  ];
  const marked = planNode(manifest({ "cloud.google.com/gke-spot": "true" }, { cpu: "8" }, {
    taints,
    unschedulable: true,
  }));
  assert.deepEqual(marked.taints, [taints[1]]);
  assert.deepEqual(marked.spot, { provider: "gcp", noticeSeconds: 30 });
  const { cordoned, allocatable } = new Node(marked, 0, () => {});
  assert.deepEqual([cordoned, allocatable["cpu"]], [true, 8000]);
});
