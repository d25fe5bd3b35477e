// Which engines hand keys and values to each other, and what a rolling update does to pairs of them.
import assert from "node:assert/strict";
import type { ServingPlan } from "../../../src/fleet/engine_limits.ts";
import { canHandOver, kvLayoutOf } from "../../../src/fleet/kv_layout.ts";
import { findModel } from "../../../src/serving/models.ts";
import { run, smallScenario } from "../scenario/small_run.ts";
import { llm } from "./small_fleet.ts";

const [small, large] = ["meta-llama/llama-3.1-8b", "meta-llama/llama-3.3-70b-instruct"]
  .map((name) => findModel([name])!);

function serving(fields: Partial<ServingPlan> = {}): ServingPlan {
  return {
    model: small!,
    gpusPerPod: 1,
    tensorParallel: 1,
    gpuMemoryUtilization: 0.9,
    maxModelLen: 4096,
    ...fields,
  };
}

const BASE = kvLayoutOf("vllm/vllm-openai:v0.15.1", serving());

Deno.test("canHandOver() is about version, model and the cache's format, not about parallelism", () => {
  const other = (image: string, fields?: Partial<ServingPlan>) =>
    canHandOver(BASE, kvLayoutOf(image, serving(fields)));
  assert.ok(other("vllm/vllm-openai:v0.15.1"));
  assert.ok(other("vllm/vllm-openai:v0.15.1", { tensorParallel: 2 }));
  assert.ok(!other("vllm/vllm-openai:v0.16.0"));
  assert.ok(!other("vllm/vllm-openai:v0.15.1", { kvDtype: "fp8" }));
  assert.ok(!other("vllm/vllm-openai:v0.15.1", { model: large! }));
});

Deno.test("canHandOver() says nothing of versions where the images are of two repositories", () => {
  assert.ok(canHandOver(BASE, kvLayoutOf("registry:5000/llm-d-cuda", serving())));
  assert.deepEqual(kvLayoutOf("registry:5000/llm-d-cuda", serving()).version, "");
});

function disaggregated() {
  const chat = llm("chat", { replicas: 2 });
  const { template, parallelism } = chat.spec;
  return {
    ...chat,
    spec: { ...chat.spec, prefill: { replicas: 3, parallelism, template } },
  };
}

function rolled(prefill: object) {
  return run(
    smallScenario({
      duration: "25m",
      cluster: { nodes: [{ count: 2, gpus: "8xH100-SXM" }] },
      services: [disaggregated()],
      rollouts: [{
        kind: "rolling",
        service: "chat",
        at: "2m",
        to: { image: "vllm:2", prefill },
      }],
    }),
    {},
  );
}

Deno.test("rolling() of decode and prefill loses those requests that a mixed pair is to serve", () => {
  const { state } = rolled({ image: "vllm:2" });
  const { failed, completed } = state.services["chat"]!.revisions["stable"]!.measured.requests;
  assert.ok(failed > 20 && completed > failed, `${failed} failed, ${completed} did not`);
  const [rollout] = Object.values(state.rollouts);
  assert.equal(rollout!.phase, "Healthy");
  // Once both are through nobody fails any more.
  const last = state.services["chat"]!.revisions["stable"]!.recent.slice(-20);
  assert.ok(last.length > 10 && last.every(({ measured }) => measured!.requests.failed === 0));
});

Deno.test("rolling() of decode alone has prefill and decode never agree again", () => {
  const { state } = rolled({ replicas: 3 });
  const last = state.services["chat"]!.revisions["stable"]!.recent.slice(-20);
  assert.ok(last.every(({ measured }) => measured!.requests.completed === 0));
});
