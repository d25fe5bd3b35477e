// Tests of a further member: its own name is in what KServe renders for it, the model's name is the first one's.
import assert from "node:assert/strict";
import {
  memberEffective,
  memberObject,
  memberWorkloads,
} from "../../../src/fleet/member_object.ts";
import { mapIn } from "../../../src/kube/json_shape.ts";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { plan } from "../../../src/scenario/plan.ts";

const API = "serving.kserve.io/v1alpha2";

function service(spec: JsonObject): KubeObject {
  return {
    apiVersion: API,
    kind: "LLMInferenceService",
    metadata: { name: "chat", namespace: "default" },
    spec: { model: { uri: "hf://meta-llama/Llama-3.1-8B-Instruct" }, ...spec },
  };
}

Deno.test("memberObject() keeps the model's name, and has its image where a preset had it", () => {
  const { metadata, spec } = memberObject(service({ replicas: 3 }), "chat-canary", "vllm:2", 0);
  assert.equal(metadata.name, "chat-canary");
  assert.equal(mapIn(spec, "model")?.["name"], "chat");
  assert.deepEqual(spec?.["template"], { containers: [{ name: "main", image: "vllm:2" }] });
  assert.equal(spec?.["replicas"], 0);
  const named = service({ model: { uri: "hf://a/b", name: "own" } });
  assert.equal(mapIn(memberObject(named, "x", "y", 0).spec, "model")?.["name"], "own");
});

Deno.test("memberEffective() combines the member with the configs of the service", () => {
  const config: KubeObject = {
    apiVersion: API,
    kind: "LLMInferenceServiceConfig",
    metadata: { name: "prod", namespace: "kserve" },
    spec: { labels: { from: "prod" } },
  };
  const member = memberObject(service({ baseRefs: [{ name: "prod" }] }), "chat-canary", "v:2", 0);
  const effective = memberEffective(member, [config]);
  assert.deepEqual(effective?.spec["labels"], { from: "prod" });
  assert.equal(memberEffective(member, []), undefined);
});

Deno.test("memberWorkloads() has the member's name in its pods, the model as it was", () => {
  const object = service({ router: { scheduler: {} } });
  const planned = plan({
    kind: "scenario",
    name: "members",
    duration: "1m",
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    services: [object],
    load: [],
  });
  assert.ok(!("problems" in planned));
  const member = memberObject(object, "chat-canary", "vllm:2", 0);
  const { spec } = memberEffective(member, [])!;
  const [main, scheduler] = memberWorkloads(planned.services[0]!.workloads, spec);
  const text = JSON.stringify(main.template);
  assert.match(text, /chat-canary-kserve-self-signed-certs/);
  assert.match(text, /--served-model-name \\"chat\\"/);
  assert.match(text, /storage-initializer/);
  assert.match(JSON.stringify(scheduler?.template), /chat-canary-inference-pool/);
});
