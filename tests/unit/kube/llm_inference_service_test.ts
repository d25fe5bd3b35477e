// LLMInferenceService manifests: the real ones pass, wrong ones are told where they are wrong.
import assert from "node:assert/strict";
import { load as parseYaml, loadAll } from "js-yaml";
import {
  gpusPerPod,
  type LLMInferenceService,
  llmInferenceServiceSchema,
  mainContainer,
  modelNames,
} from "../../../src/kube/llm_inference_service.ts";
import { vllmFlags } from "../../../src/kube/vllm_flags.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";

const METADATA = { name: "llama-3-70b", namespace: "team" };
const SPEC = { model: { uri: "hf://meta-llama/Llama-3.1-70B-Instruct", name: "llama" } };

function manifest(spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: { ...METADATA, ...metadata },
    spec: { ...SPEC, ...spec },
  };
}

const service = (spec?: object, metadata?: object): LLMInferenceService =>
  llmInferenceServiceSchema.parse(manifest(spec, metadata));

/** `path: message` of everything the schema has against a manifest. */
function complaints(data: unknown): string[] {
  const parsed = llmInferenceServiceSchema.safeParse(data);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const pathsOf = (data: unknown) => complaints(data).map((line) => line.split(":")[0]);

const container = (main: object) => ({ template: { containers: [{ name: "main", ...main }] } });

Deno.test("llmInferenceServiceSchema keeps what it does not know", () => {
  const data = manifest({
    router: { route: {}, gateway: {}, scheduler: { pool: { spec: { any: [1] } } } },
    storageInitializer: { enabled: false },
    template: { containers: [{ name: "main", livenessProbe: { periodSeconds: 10 } }] },
  }, { generation: 7 });
  assert.deepEqual(llmInferenceServiceSchema.parse(data), data);
});

Deno.test("llmInferenceServiceSchema says where when it is another kind or version", () => {
  assert.deepEqual(pathsOf({ ...manifest(), apiVersion: "serving.kserve.io/v1alpha1" }), [
    "apiVersion",
  ]);
  assert.deepEqual(pathsOf({ ...manifest(), kind: "InferenceService" }), ["kind"]);
  assert.deepEqual(pathsOf({ ...manifest(), metadata: undefined }), ["metadata"]);
  assert.deepEqual(pathsOf(manifest({ model: undefined })), ["spec.model"]);
});

Deno.test("llmInferenceServiceSchema says where and why when a field has the wrong type", () => {
  assert.deepEqual(complaints(manifest({ replicas: "3" })), [
    "spec.replicas: Invalid input: expected number, received string",
  ]);
  const wrong: readonly (readonly [spec: object, path: string])[] = [
    [{ model: { name: "llama" } }, "spec.model.uri"],
    [{ model: { uri: "" } }, "spec.model.uri"],
    [{ replicas: -1 }, "spec.replicas"],
    [{ replicas: 1.5 }, "spec.replicas"],
    [{ parallelism: { tensor: 0 } }, "spec.parallelism.tensor"],
    [{ parallelism: { expert: "yes" } }, "spec.parallelism.expert"],
    [{ template: { containers: { name: "main" } } }, "spec.template.containers"],
    [container({ args: "--port 8000" }), "spec.template.containers.0.args"],
    [container({ env: [{ value: "x" }] }), "spec.template.containers.0.env.0.name"],
    [{ prefill: { replicas: "1" } }, "spec.prefill.replicas"],
    [{ router: { scheduler: "managed" } }, "spec.router.scheduler"],
    [{ labels: { a: 1 } }, "spec.labels.a"],
  ];
  for (const [spec, path] of wrong) assert.deepEqual(pathsOf(manifest(spec)), [path]);
});

Deno.test("llmInferenceServiceSchema tells of every wrong field at once", () => {
  const data = manifest({ replicas: "3", parallelism: { tensor: 0 } }, { name: "Llama" });
  assert.deepEqual(pathsOf(data).sort(), [
    "metadata.name",
    "spec.parallelism.tensor",
    "spec.replicas",
  ]);
});

Deno.test("llmInferenceServiceSchema takes DNS-1123 subdomains as names, and no others", () => {
  const message = "metadata.name: must be a DNS-1123 subdomain, such as llama-3-70b";
  for (const name of ["a", "llama-3-70b", "llama-3.1-70b", "0", "a".repeat(253)]) {
    assert.deepEqual(complaints(manifest({}, { name })), []);
  }
  for (const name of ["", "Llama", "-a", "a-", "a..b", "a_b", "a b"]) {
    assert.deepEqual(complaints(manifest({}, { name })), [message]);
  }
  assert.deepEqual(pathsOf(manifest({}, { name: "a".repeat(254) })), ["metadata.name"]);
});

Deno.test("llmInferenceServiceSchema wants a weight and a group together, or neither", () => {
  const route = (route: object) => complaints(manifest({ router: { route } }));
  assert.deepEqual(route({}), []);
  assert.deepEqual(route({ group: "chat", weight: 0 }), []);
  assert.deepEqual(route({ group: "chat", weight: 1_000_000 }), []);
  assert.deepEqual(route({ weight: 5 }), ["spec.router.route.group: weight requires group"]);
  assert.deepEqual(route({ group: "chat" }), ["spec.router.route.weight: group requires weight"]);
});

Deno.test("llmInferenceServiceSchema holds group and weight to the CRD's limits", () => {
  const paths = (group: string, weight: number) =>
    pathsOf(manifest({ router: { route: { group, weight } } }));
  assert.deepEqual(paths("a".repeat(63), 1), []);
  const group = "spec.router.route.group";
  for (const bad of ["a".repeat(64), "Chat", "-chat", "chat-", "a.b"]) {
    assert.deepEqual(paths(bad, 1), [group]);
  }
  assert.ok(paths("", 1).includes(group));
  for (const bad of [-1, 1_000_001, 0.5]) {
    assert.deepEqual(paths("chat", bad), ["spec.router.route.weight"]);
  }
});

Deno.test("mainContainer() is the container of that name, wherever it stands", () => {
  const containers = [{ name: "sidecar", image: "s" }, { name: "main", image: "m" }];
  assert.equal(mainContainer(service({ template: { containers } }).spec)?.image, "m");
  assert.equal(
    mainContainer(service({ template: { containers: [containers[0]] } }).spec),
    undefined,
  );
  assert.equal(mainContainer(service({ template: {} }).spec), undefined);
  assert.equal(mainContainer(service().spec), undefined);
});

Deno.test("gpusPerPod() reads limits, then requests, as text or number", () => {
  const gpus = (resources: object) => gpusPerPod(service(container({ resources })).spec);
  const asked = (count: unknown) => ({ "nvidia.com/gpu": count, cpu: "8" });
  assert.equal(gpus({ limits: asked("4") }), 4);
  assert.equal(gpus({ limits: asked(4) }), 4);
  assert.equal(gpus({ requests: asked("2") }), 2);
  assert.equal(gpus({ limits: asked("4"), requests: asked("2") }), 4);
  assert.equal(gpus({ limits: { cpu: "8" } }), undefined);
  assert.equal(gpusPerPod(service(container({})).spec), undefined);
  assert.equal(gpusPerPod(service().spec), undefined);
});

Deno.test("modelNames() are the URI's, the served and the annotated name, best first", () => {
  const annotations = { "mtop.dev/model": "Qwen/Qwen2.5-7B", other: "x" };
  assert.deepEqual(modelNames(service({}, { annotations })), [
    "meta-llama/Llama-3.1-70B-Instruct",
    "llama",
    "Qwen/Qwen2.5-7B",
  ]);
  const model = { uri: "pvc://claim/llama" };
  assert.deepEqual(modelNames(service({ model }, { annotations })), ["Qwen/Qwen2.5-7B"]);
  assert.deepEqual(modelNames(service({ model })), []);
  assert.deepEqual(modelNames(service({ model: { ...model, name: "llama" } })), ["llama"]);
});

const flagsOf = (main: object) => Object.fromEntries(vllmFlags(service(container(main))));

Deno.test("vllmFlags() reads a flag with its value beside it, after =, or with none", () => {
  const args = ["--max-model-len", "4096", "--gpu-memory-utilization=0.95", "--enforce-eager"];
  assert.deepEqual(flagsOf({ args: [...args, "--port", "8000"] }), {
    "max-model-len": "4096",
    "gpu-memory-utilization": "0.95",
    "enforce-eager": true,
    port: "8000",
  });
  assert.deepEqual(flagsOf({ args: ["--a", "--b", "-1", "--c="] }), { a: true, b: "-1", c: "" });
  assert.deepEqual(flagsOf({}), {});
  assert.equal(vllmFlags(service()).size, 0);
});

Deno.test("vllmFlags() keeps what follows the first = of a flag", () => {
  assert.deepEqual(flagsOf({ args: [`--override={"a":"b=c"}`] }), { override: `{"a":"b=c"}` });
});

Deno.test("vllmFlags() reads command, args and VLLM_ADDITIONAL_ARGS, the last one to name a flag", () => {
  const env = [
    { name: "OTHER", value: "--nothing 1" },
    { name: "VLLM_ADDITIONAL_ARGS", value: "  --max-num-seqs 64\n --a=3 " },
  ];
  const main = { command: ["vllm", "serve", "/mnt/models", "--a", "1", "--b", "1"], env };
  assert.deepEqual(flagsOf({ ...main, args: ["--a", "2", "--c"] }), {
    a: "3",
    b: "1",
    c: true,
    "max-num-seqs": "64",
  });
  const fromSecret = [{ name: "VLLM_ADDITIONAL_ARGS", valueFrom: { secretKeyRef: { key: "k" } } }];
  assert.deepEqual(flagsOf({ env: fromSecret }), {});
});

Deno.test("vllmFlags() reads a command written as a shell script of several lines", () => {
  const script = [
    "exec vllm serve /mnt/models \\",
    "  --tensor-parallel-size 4 \\",
    "  --enforce-eager \\",
    "  --max-num-seqs=64",
  ].join("\n");
  assert.deepEqual(flagsOf({ command: ["/bin/bash", "-c", script] }), {
    "tensor-parallel-size": "4",
    "enforce-eager": true,
    "max-num-seqs": "64",
  });
});

Deno.test("vllmFlags() takes vLLM's short forms, and values in quotes", () => {
  const args = ["-tp 4", "--max-model-len", '"4096"', "--served-model-name='a'"];
  assert.deepEqual(flagsOf({ args }), {
    "tensor-parallel-size": "4",
    "max-model-len": "4096",
    "served-model-name": "a",
  });
});

Deno.test("vllmFlags() keeps JSON in one word, quoted or not, and what is never closed apart", () => {
  const json = '{"method": "eagle", "more": {"a": 1}}';
  assert.deepEqual(flagsOf({ args: ["--speculative-config", json] }), {
    "speculative-config": json,
  });
  assert.deepEqual(flagsOf({ args: [`-sc='${json}' -tp=2 -ep`] }), {
    "speculative-config": json,
    "tensor-parallel-size": "2",
    "enable-expert-parallel": true,
  });
  assert.deepEqual(flagsOf({ args: ['--a={"b --c 2'] }), { a: '{"b', c: "2" });
  assert.deepEqual(flagsOf({ command: ["sh", "-c", "run() { vllm --a 1; }"] }), { a: "1;" });
});

Deno.test("vllmFlags() takes _ for - in a flag's name, as vLLM does, and not in its value", () => {
  const args = ["--max_model_len", "4096", "--served_model_name=my_model", "--a-b_c"];
  assert.deepEqual(flagsOf({ args }), {
    "max-model-len": "4096",
    "served-model-name": "my_model",
    "a-b-c": true,
  });
});

/** Of `docs/samples/llmisvc` of KServe; facts/kserve.md, section 4, names the four that are invalid. */
const SAMPLES = shared("samples/docs-samples");
const INVALID = [
  "e2e-gpt-oss/llmisvc_config_default",
  "e2e-gpt-oss/llmisvc_config_prefix_cache",
  "kv-cache-offloading/",
  "latency-predictor/",
];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Every valid v1alpha2 service of the samples, with the file it stands in. */
function* sampleServices(): Generator<readonly [file: string, manifest: Manifest]> {
  for (const file of yamlFiles(SAMPLES.path)) {
    if (INVALID.some((part) => file.includes(part))) continue;
    for (const document of loadAll(Deno.readTextFileSync(file)) as (Manifest | null)[]) {
      const { apiVersion, kind } = document ?? {};
      if (apiVersion !== "serving.kserve.io/v1alpha2" || kind !== "LLMInferenceService") continue;
      yield [file, document!];
    }
  }
}

function* yamlFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* yamlFiles(path);
    else if (name.endsWith(".yaml")) yield path;
  }
}

