import assert from "node:assert/strict";
import { defaultConfig } from "../../../../src/fleet/picker/defaults.ts";
import { REFRESH_US } from "../../../../src/fleet/picker/endpoints.ts";
import type { PickerPlan } from "../../../../src/fleet/picker/plan.ts";
import { selectsPrefill } from "../../../../src/fleet/picker/prefill_pods.ts";
import { readConfig } from "../../../../src/fleet/picker/read_config.ts";
import { NOT_SIMULATED, PLUGIN_TYPES } from "../../../../src/fleet/picker/registry.ts";

type Config = Readonly<Record<string, unknown>>;

function config(fields: Config): Config {
  return { apiVersion: "llm-d.ai/v1alpha1", kind: "EndpointPickerConfig", ...fields };
}

function planOf(fields: Config): PickerPlan {
  const read = readConfig(config(fields));
  return "plan" in read ? read.plan : assert.fail(JSON.stringify(read));
}

/** Of each problem its path and its message. */
function problemsOf(fields: Config): [string, string][] {
  const read = readConfig(config(fields));
  assert.ok(!("plan" in read), "the configuration has no problem");
  const found = "issues" in read ? read.issues : read.problems;
  return found.map(({ path, message }) => [path.join("."), message]);
}

Deno.test("readConfig() reads what KServe writes for one kind of pods", () => {
  const plan = planOf(defaultConfig(false, false) as Config);
  assert.deepEqual(plan.handler, { kind: "single", profile: "default" });
  assert.deepEqual(plan.profiles, [{
    name: "default",
    filters: [],
    scorers: [
      { plugin: "queue-scorer", weight: 2 },
      { plugin: "kv-cache-utilization-scorer", weight: 2 },
      { plugin: "prefix-cache-scorer", weight: 3 },
      { plugin: "no-hit-lru-scorer", weight: 2 },
    ],
    picker: "max-score-picker",
  }]);
  assert.deepEqual([plan.refreshUs, plan.flowControl], [REFRESH_US, undefined]);
});

Deno.test("readConfig() reads what KServe writes for prefill and decode", () => {
  const plan = planOf(defaultConfig(true, true) as Config);
  const decider = "always-disagg-pd-decider";
  assert.deepEqual(plan.handler, {
    kind: "disaggregated",
    decode: "decode",
    prefill: "prefill",
    decider,
  });
  const [prefill, decode] = plan.profiles;
  assert.deepEqual([prefill!.filters, decode!.filters], [["prefill-filter"], ["decode-filter"]]);
  const weights = (profile: typeof decode) => profile!.scorers.map(({ weight }) => weight);
  assert.deepEqual([weights(prefill), weights(decode)], [[3, 2, 2], [2, 3, 4]]);
  assert.equal(selectsPrefill(plan), false);
});

Deno.test("readConfig() takes either version of the configuration", () => {
  const plugins = [{ type: "queue-scorer" }];
  for (const apiVersion of ["llm-d.ai/v1alpha1", "inference.networking.x-k8s.io/v1alpha1"]) {
    assert.ok("plan" in readConfig({ ...config({ plugins }), apiVersion }));
  }
  assert.deepEqual(problemsOf({ plugins, apiVersion: "v2" }).map(([path]) => path), ["apiVersion"]);
});

Deno.test("readConfig() makes up a profile, a handler, a picker and weights where none are said", () => {
  const plan = planOf({ plugins: [{ type: "queue-scorer" }, { type: "decode-filter" }] });
  assert.deepEqual(plan.profiles, [{
    name: "default",
    filters: ["decode-filter"],
    scorers: [{ plugin: "queue-scorer", weight: 1 }],
  }]);
  assert.deepEqual(plan.handler, { kind: "single", profile: "default" });
});

