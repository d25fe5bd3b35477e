// Tests of a scenario's configs: what services get from them, and what is said of those that are none.
import assert from "node:assert/strict";
import { plan } from "../../../src/scenario/plan.ts";

const API = "serving.kserve.io/v1alpha2";
const model = { uri: "hf://meta-llama/Llama-3.1-8B-Instruct" };

function config(name: string, spec: object, namespace?: string) {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: API, kind: "LLMInferenceServiceConfig", metadata, spec };
}

function planned(spec: object, configs?: readonly unknown[]) {
  const metadata = { name: "chat" };
  return plan({
    kind: "scenario",
    name: "test",
    duration: "1m",
    cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }] },
    services: [{ apiVersion: API, kind: "LLMInferenceService", metadata, spec }],
    ...(configs && { configs }),
    load: [],
  });
}

Deno.test("plan() gives services KServe's presets, with no config needed", () => {
  const result = planned({ model, router: { scheduler: {} } });
  assert.ok(!("problems" in result));
  const [main, scheduler] = result.services[0]!.workloads;
  assert.match(main.image, /llm-d-cuda:v/);
  const { containers, initContainers, terminationGracePeriodSeconds } = main.template as {
    containers: { readinessProbe: object }[];
    initContainers: { name: string }[];
    terminationGracePeriodSeconds: number;
  };
  assert.deepEqual(containers.map(({ readinessProbe }) => readinessProbe), [{
    httpGet: { path: "/health", port: 8000, scheme: "HTTP" },
    periodSeconds: 1,
    timeoutSeconds: 1,
    failureThreshold: 2,
  }]);
  assert.deepEqual(initContainers.map(({ name }) => name), ["storage-initializer"]);
  assert.equal(terminationGracePeriodSeconds, 60);
  // Quantities of the scheduler's preset, which the nodes must have.
  assert.deepEqual(scheduler?.needs.requests, { cpu: 1000, memory: 2 * 2 ** 30 });
  // What was written stays what is shown.
  assert.deepEqual(result.services[0]!.object.spec, { model, router: { scheduler: {} } });
});

Deno.test("plan() merges the configs that a service is based on, in its namespace or in kserve", () => {
  const near = config("prod", { replicas: 3 });
  const far = config("prod", { replicas: 5, model }, "kserve");
  const replicas = (configs: readonly unknown[], own: object = { model }) => {
    const result = planned({ ...own, baseRefs: [{ name: "prod" }] }, configs);
    assert.ok(!("problems" in result), JSON.stringify(result));
    return result.services[0]!.workloads[0].replicas;
  };
  assert.equal(replicas([near, far]), 3);
  assert.equal(replicas([far]), 5);
  // The model itself may be the config's.
  assert.equal(replicas([far], {}), 5);
});

Deno.test("plan() says which config is missing, and what is no config", () => {
  const missing = planned({ model, baseRefs: [{ name: "gone" }] });
  assert.ok("problems" in missing);
  assert.deepEqual(missing.problems, [{
    path: "services[0].spec.baseRefs",
    message: 'LLMInferenceServiceConfig "gone" not found in namespaces [default kserve]',
  }]);
  const wrong = planned({ model }, [{ kind: "ConfigMap" }, null, { problem: "no YAML" }]);
  assert.ok("problems" in wrong);
  assert.deepEqual(wrong.problems.map(({ path }) => path), [
    "configs[0]",
    "configs[1]",
    "configs[2]",
  ]);
});

Deno.test("plan() tells a template that cannot be rendered", () => {
  const broken = config("broken", { labels: { a: "{{ range .Spec }}" } });
  const result = planned({ model, baseRefs: [{ name: "broken" }] }, [broken]);
  assert.ok("problems" in result);
  assert.match(result.problems[0]!.message, /^failed to parse template config: .*"range"/);
});

Deno.test("plan() refuses a model's URI with the words of KServe's controller", () => {
  const problems = (uri: string) => {
    const result = planned({ model: { uri, name: "meta-llama/Llama-3.1-8B-Instruct" } });
    return "problems" in result ? result.problems : [];
  };
  const path = "services[0].spec.model.uri";
  assert.deepEqual(problems("gs://bucket/llama"), [
    { path, message: "unsupported schema in model URI: gs://bucket/llama" },
  ]);
  assert.deepEqual(problems("llama"), [{ path, message: "invalid model URI: llama" }]);
  assert.deepEqual(problems("s3://bucket/llama"), []);
});

Deno.test("plan() refuses a config whose spec holds no fields", () => {
  for (const spec of [5, "x", true, []] as unknown as object[]) {
    const result = planned({ model, baseRefs: [{ name: "prod" }] }, [config("prod", spec)]);
    assert.ok("problems" in result);
    const message = "Cannot use configs[0]: its spec holds no fields";
    assert.deepEqual(result.problems[0], { path: "configs[0].spec", message });
  }
});
