import assert from "node:assert/strict";
import { withTensorParallel } from "../../../src/scenario/tensor_parallel.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "./small_run.ts";

const RESOURCES = {
  requests: { cpu: "8", memory: "64Gi", "nvidia.com/gpu": "2" },
  limits: { cpu: "500m", memory: "64Gi", "nvidia.com/gpu": "2", "ephemeral-storage": "1Gi" },
};
const MAIN = { name: "main", image: "vllm:1", resources: RESOURCES };

/** On nodes with room for eight GPUs, with these fields in its spec. */
function scenarioWith(fields: object, metadata: object = {}) {
  const chat = llm("chat");
  return smallScenario({
    cluster: { nodes: [{ count: 4, gpus: "8xH100-SXM" }] },
    services: [{
      ...chat,
      metadata: { ...chat.metadata, ...metadata },
      spec: { ...chat.spec, ...fields },
    }],
  });
}

// deno-lint-ignore no-explicit-any
function changed(data: unknown, tensor: number): any {
  const result = withTensorParallel(data, planned(data), "chat", tensor);
  if ("problem" in result) assert.fail(result.problem);
  return result.data;
}

Deno.test("withTensorParallel() changes parallelism and what pods ask for alike, in both roles", () => {
  const workload = { parallelism: { tensor: 2 }, template: { containers: [MAIN] } };
  const data = scenarioWith({ ...workload, prefill: { replicas: 2, ...workload } });
  const { services: [{ spec }] } = changed(data, 4);
  const [main] = spec.template.containers;
  assert.deepEqual(spec.parallelism, { tensor: 4 });
  assert.deepEqual(main.resources, {
    requests: { cpu: "16", memory: "128Gi", "nvidia.com/gpu": "4" },
    limits: { cpu: "1000m", memory: "128Gi", "nvidia.com/gpu": "4", "ephemeral-storage": "1Gi" },
  });
  assert.equal(main.image, "vllm:1");
  assert.deepEqual(spec.prefill.parallelism, { tensor: 4 });
  assert.deepEqual(spec.prefill.template.containers[0].resources, main.resources);
  const { serving, prefill } = planned(changed(data, 4)).services[0]!;
  assert.deepEqual([serving?.tensorParallel, serving?.gpusPerPod], [4, 4]);
  assert.deepEqual([prefill?.tensorParallel, prefill?.gpusPerPod], [4, 4]);
});

Deno.test("withTensorParallel() changes the flag where a flag says it, in args, in a script and in the environment", () => {
  const flagged = (fields: object) => {
    const main = { ...MAIN, ...fields };
    const { services: [{ spec }] } = changed(
      scenarioWith({ parallelism: {}, template: { containers: [main] } }),
      1,
    );
    assert.equal(spec.parallelism.tensor, undefined);
    const [after] = spec.template.containers;
    assert.equal(after.resources.limits["nvidia.com/gpu"], "1");
    return after;
  };
  assert.deepEqual(
    flagged({ args: ["--tensor-parallel-size", "2", "--max-num-seqs", "2"] }).args,
    ["--tensor-parallel-size", "1", "--max-num-seqs", "2"],
  );
  assert.deepEqual(flagged({ args: ["-tp=2"] }).args, ["-tp=1"]);
  assert.deepEqual(
    flagged({ command: ["sh", "-c", "vllm serve m --tensor_parallel_size 2 $@"] }).command,
    ["sh", "-c", "vllm serve m --tensor_parallel_size 1 $@"],
  );
  const env = [{ name: "VLLM_ADDITIONAL_ARGS", value: "--seed 2 -tp 2" }];
  assert.equal(flagged({ env }).env[0].value, "--seed 2 -tp 1");
});

Deno.test("withTensorParallel() leaves what is so already, and keeps other dimensions in the count", () => {
  const data = scenarioWith({});
  assert.equal(changed(data, 1), data);
  const resources = { limits: { "nvidia.com/gpu": 4 } };
  const staged = scenarioWith({
    parallelism: { tensor: 2, pipeline: 2 },
    template: { containers: [{ ...MAIN, resources }] },
  });
  const { serving } = planned(changed(staged, 4)).services[0]!;
  assert.deepEqual([serving?.tensorParallel, serving?.gpusPerPod], [4, 8]);
});

Deno.test("withTensorParallel() says why it cannot", () => {
  const problem = (data: unknown, tensor: number) => {
    const result = withTensorParallel(data, planned(data), "chat", tensor);
    return "problem" in result ? result.problem : undefined;
  };
  const odd = { limits: { "nvidia.com/gpu": "1" } };
  const data = scenarioWith({
    parallelism: { tensor: 1 },
    template: { containers: [{ ...MAIN, resources: odd }] },
  });
  assert.equal(problem(data, 2), undefined);
  const claimed = smallScenario({
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM", dra: true }] },
    services: [{
      ...llm("chat"),
      metadata: {
        name: "chat",
        annotations: { "serving.kserve.io/exp-dra-device-class": "gpu.nvidia.com" },
      },
    }],
  });
  assert.equal(problem(claimed, 2), "its GPUs are devices that its annotations claim");
});
