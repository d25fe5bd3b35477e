// Upstream's sample services combined with the presets, and with the configs that are among the samples.
import assert from "node:assert/strict";
import { toStorage } from "../../../../src/kube/conversion.ts";
import { effectiveSpec } from "../../../../src/kube/effective_spec.ts";
import { llmInferenceServiceSchema } from "../../../../src/kube/llm_inference_service.ts";
import type { KubeObject } from "../../../../src/kube/object.ts";
import { assertGolden } from "../../../golden/golden.ts";
import { HAS_SAMPLES, sampleObjects, samplePaths } from "./samples.ts";

const FOLDER = "docs-samples";
const ignore = !HAS_SAMPLES;
const PATHS = ignore ? [] : samplePaths(FOLDER);
const OBJECTS = PATHS.map((path) => ({ path, objects: sampleObjects(path).map(toStorage) }));

const CONFIGS = OBJECTS.flatMap(({ objects }) => objects)
  .filter(({ kind }) => kind === "LLMInferenceServiceConfig");

/** As they are meant: applied into the namespace of the service that names them. */
function lookup(_namespace: string, name: string): KubeObject | undefined {
  return CONFIGS.find(({ metadata }) => metadata.name === name);
}

function combined(service: KubeObject): string {
  const merged = effectiveSpec(service, lookup);
  if (merged.problem) return `  ${merged.problem.reason}: ${merged.problem.message}`;
  const lines = merged.applied.map(({ source, name }) => `  ${source} ${name}`);
  const parsed = llmInferenceServiceSchema.safeParse({ ...service, spec: merged.spec });
  return [
    ...lines,
    ...parsed.error?.issues.map(({ path, message }) => `  ${path}: ${message}`) ?? [],
  ]
    .join("\n");
}

Deno.test({
  name: "effectiveSpec() combines each of upstream's sample services, or says why it cannot",
  ignore,
  fn() {
    assert.equal(PATHS.length, 29);
    const text = OBJECTS.map(({ path, objects }) =>
      objects.map((object) => {
        const what = object.kind === "LLMInferenceService" ? combined(object) : "  a config";
        return `${path.slice(FOLDER.length + 1)}\n${what}\n`;
      }).join("")
    ).join("");
    assertGolden("effective/docs-samples.txt", text);
  },
});

Deno.test({
  name: "effectiveSpec() leaves nothing unrendered in upstream's sample services",
  ignore,
  fn() {
    for (const { path, objects } of OBJECTS) {
      for (const service of objects.filter(({ kind }) => kind === "LLMInferenceService")) {
        const merged = effectiveSpec(service, lookup);
        if (merged.problem) continue;
        assert.doesNotMatch(JSON.stringify(merged.spec), /\{\{/, path);
        for (const origin of merged.origins.values()) assert.notEqual(origin, "", path);
      }
    }
  },
});
