// The mock services: real manifests, all shapes of a service among them, and causes of every state.
import assert from "node:assert/strict";
import { baseRefsOf, effectiveSpec } from "../../../src/kube/effective_spec.ts";
import {
  gpusPerPod,
  type LLMInferenceService,
  llmInferenceServiceSchema,
  mainContainer,
  modelNames,
} from "../../../src/kube/llm_inference_service.ts";
import { checkpointBytes, findModel } from "../../../src/serving/models.ts";
import { phasesAlone, startupOf } from "../../../src/serving/startup.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";
import { parseFields, unknownFields } from "./crd_fields.ts";
import { CONFIGS, fileNameOf, fileNames, NODES, service, SERVICES } from "./mock_files.ts";

const RPS = "mtop.dev/rps";
const MISSING = "granite-tuned";
const CRD = shared("samples/crd/fields-v1alpha2.tsv");

const parsed: readonly LLMInferenceService[] = SERVICES.map(({ name, value }) => {
  const result = llmInferenceServiceSchema.safeParse(value);
  assert.ok(result.success, `${name}: ${result.error?.message}`);
  return result.data;
});

function parsedService(name: string, namespace = "default"): LLMInferenceService {
  return llmInferenceServiceSchema.parse(service(name, namespace));
}

function config(name: string) {
  return CONFIGS.map(({ value }) => value).find(({ metadata }) => metadata.name === name);
}

Deno.test("mocks/crs has at least 26 services, each in a file of its own name", () => {
  assert.ok(SERVICES.length >= 26);
  for (const { name, value } of SERVICES) assert.equal(name, fileNameOf(value));
  assert.ok(fileNames("crs").every((name) => name.endsWith(".json")));
  assert.ok(service("gpt2"));
});

Deno.test("mocks/crs holds what a person would write, and nothing that a cluster adds", () => {
  for (const { name, value } of SERVICES) {
    assert.equal(value.status, undefined, name);
    const { uid, resourceVersion, generation } = value.metadata as unknown as Record<
      string,
      string
    >;
    assert.deepEqual([uid, resourceVersion, generation], [undefined, undefined, undefined], name);
    const created = value.metadata.creationTimestamp;
    assert.ok(created === undefined || created < "2026-01-01T00:00:00Z", name);
  }
});

Deno.test(`mocks/crs names only fields that the CRD has${CRD.skipped}`, () => {
  if (!isPresent(CRD)) return;
  const fields = parseFields(readText(CRD));
  const unknown = SERVICES.flatMap(({ name, value }) =>
    unknownFields(value.spec, fields, "spec").map((path) => `${name}: ${path}`)
  );
  assert.deepEqual(unknown, []);
  // What public manifests get wrong is found.
  const wrong = { router: { gateway: { managed: {} } }, template: { spec: {} } };
  const found = unknownFields(wrong, fields, "spec");
  assert.deepEqual(found, ["spec.router.gateway.managed", "spec.template.spec"]);
});

Deno.test("mocks/crs refers to configs that exist, but for the one that is broken by it", () => {
  const missing = SERVICES.flatMap(({ name, value }) =>
    baseRefsOf(value).filter((ref) => !config(ref)).map((ref) => `${name}: ${ref}`)
  );
  assert.deepEqual(missing, [`staging-granite-3-3-8b: ${MISSING}`]);
});

Deno.test("mocks/crs combines with its configs to specs that are valid", () => {
  for (const { name, value } of SERVICES) {
    const merged = effectiveSpec(value, (_, ref) => config(ref));
    if (merged.problem) {
      assert.equal(name, "staging-granite-3-3-8b");
      continue;
    }
    const { spec } = merged;
    assert.ok(llmInferenceServiceSchema.safeParse({ ...value, spec }).success, name);
    assert.ok(!("replicas" in spec && "scaling" in spec), `${name}: replicas and scaling`);
    assert.ok(mainContainer(llmInferenceServiceSchema.parse({ ...value, spec }).spec), name);
  }
});

Deno.test("mocks/crs takes what it leaves out from its configs", () => {
  const merged = effectiveSpec(service("mistral-small-24b", "support"), (_, ref) => config(ref));
  assert.ok(!merged.problem);
  // high-availability after production.
  assert.equal(service("mistral-small-24b", "support").spec?.["replicas"], undefined);
  assert.equal(merged.spec["replicas"], 3);
});