Deno.test("readConfig() tells plugins apart by name", () => {
  const plan = planOf({
    plugins: [
      { type: "load-aware-scorer", name: "strict", parameters: { threshold: 8 } },
      { type: "load-aware-scorer", name: "loose" },
    ],
    schedulingProfiles: [{ name: "x", plugins: [{ pluginRef: "strict" }, { pluginRef: "loose" }] }],
  });
  const parameters = plan.plugins.map(({ parameters }) => parameters);
  assert.deepEqual(parameters, [{ threshold: 8 }, { threshold: 128 }]);
});

Deno.test("readConfig() refuses what is not simulated, by name", () => {
  for (const type of NOT_SIMULATED) {
    const [problem] = problemsOf({ plugins: [{ type }] });
    assert.deepEqual(problem, ["plugins.0.type", `the plugin "${type}" is not simulated`]);
    assert.ok(!(type in PLUGIN_TYPES));
  }
});

Deno.test("readConfig() names an unknown plugin, with those that are known", () => {
  const read = readConfig(config({ plugins: [{ type: "quue-scorer" }] }));
  assert.ok("problems" in read);
  const [problem] = read.problems;
  assert.equal(problem!.message, 'there is no plugin "quue-scorer"');
  assert.ok(problem!.unknown!.known.includes("queue-scorer"));
});

const WRONG: readonly [string, Config, string, RegExp][] = [
  [
    "a parameter that a plugin does not have",
    {
      plugins: [{ type: "load-aware-scorer", parameters: { limit: 3 } }],
    },
    "plugins.0.parameters",
    /limit/,
  ],
  [
    "a parameter of the wrong kind",
    {
      plugins: [{ type: "load-aware-scorer", parameters: { threshold: -3 } }],
    },
    "plugins.0.parameters.threshold",
    /./,
  ],
  [
    "a reference to nothing",
    {
      plugins: [{ type: "queue-scorer" }],
      schedulingProfiles: [{ name: "x", plugins: [{ pluginRef: "queue" }] }],
    },
    "schedulingProfiles.0.plugins.0.pluginRef",
    /no plugin "queue" among plugins/,
  ],
  [
    "a handler where a scorer belongs",
    {
      plugins: [{ type: "single-profile-handler" }],
      schedulingProfiles: [{ name: "x", plugins: [{ pluginRef: "single-profile-handler" }] }],
    },
    "schedulingProfiles.0.plugins.0.pluginRef",
    /is no scorer/,
  ],
  [
    "two profiles without a handler for them",
    {
      plugins: [{ type: "queue-scorer" }],
      schedulingProfiles: [{ name: "a", plugins: [] }, { name: "b", plugins: [] }],
    },
    "schedulingProfiles",
    /single profile/,
  ],
  [
    "a decider that is not there",
    {
      plugins: [{
        type: "disagg-profile-handler",
        parameters: { deciders: { prefill: "always-disagg-pd-decider" } },
      }],
      schedulingProfiles: [{ name: "decode", plugins: [] }, { name: "prefill", plugins: [] }],
    },
    "plugins.0.parameters.deciders.prefill",
    /no plugin/,
  ],
  [
    "a profile that is not there",
    {
      plugins: [
        { type: "always-disagg-pd-decider" },
        {
          type: "disagg-profile-handler",
          parameters: { deciders: { prefill: "always-disagg-pd-decider" } },
        },
      ],
      schedulingProfiles: [{ name: "decode", plugins: [] }],
    },
    "schedulingProfiles",
    /no profile "prefill"/,
  ],
  [
    "two plugins of one name",
    {
      plugins: [{ type: "queue-scorer" }, { type: "queue-scorer" }],
    },
    "plugins.1.name",
    /two plugins/,
  ],
  [
    "two pickers in a profile",
    {
      plugins: [{ type: "max-score-picker" }, { type: "random-picker" }],
    },
    "schedulingProfiles.0",
    /more than one picker/,
  ],
  [
    "a producer that is not there",
    {
      plugins: [{
        type: "prefix-cache-scorer",
        parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
      }],
    },
    "plugins.0.parameters.prefixMatchInfoProducerName",
    /no plugin/,
  ],
  [
    "a feature gate that is not known",
    {
      plugins: [{ type: "queue-scorer" }],
      featureGates: ["warpDrive"],
    },
    "featureGates.0",
    /not simulated/,
  ],
  [
    "a scorer as saturation detector",
    {
      plugins: [{ type: "queue-scorer" }],
      saturationDetector: { pluginRef: "queue-scorer" },
    },
    "saturationDetector.pluginRef",
    /is no detector/,
  ],
  [
    "an ordering that is not simulated",
    {
      plugins: [{ type: "queue-scorer" }],
      featureGates: ["flowControl"],
      flowControl: { defaultPriorityBand: { orderingPolicyRef: "edf-ordering-policy" } },
    },
    "flowControl.defaultPriorityBand.orderingPolicyRef",
    /not simulated/,
  ],
];