Deno.test({
  name: `llmInferenceServiceSchema takes every valid v1alpha2 sample of KServe${SAMPLES.skipped}`,
  ignore: !isPresent(SAMPLES),
  fn() {
    const services = [...sampleServices()];
    assert.equal(services.length, 24);
    for (const [file, manifest] of services) {
      assert.deepEqual(complaints(manifest), [], file);
      assert.deepEqual(llmInferenceServiceSchema.parse(manifest), manifest, file);
    }
  },
});

const QWEN = shared("samples/docs-samples/single-node-gpu/llm-inference-service-qwen2-7b-gpu.yaml");
const DEEPSEEK = shared(
  "samples/docs-samples/dp-ep/deepseek-r1-gpu-rdma-roce/" +
    "llm-inference-service-dp-ep-deepseek-r1-gpu-deepep-ht.yaml",
);

Deno.test({
  name: `gpusPerPod(), modelNames() and vllmFlags() read KServe's samples${DEEPSEEK.skipped}`,
  ignore: !isPresent(QWEN) || !isPresent(DEEPSEEK),
  fn() {
    const read = (path: typeof QWEN) => llmInferenceServiceSchema.parse(parseYaml(readText(path)));
    const [qwen, deepseek] = [read(QWEN), read(DEEPSEEK)];
    assert.equal(gpusPerPod(qwen.spec), 1);
    assert.equal(modelNames(qwen)[0], "Qwen/Qwen2.5-7B-Instruct");
    assert.equal(gpusPerPod(deepseek.spec), 8);
    const flags = vllmFlags(deepseek);
    assert.equal(flags.get("gpu-memory-utilization"), "0.95");
    assert.equal(flags.get("max-model-len"), "8192");
    assert.equal(flags.get("enforce-eager"), true);
  },
});

const PRESET = shared("samples/presets/config-llm-template.yaml");

Deno.test({
  name: `vllmFlags() reads the shell script of KServe's own preset${PRESET.skipped}`,
  ignore: !isPresent(PRESET),
  fn() {
    const { spec } = parseYaml(readText(PRESET)) as { spec: { template: object } };
    assert.equal(vllmFlags(service({ template: spec.template })).get("port"), "8000");
  },
});
