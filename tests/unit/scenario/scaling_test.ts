import assert from "node:assert/strict";
import { DEFAULT_BEHAVIOR } from "../../../src/fleet/autoscale/hpa_behavior.ts";
import {
  type LLMInferenceService,
  llmInferenceServiceSchema,
} from "../../../src/kube/llm_inference_service.ts";
import { scalingOf, TO_ZERO_ANNOTATION } from "../../../src/scenario/scaling.ts";
import { llm } from "../fleet/small_fleet.ts";
import { problems, smallScenario } from "./small_run.ts";

function service(
  scaling: unknown,
  annotations?: Record<string, string>,
  prefill?: unknown,
): LLMInferenceService {
  const { spec: { replicas: _, ...spec }, metadata, ...rest } = llm("chat");
  return llmInferenceServiceSchema.parse({
    ...rest,
    metadata: { ...metadata, ...(annotations ? { annotations } : {}) },
    spec: { ...spec, scaling, ...(prefill ? { prefill } : {}) },
  });
}

const read = (...args: Parameters<typeof service>) => scalingOf(service(...args), (field) => field);

Deno.test("scalingOf() reads nothing of a service with fixed replicas", () => {
  assert.deepEqual(read(undefined), { problems: [] });
});

Deno.test("scalingOf() takes KServe's and KEDA's defaults for what is left out", () => {
  const metadata = { serverAddress: "http://p", query: "up", threshold: "2.5" };
  const { main } = read({ maxReplicas: 4, keda: { triggers: [{ type: "prometheus", metadata }] } });
  assert.deepEqual(main, {
    minReplicas: 1,
    maxReplicas: 4,
    actuator: {
      kind: "keda",
      keda: {
        pollingUs: 30_000_000,
        cooldownUs: 300_000_000,
        initialCooldownUs: 0,
        triggers: [{
          type: "prometheus",
          target: { type: "AverageValue", milli: 2500 },
          activation: 0,
          query: "up",
          ignoreNull: true,
          written: { type: "prometheus", metadata },
        }],
        written: {},
      },
    },
  });
});

Deno.test("scalingOf() reads a variant: its model, its cost, whether it may go to zero", () => {
  const scaling = { maxReplicas: 4, wva: { hpa: {} } };
  assert.deepEqual(read(scaling).main, {
    minReplicas: 1,
    maxReplicas: 4,
    wva: { modelId: "chat", variantCost: "10.0" },
    actuator: { kind: "hpa" },
  });
  const retention = (said: string) => read(scaling, { [TO_ZERO_ANNOTATION]: said }).main!.wva!;
  assert.equal(retention("true").retentionUs, 600_000_000);
  assert.equal(retention("90s").retentionUs, 90_000_000);
  assert.equal(retention("false").retentionUs, undefined);
});

Deno.test("scalingOf() completes a behaviour as the API server does", () => {
  const scaleDown = { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] };
  const { main } = read({ maxReplicas: 4, wva: { hpa: { behavior: { scaleDown } } } });
  assert.ok(main?.actuator.kind === "hpa");
  assert.deepEqual(main.actuator.behavior, {
    scaleUp: DEFAULT_BEHAVIOR.scaleUp,
    scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, ...scaleDown },
  });
});

Deno.test("scalingOf() reads prefill's own", () => {
  const prefill = { scaling: { minReplicas: 2, maxReplicas: 3, wva: { keda: {} } } };
  const { main, prefill: own } = read(undefined, {}, prefill);
  assert.equal(main, undefined);
  assert.deepEqual([own!.minReplicas, own!.maxReplicas], [2, 3]);
});

const WRONG: readonly [string, unknown, string, RegExp][] = [
  [
    "scaling modifiers",
    {
      maxReplicas: 2,
      wva: { keda: { advanced: { scalingModifiers: { formula: "a" } } } },
    },
    "wva.keda.advanced.scalingModifiers",
    /scaling modifiers are not modelled yet/,
  ],
  [
    "a threshold that is no number",
    {
      maxReplicas: 2,
      keda: { triggers: [{ type: "prometheus", metadata: { query: "up", threshold: "many" } }] },
    },
    "keda.triggers[0].metadata.threshold",
    /must be a number above 0/,
  ],
  [
    "a trigger without a query",
    {
      maxReplicas: 2,
      keda: { triggers: [{ type: "prometheus", metadata: { threshold: "1" } }] },
    },
    "keda.triggers[0].metadata.query",
    /no query given/,
  ],
  [
    "a policy that is none",
    {
      maxReplicas: 2,
      wva: { hpa: { behavior: { scaleUp: { policies: [{ type: "Nodes" }] } } } },
    },
    "wva.hpa.behavior.scaleUp.policies[0].type",
    /./,
  ],
  [
    "more replicas than fit",
    { maxReplicas: 20_000, wva: { hpa: {} } },
    "maxReplicas",
    /is the most/,
  ],
];

for (const [about, scaling, field, message] of WRONG) {
  Deno.test(`plan() names ${about} and where it stands`, () => {
    const { spec: { replicas: _, ...spec }, ...rest } = llm("chat");
    const told = problems(smallScenario({ services: [{ ...rest, spec: { ...spec, scaling } }] }));
    assert.match(told[`services[0].spec.scaling.${field}`] ?? JSON.stringify(told), message);
  });
}
