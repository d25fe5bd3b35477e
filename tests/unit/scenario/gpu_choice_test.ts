import assert from "node:assert/strict";
import { gpusOfService, onGpu } from "../../../src/scenario/gpu_choice.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "./small_run.ts";

const TWO_KINDS = [{ count: 2, gpus: "2xH100-SXM" }, { count: 1, gpus: "4xL40S" }, { count: 1 }];

function onNodes(nodes: unknown, template: object = {}) {
  const chat = llm("chat");
  const pod = { ...chat.spec.template, ...template };
  return smallScenario({
    cluster: { nodes },
    services: [{
      ...chat,
      spec: { ...chat.spec, template: pod, prefill: { replicas: 1, template: pod } },
    }],
  });
}

const selecting = (gpu: string) => ({ nodeSelector: { "nvidia.com/gpu.product": gpu, a: "b" } });

// deno-lint-ignore no-explicit-any
const change = (data: unknown, gpu: string): any => onGpu(data, "chat", gpu);

Deno.test("gpusOfService() is the kinds of the cluster, or the one that the service selects", () => {
  assert.deepEqual(gpusOfService(onNodes(TWO_KINDS), "chat"), ["H100-SXM", "L40S"]);
  assert.deepEqual(gpusOfService(onNodes(TWO_KINDS, selecting("L40S")), "chat"), ["L40S"]);
  const shared = [{ count: 1, gpus: "2xL40S", timeSlicing: 2 }];
  assert.equal(gpusOfService(onNodes(shared), "chat"), undefined);
});

Deno.test("onGpu() has all pods of a service select one kind where the cluster has several", () => {
  const data = change(onNodes(TWO_KINDS), "L40S");
  const { services: [{ spec }], cluster } = data;
  assert.deepEqual(spec.template.nodeSelector, { "nvidia.com/gpu.product": "L40S" });
  assert.deepEqual(spec.prefill.template.nodeSelector, { "nvidia.com/gpu.product": "L40S" });
  assert.deepEqual(cluster.nodes, TWO_KINDS);
  assert.equal(planned(data).services.length, 1);
});

Deno.test("onGpu() gives the nodes other GPUs where the cluster has none of the kind", () => {
  const data = change(onNodes(TWO_KINDS), "H200-SXM");
  assert.deepEqual(data.cluster.nodes, [
    { count: 2, gpus: "2xH200-SXM" },
    { count: 1, gpus: "4xH200-SXM" },
    { count: 1 },
  ]);
  assert.equal(data.services[0].spec.template.nodeSelector, undefined);
  const selected = change(onNodes(TWO_KINDS, selecting("L40S")), "H200-SXM");
  assert.deepEqual(
    selected.services[0].spec.prefill.template.nodeSelector,
    selecting("H200-SXM").nodeSelector,
  );
});

Deno.test("onGpu() leaves a service as it is where all nodes have that kind", () => {
  const data = onNodes([{ count: 2, gpus: "2xH100-SXM" }]);
  assert.deepEqual(change(data, "H100-SXM"), data);
});