Deno.test("mocks/crs has every shape of a service, in several namespaces", () => {
  const has = (what: string, is: (spec: LLMInferenceService["spec"]) => unknown) =>
    assert.ok(parsed.some(({ spec }) => is(spec)), what);
  has("multi-node", ({ worker, parallelism }) => worker && (parallelism?.data ?? 1) > 1);
  has("prefill and decode", ({ prefill }) => prefill);
  has("LoRA", ({ model }) => model["lora"]);
  has("autoscaled", (spec) => spec.scaling);
  has("no scheduler", ({ router }) => router?.route && !router.scheduler);
  has("no router", ({ router }) => !router);
  has("nobody asked for", ({ replicas }) => replicas === 0);
  has("the preset's image", (spec) => !mainContainer(spec)?.image);
  has("weights on a volume", ({ model }) => model.uri.startsWith("pvc://"));
  const namespaces = new Set(parsed.map(({ metadata }) => metadata.namespace));
  assert.ok(namespaces.size >= 4 && namespaces.has("default"));
  const stopped = service("gemma-2-9b", "research").metadata.annotations;
  assert.equal(stopped?.["serving.kserve.io/stop"], "true");
});

Deno.test("mocks/crs has a canary: two services of one group, one model, 90 to 10", () => {
  const members = parsed.filter(({ spec }) => spec.router?.route?.group === "assistant");
  assert.deepEqual(members.map(({ spec }) => spec.router?.route?.weight), [90, 10]);
  assert.equal(new Set(members.map(({ spec }) => spec.model.uri)).size, 1);
  assert.equal(new Set(members.map(({ metadata }) => metadata.namespace)).size, 1);
});

Deno.test("mocks/crs serves models of which the size is known", () => {
  for (const value of parsed) {
    const names = modelNames(value);
    assert.ok(findModel(names), names.join(", "));
  }
});

Deno.test("mocks/crs asks for as many GPUs a pod as its tensor parallelism needs", () => {
  for (const { metadata, spec } of parsed) {
    const { tensor = 1, dataLocal = 1 } = spec.parallelism ?? {};
    assert.equal(gpusPerPod(spec), tensor * dataLocal, metadata.name);
  }
});

Deno.test("mocks/crs asks for at most 40 requests a second in all, of one service none", () => {
  const rates = parsed.flatMap(({ metadata: { name, annotations } }) => {
    const rps = annotations?.[RPS];
    if (rps !== undefined) assert.match(rps, /^\d+(\.\d+)?$/, name);
    return rps === undefined ? [] : [Number(rps)];
  });
  const sum = rates.reduce((a, b) => a + b, 0);
  assert.ok(sum > 20 && sum <= 40, String(sum));
  assert.equal(parsedService("llama-3-2-1b", "research").metadata.annotations?.[RPS], "0");
});

Deno.test("mocks/crs has one service that is larger than any node", () => {
  const largest = Math.max(
    ...NODES.map(({ value }) => Number(capacity(value.status)["nvidia.com/gpu"] ?? 0)),
  );
  const tooLarge = parsed.filter(({ spec }) => (gpusPerPod(spec) ?? 0) > largest);
  assert.deepEqual(tooLarge.map(({ metadata }) => metadata.name), ["llama-3-1-405b"]);
});

Deno.test("mocks/crs has one service that loads for longer than ten minutes", () => {
  const names = modelNames(parsedService("deepseek-v3", "research"));
  const bytes = checkpointBytes(findModel(names)!);
  assert.ok(bytes >= 300 * 2 ** 30);
  const { downloading, loading } = phasesAlone(startupOf(bytes));
  assert.ok(downloading + loading > 600_000_000);
  assert.equal(service("deepseek-v3", "research").metadata.creationTimestamp, undefined);
});

Deno.test("mocks/crs has one service whose image comes from a host that never resolves", () => {
  const hosts = parsed.map(({ spec }) => mainContainer(spec)?.image?.split("/")[0] ?? "");
  assert.equal(hosts.filter((host) => host.endsWith(".invalid")).length, 1);
});

function capacity(status: unknown): Readonly<Record<string, string>> {
  return (status as { readonly capacity: Readonly<Record<string, string>> }).capacity;
}
