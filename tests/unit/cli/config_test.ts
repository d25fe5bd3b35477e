// Tests of config: which config is meant, what a service gets from them, and where each field is from.
import assert from "node:assert/strict";
import { load } from "js-yaml";
import { config, type ConfigContext, type ConfigOptions } from "../../../src/cli/config.ts";
import { withOrigins } from "../../../src/cli/config_origins.ts";
import { OWN_SPEC } from "../../../src/kube/effective_spec.ts";
import { mergeLayers } from "../../../src/kube/merge.ts";
import type { Json, JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { yamlText } from "../../../src/view/yaml_text.ts";
import fc from "../../fast_check.ts";
import { API, memoryStore, rig, service } from "./write_rig.ts";

function configObject(name: string, namespace: string, spec: JsonObject): KubeObject {
  return {
    apiVersion: API,
    kind: "LLMInferenceServiceConfig",
    metadata: { name, namespace },
    spec,
  };
}

const model = { uri: "hf://a/b" };
const OBJECTS = [
  configObject("production", "kserve", { replicas: 2, router: { route: {} } }),
  configObject("production", "search", { replicas: 3 }),
  configObject("lonely", "research", { replicas: 4 }),
  configObject("twin", "x", {}),
  configObject("twin", "y", {}),
  service("chat", { model, baseRefs: [{ name: "production" }], labels: { a: "1" } }),
  service("broken", { model, baseRefs: [{ name: "gone" }] }),
];

async function run(name?: string, options: ConfigOptions = {}, objects = OBJECTS) {
  const context = rig({ store: memoryStore(...objects) });
  const world: ConfigContext["world"] = () => Promise.reject(new Error("no world is needed"));
  const code = await config(name, options, { ...context, world });
  return { code, stdout: context.stdout(), stderr: context.stderr() };
}

Deno.test("config lists what there is and how many services use it", async () => {
  const { code, stdout } = await run();
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `NAMESPACE   NAME         USED-BY   SETS
kserve      production   1         replicas,router
research    lonely       0         replicas
search      production   0         replicas
x           twin         0
y           twin         0
`,
  );
});

Deno.test("config lists names, a namespace, or a list as JSON", async () => {
  const type = "llminferenceserviceconfig.serving.kserve.io";
  const names = await run(undefined, { namespace: "search", output: "name" });
  assert.equal(names.stdout, `${type}/production\n`);
  const bare = await run(undefined, { namespace: "x", headers: false });
  assert.equal(bare.stdout, "x   twin   0\n");
  const list = JSON.parse((await run(undefined, { output: "json" })).stdout);
  assert.deepEqual([list.kind, list.items.length], ["List", 5]);
  const none = await run(undefined, { namespace: "empty" });
  assert.deepEqual(none, {
    code: 0,
    stdout: "",
    stderr: "No resources found in empty namespace.\n",
  });
});

for (
  const [name, namespace, replicas] of [
    ["production", undefined, 2],
    ["production", "search", 3],
    ["lonely", undefined, 4],
  ] as const
) {
  Deno.test(`config ${name} in ${namespace ?? "no given namespace"} is found`, async () => {
    const { stdout } = await run(name, namespace === undefined ? {} : { namespace });
    assert.equal((load(stdout) as KubeObject).spec?.["replicas"], replicas);
  });
}

Deno.test("config says what it does not find, or finds twice", async () => {
  const missing = await run("gone");
  assert.equal(missing.code, 1);
  assert.equal(
    missing.stderr,
    'Error from server (NotFound): llminferenceserviceconfigs.serving.kserve.io "gone" not found\n',
  );
  await assert.rejects(run("twin"), { message: /^Cannot tell which "twin" .* in x, y; use -n$/ });
});

