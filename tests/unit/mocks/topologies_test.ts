// The mock topologies: what they name exists, and all of it can be simulated.
import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { GPU_NAMES } from "../../../src/serving/gpus.ts";
import { CONFIGS, readFolder, service } from "./mock_files.ts";

interface Topology {
  readonly name: string;
  readonly about: string;
  readonly nodes: readonly { name: string; gpu: string; gpus: number; count: number }[];
  readonly services: readonly (string | KubeObject)[];
  readonly load: readonly {
    service: string;
    rps: number;
    promptTokens: number;
    outputTokens: number;
  }[];
  readonly rollout: {
    readonly strategy: string;
    readonly service: string;
    readonly image: string;
    readonly steps: readonly ({ readonly setWeight: number } | { readonly pause: string })[];
  };
}

const TOPOLOGIES = readFolder<Topology>("topologies");

function servicesOf({ services }: Topology): KubeObject[] {
  return services.map((entry) => typeof entry === "string" ? service(entry) : entry);
}

Deno.test("mocks/topologies has the original's four, each with words about it", () => {
  assert.deepEqual(TOPOLOGIES.map(({ name }) => name), [
    "edge",
    "enterprise",
    "gradual",
    "research",
  ]);
  for (const { name, value } of TOPOLOGIES) {
    assert.equal(value.name, name);
    assert.match(value.about, /\.$/);
  }
});

Deno.test("mocks/topologies sends load to and rolls out services that it has", () => {
  for (const { value } of TOPOLOGIES) {
    const names = servicesOf(value).map(({ metadata }) => metadata.name);
    for (const load of value.load) assert.ok(names.includes(load.service), load.service);
    assert.ok(names.includes(value.rollout.service), value.rollout.service);
  }
});

Deno.test("mocks/topologies rolls out another image, by weights that grow to all", () => {
  for (const { name, value: { rollout, ...topology } } of TOPOLOGIES) {
    assert.equal(rollout.strategy, "canary");
    const target = servicesOf({ rollout, ...topology })
      .find(({ metadata }) => metadata.name === rollout.service);
    assert.ok(!JSON.stringify(target?.spec).includes(rollout.image), name);
    const weights = rollout.steps.flatMap((step) => "setWeight" in step ? [step.setWeight] : []);
    assert.deepEqual(weights, [...weights].sort((a, b) => a - b), name);
    assert.equal(weights.at(-1), 100, name);
  }
});

Deno.test("mocks/topologies has GPUs for twice the service that is rolled out", () => {
  for (const { name, value } of TOPOLOGIES) {
    const free = new Map<string, number>();
    for (const { gpu, gpus, count } of value.nodes) {
      assert.ok(GPU_NAMES.includes(gpu), gpu);
      free.set(gpu, (free.get(gpu) ?? 0) + gpus * count);
    }
    for (const { metadata, spec } of servicesOf(value)) {
      const { replicas = 1, template } = spec as unknown as {
        readonly replicas?: number;
        readonly template: { readonly nodeSelector?: Readonly<Record<string, string>> };
      };
      const gpu = template.nodeSelector?.["nvidia.com/gpu.product"] ?? "";
      const pods = replicas * (metadata.name === value.rollout.service ? 2 : 1);
      free.set(gpu, (free.get(gpu) ?? 0) - pods);
    }
    for (const [gpu, left] of free) assert.ok(left >= 0, `${name}: ${gpu} misses ${-left}`);
  }
});

Deno.test("mocks/topologies can be simulated today", () => {
  for (const { name, value } of TOPOLOGIES) {
    const { rollout } = value;
    const tokens = (mean: number) => ({ kind: "lognormal", mean, p99: 3 * mean });
    const result = plan({
      kind: "scenario",
      name,
      duration: "10m",
      cluster: {
        nodes: value.nodes.map(({ count, gpu, gpus }) => ({ count, gpus: `${gpus}x${gpu}` })),
      },
      services: servicesOf(value),
      configs: CONFIGS.map(({ value }) => value),
      load: value.load.map(({ service, rps, promptTokens, outputTokens }) => ({
        kind: "poisson",
        name: service,
        to: service,
        rps,
        prompt: tokens(promptTokens),
        output: tokens(outputTokens),
      })),
      rollouts: [{
        kind: "canary",
        service: rollout.service,
        at: "1m",
        to: { image: rollout.image },
        steps: rollout.steps.map((step) =>
          "setWeight" in step
            ? { kind: "setWeight", weight: step.setWeight }
            : { kind: "pause", duration: step.pause }
        ),
      }],
    });
    if ("problems" in result) assert.fail(`${name}: ${JSON.stringify(result.problems, null, 2)}`);
  }
});
