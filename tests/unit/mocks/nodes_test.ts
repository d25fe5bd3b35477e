// The mock nodes: machines with GPUs that mtop has the facts of.
import assert from "node:assert/strict";
import { GPU_NAMES } from "../../../src/serving/gpus.ts";
import { fileNameOf, NODES } from "./mock_files.ts";

interface NodeStatus {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

Deno.test("mocks/nodes has nodes by name, with the labels by which pods choose", () => {
  for (const { name, value } of NODES) {
    assert.equal(value.kind, "Node");
    assert.equal(name, fileNameOf(value));
    const { labels = {} } = value.metadata;
    assert.equal(labels["kubernetes.io/hostname"], name);
    assert.ok(labels["topology.kubernetes.io/zone"], name);
    const gpu = labels["nvidia.com/gpu.product"];
    if (name.startsWith("cpu-")) assert.equal(gpu, undefined);
    else assert.ok(GPU_NAMES.includes(gpu ?? ""), name);
  }
});

Deno.test("mocks/nodes has several kinds of GPU, and no node gives more than it has", () => {
  const kinds = NODES.map(({ value }) => value.metadata.labels?.["nvidia.com/gpu.product"]);
  assert.ok(new Set(kinds).size >= 5);
  for (const { name, value } of NODES) {
    const { capacity, allocatable } = value.status as unknown as NodeStatus;
    assert.equal(capacity["nvidia.com/gpu"], value.metadata.labels?.["nvidia.com/gpu.count"], name);
    assert.equal(allocatable["nvidia.com/gpu"], capacity["nvidia.com/gpu"], name);
    assert.ok(Number(allocatable["cpu"]) < Number(capacity["cpu"]), name);
  }
});
