// KServe's own manifests and presets through the path that `create -f` takes them.
import assert from "node:assert/strict";
import { toStorage } from "../../../src/kube/conversion.ts";
import { allPresets } from "../../../src/kube/presets/presets.ts";
import { validateDocument } from "../../../src/kube/validate.ts";
import { CONFIGS, SERVICES } from "../mocks/mock_files.ts";
import { isPresent } from "../serving/shared_data.ts";
import { CRD, ofKserve, samples } from "./crd/samples.ts";

/** By the end of their file: what is said of those that are not valid, and the causes alone. */
const REFUSED: Readonly<Record<string, readonly RegExp[]>> = {
  "e2e-gpt-oss/llmisvc_config_default.yaml": POOL(),
  "e2e-gpt-oss/llmisvc_config_prefix_cache.yaml": POOL(),
  "kv-cache-offloading/llm-inference-service-kv-cache-offloading.yaml": [
    /^LLMInferenceService in version "v1alpha\d" cannot be handled as a LLMInferenceService: strict decoding error: unknown field "spec\.workload"$/,
  ],
  "latency-predictor/llm-inference-service-latency-predictor.yaml": [
    /^The LLMInferenceService ".*" is invalid: spec\.router\.scheduler\.config\.inline: Invalid value: "string": spec\.router\.scheduler\.config\.inline in body must be of type object: "string"$/,
  ],
};

function POOL(): readonly RegExp[] {
  const pool = String.raw`spec\.router\.scheduler\.pool\.spec`;
  return ["selector", "targetPorts", String.raw`endpointPickerRef\.name`]
    .map((field) => new RegExp(`\\* ${pool}\\.${field}: Required value$`, "m"));
}

for (const { file, document } of isPresent(CRD) ? samples().filter(ofKserve) : []) {
  const [name = ""] = Object.keys(REFUSED).filter((name) => file.endsWith(name));
  const said = REFUSED[name];
  const short = file.replace(/^.*samples\/(?=docs|presets)/, "");
  Deno.test(`validateDocument() ${said ? "refuses" : "takes"} ${short}`, () => {
    const validated = validateDocument(document, file, { namespace: "team" });
    if (said !== undefined) {
      assert.ok("refusals" in validated);
      const text = validated.refusals.map(({ text }) => text).join("\n");
      for (const cause of said) assert.match(text, cause);
      return;
    }
    assert.ok(!("refusals" in validated), JSON.stringify(validated));
    const { spec } = toStorage(document);
    assert.deepEqual(validated.object.spec, spec);
    assert.equal(validated.object.apiVersion, "serving.kserve.io/v1alpha2");
  });
}

Deno.test("validateDocument() takes the presets and the manifests that mtop comes with", () => {
  const shipped = [...SERVICES, ...CONFIGS].map(({ value }) => value);
  for (const object of [...shipped, ...allPresets()]) {
    const { name } = object.metadata;
    assert.deepEqual(validateDocument(object, name), { object, warnings: [] }, name);
  }
});

Deno.test({
  name: `All 40 manifests of KServe are tried${CRD.skipped}`,
  ignore: !isPresent(CRD),
  fn() {
    const files = new Set(samples().filter(ofKserve).map(({ file }) => file));
    assert.equal(files.size, 40);
    const known = [...files].filter((file) =>
      Object.keys(REFUSED).some((name) => file.endsWith(name))
    );
    assert.equal(known.length, 4);
  },
});
