// Tests of the presets: each field is what KServe's own has, scripts aside, which another test runs.
import assert from "node:assert/strict";
import { isList, isMap } from "../../../../src/kube/json_shape.ts";
import { MERGE_KEYS } from "../../../../src/kube/merge_rules.ts";
import type { Json, JsonObject, KubeObject } from "../../../../src/kube/object.ts";
import {
  allPresets,
  pinnedPresets,
  presetNamed,
  presetsFor,
} from "../../../../src/kube/presets/presets.ts";
import { renderSpec } from "../../../../src/kube/template.ts";
import type { TemplateContext } from "../../../../src/kube/template_context.ts";
import { HAS_SAMPLES, sampleObjects, samplePaths } from "./samples.ts";

const FOLDER = "presets";
const ignore = !HAS_SAMPLES;

/** A service that has all that the presets ask for. */
function context(enableTLS: boolean): TemplateContext {
  const parallelism = { tensor: 2, data: 16, dataLocal: 8, dataRPCPort: 6000, expert: true };
  const workload = { parallelism, template: { terminationGracePeriodSeconds: 90 }, worker: {} };
  return {
    objectMeta: { name: "chat", namespace: "search" },
    spec: { model: { uri: "hf://a/b", name: "b" }, ...workload, prefill: workload },
    globalConfig: {
      systemNamespace: "kserve",
      ingressGatewayName: "gate",
      ingressGatewayNamespace: "edge",
      enableTLS,
      modelBasedRoutingHeaderName: "X-Model",
      inferencePoolNamespacedName: "search/chat-inference-pool",
    },
  };
}

const SCRIPT = /(vllm serve|vllm launch)/;

/** A value by JSON pointer; items of keyed lists by their keys, since their order means nothing. */
function fields(value: Json | undefined, path = "", field = ""): [string, Json | undefined][] {
  const key = MERGE_KEYS[field];
  if (isList(value) && value.length > 0) {
    return value.flatMap((item, index) =>
      fields(item, `${path}/${key && isMap(item) ? String(item[key]) : index}`)
    );
  }
  if (isMap(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, member]) =>
      fields(member, `${path}/${name}`, name)
    );
  }
  const text = typeof value === "string" && SCRIPT.test(value) ? "a script" : value;
  return [[path, text]];
}

function rendered({ spec }: KubeObject, enableTLS: boolean): JsonObject {
  const result = renderSpec(spec ?? {}, context(enableTLS));
  assert.ok(result.problem === undefined, result.problem);
  return result.spec;
}

Deno.test({
  name: "allPresets() has KServe's eleven well-known configs",
  ignore,
  fn() {
    const names = samplePaths(FOLDER).flatMap(sampleObjects).map(({ metadata }) => metadata.name);
    assert.deepEqual(allPresets().map(({ metadata }) => metadata.name).sort(), names.sort());
    assert.ok(allPresets().every(({ metadata }) => metadata.namespace === "kserve"));
  },
});

for (const path of ignore ? [] : samplePaths(FOLDER)) {
  const [theirs] = sampleObjects(path);
  for (const tls of [false, true]) {
    Deno.test(`presetNamed("${theirs!.metadata.name}") has upstream's fields, TLS ${tls}`, () => {
      const ours = presetNamed(theirs!.metadata.name);
      assert.ok(ours);
      const sorted = (spec: JsonObject) => fields(spec).sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(sorted(rendered(ours, tls)), sorted(rendered(theirs!, tls)));
    });
  }
}

Deno.test("presetNamed() knows no name that objects inherit, nor one without the prefix", () => {
  for (const name of ["kserve-constructor", "config-llm-template", "kserve-", ""]) {
    assert.equal(presetNamed(name), undefined, name);
  }
});

const PREFIX = "kserve-config-llm-";

for (
  const [shape, names] of [
    [{}, ["template"]],
    [{ prefill: {} }, ["prefill-template", "decode-template"]],
    [{ worker: {}, parallelism: { data: 2, dataLocal: 1 } }, ["worker-data-parallel"]],
    [
      {
        worker: {},
        parallelism: { data: 2, dataLocal: 1 },
        prefill: { worker: {}, parallelism: { data: 4, dataLocal: 1 } },
      },
      ["prefill-worker-data-parallel", "decode-worker-data-parallel"],
    ],
    [
      { worker: {}, parallelism: { data: 2, dataLocal: 1 }, prefill: {} },
      ["prefill-template", "decode-worker-data-parallel"],
    ],
    [{ worker: {}, parallelism: { pipeline: 2 } }, ["worker-pipeline-parallel"]],
    [{ worker: {} }, []],
    [{ router: { scheduler: {} } }, ["scheduler", "template"]],
    [{ router: { scheduler: { pool: { ref: { name: "x" } } } } }, ["template"]],
    [{ router: { scheduler: { tokenizer: {} } } }, ["scheduler", "tokenizer", "template"]],
    [
      { router: { scheduler: withPlugin("token-producer") } },
      ["scheduler", "tokenizer", "template"],
    ],
    [
      { router: { scheduler: withPlugin("precise-prefix-cache-scorer") } },
      ["scheduler", "tokenizer", "template"],
    ],
    [
      { router: { scheduler: withPlugin("predicted-latency-producer") } },
      ["scheduler", "scheduler-latency-predictor", "template"],
    ],
    [{ router: { route: {} } }, ["router-route", "template"]],
    [{ router: { route: { http: { refs: [] } } } }, ["router-route", "template"]],
    [{ router: { route: { http: { refs: [{ name: "mine" }] } } } }, ["template"]],
    [{ tracing: {} }, ["tracing", "template"]],
  ] as const
) {
  Deno.test(`presetsFor(${JSON.stringify(shape)}) is ${names.join(", ") || "nothing"}`, () => {
    assert.deepEqual(presetsFor(shape), names.map((name) => PREFIX + name));
  });
}

function withPlugin(type: string): JsonObject {
  return { config: { inline: { plugins: [{ type }] } } };
}

Deno.test("pinnedPresets() keeps what a service was made with, but for its route", () => {
  const key = (name: string) => `serving.kserve.io/config-llm-${name}`;
  const pinned = pinnedPresets({
    [key("template")]: "v0-19-config-llm-template",
    [key("router-route")]: "v0-19-config-llm-router-route",
  });
  assert.equal(Object.keys(pinned).length, 11);
  assert.equal(pinned[key("scheduler")], "kserve-config-llm-scheduler");
  assert.deepEqual(presetsFor({ router: { route: {} } }, pinned), [
    "kserve-config-llm-router-route",
    "v0-19-config-llm-template",
  ]);
});