for (const [what, fields, path, message] of WRONG) {
  Deno.test(`readConfig() refuses ${what}`, () => {
    const [problem] = problemsOf(fields);
    assert.equal(problem![0], path);
    assert.match(problem![1], message);
  });
}

Deno.test("readConfig() reads flow control, when its gate is on", () => {
  const fields = {
    plugins: [{ type: "queue-scorer" }, { type: "concurrency-detector", name: "detector" }],
    flowControl: {
      defaultRequestTTL: "10s",
      maxRequests: "1k",
      saturationDetector: { pluginRef: "detector" },
      defaultPriorityBand: { maxBytes: "1Gi" },
      priorityBands: [{
        priority: -1,
        maxRequests: 7,
        fairnessPolicyRef: "round-robin-fairness-policy",
        orderingPolicyRef: "fcfs-ordering-policy",
      }],
    },
  };
  assert.equal(planOf(fields).flowControl, undefined);
  assert.equal(planOf({ ...fields, featureGates: ["flowControl=false"] }).flowControl, undefined);
  const plan = planOf({ ...fields, featureGates: ["flowControl"] });
  assert.equal(plan.saturationDetector, "detector");
  assert.deepEqual(plan.flowControl, {
    ttlUs: 10_000_000,
    maxRequests: 1000,
    maxBytes: 0,
    defaultBand: { maxRequests: 5000, maxBytes: 2 ** 30, fairness: "global-strict" },
    bands: { "-1": { maxRequests: 7, maxBytes: 1e9, fairness: "round-robin" } },
  });
});

Deno.test("selectsPrefill() asks whether prefill pods could answer", () => {
  const filters = (...plugins: Config[]) => selectsPrefill(planOf({ plugins }));
  const selector = (values: string[]) => ({
    type: "label-selector-filter",
    parameters: { matchExpressions: [{ key: "llm-d.ai/role", operator: "In", values }] },
  });
  assert.equal(filters({ type: "queue-scorer" }), true);
  assert.equal(filters({ type: "decode-filter" }), false);
  assert.equal(filters(selector(["decode"])), false);
  assert.equal(filters(selector(["decode", "prefill"])), true);
});

Deno.test("readConfig() reads the prefix scorer's modes and block sizes of llm-d 0.2", () => {
  const parametersOf = (parameters: Config) =>
    planOf({ plugins: [{ type: "prefix-cache-scorer", parameters }, { type: "kv-cache-scorer" }] })
      .plugins[0]!.parameters as Config;
  assert.equal(parametersOf({ hashBlockSize: 64 })["hashBlockSize"], 64);
  const indexerConfig = { tokenProcessorConfig: { blockSize: 64, hashSeed: "42" } };
  assert.equal(parametersOf({ mode: "cache_tracking", indexerConfig })["mode"], "cache_tracking");
  const [path] = problemsOf({
    plugins: [{ type: "prefix-cache-scorer", parameters: { mode: "guess" } }],
  })[0]!;
  assert.equal(path, "plugins.0.parameters.mode");
});
