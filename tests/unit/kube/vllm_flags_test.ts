// Tests of the flags in a rendered preset: what its script starts vLLM with, in vLLM's order.
import assert from "node:assert/strict";
import { effectiveSpec } from "../../../src/kube/effective_spec.ts";
import { llmInferenceServiceSchema } from "../../../src/kube/llm_inference_service.ts";
import type { JsonObject } from "../../../src/kube/object.ts";
import { vllmFlags } from "../../../src/kube/vllm_flags.ts";

function flagsOf(spec: JsonObject): Record<string, string | true> {
  const service = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "search" },
    spec: { model: { uri: "hf://a/b" }, ...spec },
  };
  const merged = effectiveSpec(service, () => undefined);
  assert.ok(merged.problem === undefined, merged.problem?.message);
  const effective = llmInferenceServiceSchema.parse({ ...service, spec: merged.spec });
  return Object.fromEntries(vllmFlags(effective));
}

const main = (more: JsonObject) => ({ template: { containers: [{ name: "main", ...more }] } });

Deno.test("vllmFlags() reads the preset's script from its start of vLLM on", () => {
  assert.deepEqual(flagsOf({ parallelism: { tensor: 4 } }), {
    "served-model-name": "chat",
    port: "8000",
    "tensor-parallel-size": "4",
  });
});

Deno.test("vllmFlags() puts VLLM_ADDITIONAL_ARGS and the arguments where the script has them", () => {
  const env = [{ name: "VLLM_ADDITIONAL_ARGS", value: "--max-num-seqs 64 --enforce-eager" }];
  const args = ["--max-num-seqs=128", "--speculative-config", '{"method": "ngram", "n": 2}'];
  const flags = flagsOf(main({ env, args }));
  // vLLM takes the last of two, and arguments stand behind.
  assert.equal(flags["max-num-seqs"], "128");
  assert.equal(flags["enforce-eager"], true);
  assert.equal(flags["speculative-config"], '{"method": "ngram", "n": 2}');
});

Deno.test("vllmFlags() does not take for flags what the script decides when it runs", () => {
  const flags = flagsOf({ kvCacheOffloading: { cpu: "10Gi" } });
  assert.equal(flags["kv-transfer-config"], undefined);
  assert.equal(flags["shutdown-timeout"], undefined);
});

Deno.test("vllmFlags() reads the ranks of a data-parallel preset", () => {
  const flags = flagsOf({ worker: {}, parallelism: { data: 16, dataLocal: 8, expert: true } });
  assert.equal(flags["data-parallel-size"], "16");
  assert.equal(flags["data-parallel-size-local"], "8");
  assert.equal(flags["data-parallel-rpc-port"], "5555");
  assert.equal(flags["enable-expert-parallel"], true);
  assert.equal(flags["headless"], undefined);
});

Deno.test("vllmFlags() reads a command of the service's own, which takes the script's place", () => {
  const command = ["vllm", "serve", "/mnt/models", "--port", "8000"];
  assert.deepEqual(flagsOf(main({ command, args: ["--max-model-len=4096"] })), {
    port: "8000",
    "max-model-len": "4096",
  });
});
