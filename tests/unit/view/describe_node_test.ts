import assert from "node:assert/strict";
import { nodeSections } from "../../../src/view/describe_node.ts";
import { node, pod } from "./sample_fleet.ts";

const MINUTE = 60_000_000;

function aged(name: string, options: Parameters<typeof pod>[2]) {
  const { metadata, ...rest } = pod("chat", name, options);
  return { ...rest, metadata: { ...metadata, creationTimestamp: "2026-01-01T00:00:00Z" } };
}

const NODE = { ...node("n", "L4"), status: { allocatable: { cpu: "8", "nvidia.com/gpu": "8" } } };

Deno.test("nodeSections() tells the pods of a node, and what they leave of its resources", () => {
  const ended = aged("ended", { node: "n", gpus: 8 });
  const asking = aged("b", { node: "n", gpus: 4 });
  const limits = { cpu: "1500m", memory: "8Gi", "nvidia.com/gpu": "4" };
  const objects = [
    NODE,
    { ...asking, spec: { ...asking.spec, containers: [{ name: "main", resources: { limits } }] } },
    aged("a", { node: "n", gpus: 1 }),
    aged("elsewhere", { node: "m", gpus: 8 }),
    aged("pending", { gpus: 8 }),
    { ...ended, status: { phase: "Failed" } },
  ];
  assert.deepEqual(nodeSections(NODE, objects, 10 * MINUTE), [
    "Non-terminated Pods:  (2 in total)",
    "  Namespace  Name  CPU Requests  Memory Requests  GPUs  Age",
    "  ---------  ----  ------------  ---------------  ----  ---",
    "  default    a     0 (0%)        0                1     10m",
    "  default    b     1500m (18%)   8Gi              4     10m",
    "Allocated resources:",
    "  Resource        Requests     Allocatable  Free",
    "  --------        --------     -----------  ----",
    "  cpu             1500m (18%)  8            6500m",
    "  memory          8Gi          0            0",
    "  nvidia.com/gpu  5 (62%)      8            3",
  ]);
});

Deno.test("nodeSections() has a row also where more is held than is there, and none for no GPU", () => {
  const sick = { ...NODE, status: { allocatable: { "nvidia.com/gpu": 0 } } };
  const lines = nodeSections(sick, [aged("a", { node: "n", gpus: 1 })], 0);
  assert.equal(lines.at(-1), "  nvidia.com/gpu  1         0            0");
  assert.match(nodeSections(node("n", "L4"), [], 0).at(-1)!, /^ {2}-+ /);
});
