import assert from "node:assert/strict";
import { load as parseYaml } from "js-yaml";
import { BALANCING_ANNOTATION } from "../../../src/fleet/picker/balancing.ts";
import type { Routing } from "../../../src/fleet/picker/plan.ts";
import {
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../../../src/kube/llm_inference_service.ts";
import { routingOf } from "../../../src/scenario/endpoint_picker.ts";
import { llm } from "../fleet/small_fleet.ts";
import { isPresent, readText, shared } from "../serving/shared_data.ts";

const SAMPLES = "samples/docs-samples";

interface Changes {
  readonly scheduler?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly prefill?: boolean;
}

function service({ scheduler, annotations = {}, prefill = false }: Changes): LLMInferenceService {
  const chat = llm("chat");
  return llmInferenceServiceSchema.parse({
    ...chat,
    metadata: { ...chat.metadata, annotations },
    spec: {
      ...chat.spec,
      ...(scheduler === undefined ? {} : { router: { scheduler } }),
      ...(prefill ? { prefill: { template: chat.spec.template } } : {}),
    },
  });
}

function routing(changes: Changes, loraSlots = 0): Routing {
  const { routing, problems } = routingOf(service(changes), loraSlots, (field) => field);
  return routing ?? assert.fail(JSON.stringify(problems));
}

/** The only problem, as `[path, message]`. */
function problem(changes: Changes): [string, string] {
  const { problems } = routingOf(service(changes), 0, (field) => field);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return [problems[0]!.path, problems[0]!.message];
}

const scorersOf = ({ picker }: Routing) =>
  picker!.profiles.map(({ scorers }) => scorers.map(({ plugin, weight }) => `${plugin} ${weight}`));

Deno.test("routingOf() balances in turn where a service has no scheduler", () => {
  const expected = { balancing: "round-robin", failureMode: "FailOpen", loraSlots: 0 };
  assert.deepEqual(routing({}), expected);
});

Deno.test("routingOf() balances as the annotation says, and refuses what it does not know", () => {
  const said = (balancing: string) => ({ annotations: { [BALANCING_ANNOTATION]: balancing } });
  assert.equal(routing(said("random")).balancing, "random");
  assert.equal(routing(said("least-request")).balancing, "least-request");
  assert.deepEqual(problem(said("least-requests")), [
    "metadata.annotations",
    'Cannot simulate "chat": mtop.dev/load-balancing is "least-requests": did you mean ' +
    '"least-request"?',
  ]);
});

Deno.test("routingOf() takes KServe's own configuration where a scheduler has none", () => {
  assert.deepEqual(scorersOf(routing({ scheduler: {} })), [[
    "queue-scorer 2",
    "kv-cache-utilization-scorer 2",
    "prefix-cache-scorer 3",
    "no-hit-lru-scorer 2",
  ]]);
  const lora = routing({ scheduler: {} }, 2);
  assert.ok(scorersOf(lora)[0]!.includes("lora-affinity-scorer 4"));
  assert.equal(lora.loraSlots, 2);
  assert.equal(routing({ scheduler: {}, prefill: true }).picker!.handler.kind, "disaggregated");
});

const QUEUE = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [{ type: "queue-scorer" }],
};

Deno.test("routingOf() takes the configuration in line, or from the flags of the picker", () => {
  assert.deepEqual(scorersOf(routing({ scheduler: { config: { inline: QUEUE } } })), [[
    "queue-scorer 1",
  ]]);
  const template = (...args: string[]) => ({ template: { containers: [{ name: "main", args }] } });
  const flags = template("--config-text", JSON.stringify(QUEUE), "-refresh-metrics-interval=10ms");
  const plan = routing({ scheduler: flags });
  assert.deepEqual([scorersOf(plan), plan.picker!.refreshUs], [[["queue-scorer 1"]], 10_000]);
  assert.match(problem({ scheduler: template("--config-text=plugins:\n") })[1], /YAML/);
  assert.match(problem({ scheduler: template("--config-file=/etc/x") })[1], /--config-file/);
  const wrong = template("--refresh-metrics-interval", "soon");
  assert.match(problem({ scheduler: wrong })[1], /"soon"/);
});

