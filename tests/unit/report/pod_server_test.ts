import assert from "node:assert/strict";
import { engineLimits } from "../../../src/fleet/engine_limits.ts";
import type { EventOf } from "../../../src/fleet/events.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { podServer } from "../../../src/report/pod_server.ts";
import { findGpu } from "../../../src/serving/gpus.ts";
import { checkpointBytes, findModel } from "../../../src/serving/models.ts";
import { SCHEDULER_STARTUP, startupOf } from "../../../src/serving/startup.ts";
import { llm, MODEL, node, pod, STARTUP, Story } from "./story.ts";

function serverOf(service: KubeObject, subject = pod()) {
  return podServer(new Story().apply(node(), service, subject).state, subject);
}

function withSpec(spec: KubeObject["spec"]): KubeObject {
  return { ...llm(), spec: { ...llm().spec, ...spec } };
}

Deno.test("podServer() has the figures that the engine has", () => {
  const { startup, values, service } = serverOf(llm());
  assert.deepEqual(startup, STARTUP);
  assert.equal(service, "chat");
  const limits = engineLimits({
    model: findModel([MODEL])!,
    tensorParallel: 1,
    gpusPerPod: 1,
    gpuMemoryUtilization: 0.9,
    maxModelLen: 131_072,
  }, findGpu("H100-SXM")!);
  assert.ok("kvBlocks" in limits);
  // vLLM tells of its null block too.
  const tokens = (limits.kvBlocks + 1) * 16;
  assert.equal(Number(values.kvTokens!.replaceAll(",", "")), tokens);
  assert.equal(values.concurrency, (tokens / 131_072).toFixed(2));
  assert.equal(values.weightsGiB, "14.96");
});

Deno.test("podServer() reads what a config sets", () => {
  const config: KubeObject = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceServiceConfig",
    metadata: { name: "big", namespace: "kserve" },
    spec: { parallelism: { tensor: 4 } },
  };
  const story = new Story().apply(node(), config, withSpec({ baseRefs: [{ name: "big" }] }), pod());
  assert.equal(podServer(story.state, pod()).values.tensorParallel, "4");
});

Deno.test("podServer() leaves out what is not known of a model or an image", () => {
  const { values } = serverOf(withSpec({ model: { uri: "pvc://claim/model" } }));
  assert.deepEqual([values.weightsGiB, values.loadSeconds, values.kvTokens, values.maxModelLen], [
    ...[undefined, undefined, undefined, undefined],
  ]);
  assert.equal(values.version, "0.15.1");
  const other = pod();
  const spec = { containers: [{ name: "main", image: "ghcr.io/llm-d/llm-d-cuda:v0.9.0" }] };
  assert.equal(serverOf(llm(), { ...other, spec }).values.version, undefined);
});

Deno.test("podServer() knows the weights of a service that no engine simulates", () => {
  const repository = "deepseek-ai/DeepSeek-R1";
  const { startup, values } = serverOf(withSpec({
    model: { uri: `hf://${repository}` },
    parallelism: { tensor: 2 },
    template: { containers: [{ name: "main", args: ["--block-size=32"] }] },
  }));
  const bytes = checkpointBytes(findModel([repository])!);
  assert.equal(values.weightsGiB, (bytes / 2 / 2 ** 30).toFixed(2));
  assert.deepEqual(startup?.plan, startupOf(bytes));
  assert.equal(values.kvTokens, undefined);
});

Deno.test("podServer() has the engine's figures whatever is wrong with what scales the service", () => {
  const broken = serverOf(withSpec({ scaling: { minReplicas: 1 } }));
  assert.deepEqual(broken.values, serverOf(llm()).values);
});

Deno.test("podServer() tells an endpoint picker from a model server", () => {
  const { role, startup, values } = serverOf(llm(), pod({ scheduler: true }));
  assert.equal(role, "scheduler");
  assert.equal(startup?.plan, SCHEDULER_STARTUP);
  assert.equal(values.pool, "chat-inference-pool");
});

Deno.test("podServer() knows nothing of a pod whose service is gone", () => {
  const { startup, values } = podServer(new Story().apply(pod()).state, pod());
  assert.equal(startup, undefined);
  assert.equal(values.pod, "chat-1");
});

Deno.test("podServer().isOwn goes by the member that a log names, else by the pod's name", () => {
  const story = new Story().apply(node(), llm(), pod()).window({ "chat-1": [0, 0] });
  const window = story.events.at(-1) as EventOf<"window">;
  assert.equal(podServer(story.state, pod()).isOwn(window), true);
  assert.equal(podServer(story.state, pod({ name: "chat-2" })).isOwn(window), false);
  const scale = { service: "chat", revision: "stable", replicas: 1, by: "spec" } as const;
  story.tell({ kind: "scale", ...scale, member: "elsewhere/chat" });
  assert.equal(podServer(story.state, pod()).isOwn(window), false);
  story.tell({ kind: "scale", ...scale, member: "default/chat" });
  assert.equal(podServer(story.state, pod()).isOwn(window), true);
});