Deno.test("config --for prints the merge, a comment behind each field", async () => {
  const objects = [
    service("bare", { model, labels: { a: "1" } }),
    configObject("kserve-config-llm-template", "default", { replicas: 2, router: {} }),
  ];
  const { stdout } = await run(undefined, { for: "llmisvc/bare" }, objects);
  assert.equal(
    stdout,
    `apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata:
  name: bare
  namespace: default
spec:
  labels:
    a: "1"         # own spec
  model:
    name: bare     # default
    uri: hf://a/b  # own spec
  replicas: 2      # kserve-config-llm-template
  router: {}       # kserve-config-llm-template
`,
  );
});

Deno.test("config --for tells presets, configs and own spec apart", async () => {
  const { stdout } = await run(undefined, { for: "chat" });
  for (
    const line of [
      /image: ghcr.io\/llm-d\/llm-d-cuda:v[\d.]+ +# kserve-config-llm-template$/m,
      /- \|-? +# kserve-config-llm-template$/m,
      /replicas: 2 +# production$/m,
      /value: \/default\/chat\/v1\/completions +# kserve-config-llm-router-route$/m,
      /kind: Service +# (controller|kserve-config-llm-router-route)$/m,
      /uri: hf:\/\/a\/b +# own spec$/m,
    ]
  ) assert.match(stdout, line);
  // YAML of the same value, whatever stands in comments.
  const json = JSON.parse((await run(undefined, { for: "chat", output: "json" })).stdout);
  assert.deepEqual((load(stdout) as KubeObject).spec, json.spec);
  assert.equal(json.origins["/replicas"], "production");
  assert.deepEqual(json.appliedConfigs, [
    { name: "kserve-config-llm-router-route", namespace: "kserve", source: "Preset" },
    { name: "kserve-config-llm-template", namespace: "kserve", source: "Preset" },
    { name: "production", namespace: "kserve", source: "UserRef" },
  ]);
});

Deno.test("config lists KServe's presets in its namespace alone, with who uses them", async () => {
  const { stdout } = await run(undefined, { namespace: "kserve", headers: false });
  assert.match(stdout, /^kserve +kserve-config-llm-router-route +1 +router$/m);
  assert.match(stdout, /^kserve +kserve-config-llm-tracing +0 +tracing$/m);
  assert.equal(stdout.trim().split("\n").length, 12);
  const preset = await run("kserve-config-llm-tracing");
  assert.match(preset.stdout, /samplerArg: "0.05"/);
});

Deno.test("config --for says which config or service is missing", async () => {
  await assert.rejects(run(undefined, { for: "broken" }), {
    message: 'LLMInferenceServiceConfig "gone" not found in namespaces [default kserve]',
  });
  const { code, stderr } = await run(undefined, { for: "nope" });
  assert.equal(code, 1);
  assert.match(stderr, /llminferenceservices\.serving\.kserve\.io "nope" not found/);
  await assert.rejects(run(undefined, { for: "pod/chat" }), /only services have them/);
});

/** Texts that YAML writes in every style it has: plain, quoted, folded, in blocks. */
const texts = fc.oneof(
  fc.string(),
  fc.constantFrom("a\nb\n", "a\n b", "no", "# x", "word ".repeat(40), "line\n\n\nline\n\n", "1"),
  fc.array(fc.constantFrom("a", " ", "\n", "#", ":", '"', "é"), { maxLength: 120 })
    .map((parts) => parts.join("")),
);

Deno.test("withOrigins() keeps the value of the YAML, whatever its texts are", () => {
  const spec = fc.dictionary(
    fc.constantFrom("a", "b", "nvidia.com/gpu", "~", "env"),
    fc.oneof(texts, fc.array(texts), fc.dictionary(fc.constantFrom("x", "y"), texts)),
  );
  fc.assert(fc.property(spec, (own) => {
    const merged = mergeLayers([{ spec: own, origin: OWN_SPEC }]);
    const value = { spec: merged.spec } as Json;
    const plain = yamlText(value);
    const commented = withOrigins(plain, merged.origins, "/spec");
    assert.deepEqual(load(commented), load(plain));
    const comments = commented.split("\n").filter((line) => line.endsWith(`  # ${OWN_SPEC}`));
    assert.equal(comments.length, merged.origins.size);
  }));
});