Deno.test("routingOf() reads what the pool says of a picker that does not answer", () => {
  const pool = (failureMode: string) => ({
    pool: { spec: { endpointPickerRef: { failureMode } } },
  });
  assert.equal(routing({ scheduler: pool("FailClose") }).failureMode, "FailClose");
  assert.equal(routing({ scheduler: pool("FailOpen") }).failureMode, "FailOpen");
  const [path] = problem({ scheduler: pool("FailSafe") });
  assert.equal(path, "spec.router.scheduler.pool.spec.endpointPickerRef.failureMode");
});

Deno.test("routingOf() says so when the configuration is elsewhere", () => {
  const [path, message] = problem({ scheduler: { config: { ref: { name: "mine" } } } });
  assert.equal(path, "spec.router.scheduler.config.ref");
  assert.match(message, /ConfigMap "mine", whose key "epp"/);
  assert.match(problem({ scheduler: { pool: { ref: { name: "theirs" } } } })[1], /"theirs"/);
  assert.match(problem({ scheduler: { config: { inline: "plugins: []" } } })[1], /an object/);
});

Deno.test("routingOf() names an unknown plugin and the nearest that is known", () => {
  const inline = { ...QUEUE, plugins: [{ type: "quue-scorer" }] };
  assert.deepEqual(problem({ scheduler: { config: { inline } } }), [
    "spec.router.scheduler.config.inline.plugins[0].type",
    'Cannot simulate "chat": there is no plugin "quue-scorer": did you mean "queue-scorer"?',
  ]);
});

Deno.test("routingOf() says where a parameter is wrong", () => {
  const plugins = [{ type: "load-aware-scorer", parameters: { threshold: 0 } }];
  const [path] = problem({ scheduler: { config: { inline: { ...QUEUE, plugins } } } });
  assert.equal(path, "spec.router.scheduler.config.inline.plugins[0].parameters.threshold");
});

Deno.test("routingOf() refuses a picker that would have prefill pods answer", () => {
  const [, message] = problem({ scheduler: { config: { inline: QUEUE } }, prefill: true });
  assert.match(message, /decode-filter/);
});

const PRECISE = [
  "precise-prefix-kv-cache-routing/llm-inference-service-qwen2-7b-gpu-kv-cache-routing.yaml",
  "precise-prefix-kv-cache-routing/" +
  "llm-inference-service-opt-125m-cpu-kv-cache-routing-simulator.yaml",
  "e2e-gpt-oss/llmisvc_config_prefix_cache.yaml",
];

/** What a manifest has of a scheduler, in a service that can be read. */
function sampleScheduler(text: string): unknown {
  const { spec } = parseYaml(text) as { spec: { router: { scheduler: unknown } } };
  return spec.router.scheduler;
}

for (const name of PRECISE) {
  const sample = shared(`${SAMPLES}/${name}`);
  Deno.test({
    name: `routingOf() reads KServe's sample ${name}${sample.skipped}`,
    ignore: !isPresent(sample),
    fn: () => {
      const plan = routing({ scheduler: sampleScheduler(readText(sample)) });
      assert.deepEqual(scorersOf(plan), [[
        "prefix-cache-scorer 3",
        "kv-cache-utilization-scorer 2",
        "queue-scorer 2",
        "active-request-scorer 3",
      ]]);
    },
  });
}

const LATENCY = shared(`${SAMPLES}/latency-predictor/llm-inference-service-latency-predictor.yaml`);

Deno.test({
  name: `routingOf() refuses KServe's sample of latency prediction${LATENCY.skipped}`,
  ignore: !isPresent(LATENCY),
  fn: () => {
    const scheduler = sampleScheduler(readText(LATENCY)) as { config: { inline: string } };
    assert.match(problem({ scheduler })[1], /must be an object/);
    const inline = parseYaml(scheduler.config.inline);
    const { problems } = routingOf(service({ scheduler: { config: { inline } } }), 0, (f) => f);
    assert.deepEqual(
      problems.map(({ message }) => /plugin "(.*)" is/.exec(message)?.[1]),
      ["predicted-latency-producer", "latency-scorer"],
    );
  },
});
