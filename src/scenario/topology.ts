// A topology as data: a cluster, its services and load, and the rollout that is rehearsed on it.

import { z } from "zod";
import { mainContainer, type WorkloadSpec } from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import { SERVER_IMAGE } from "../kube/presets/server_presets.ts";
import { baselineOf } from "./present.ts";
import { suggestion } from "./problem.ts";

const step = z.union([
  z.strictObject({ setWeight: z.int() }),
  z.strictObject({ pause: z.string() }),
  z.strictObject({ setCanaryScale: z.strictObject({ replicas: z.int() }) }),
]);

export const topologySchema = z.strictObject({
  name: z.string(),
  about: z.string(),
  /** What else is said of them a scenario's nodes know: zones, taints, slices. */
  nodes: z.array(z.looseObject({
    name: z.string(),
    gpu: z.string(),
    gpus: z.int().min(1),
    count: z.int().min(1),
  })).min(1),
  /** Names of services of the mock cluster, or whole ones. */
  services: z.array(z.union([z.string(), z.looseObject({ kind: z.string() })])).min(1),
  load: z.array(z.strictObject({
    service: z.string(),
    rps: z.number().positive(),
    promptTokens: z.number().positive(),
    outputTokens: z.number().positive(),
  })),
  rollout: z.strictObject({
    strategy: z.literal("canary"),
    service: z.string(),
    image: z.string(),
    steps: z.array(step).min(1),
  }),
});

export type Topology = z.output<typeof topologySchema>;
export type TopologyStep = z.output<typeof step>;

/** The steps of a canary that nobody described: Argo's own example, with shorter pauses. */
const CANARY_STEPS: readonly TopologyStep[] = [
  { setWeight: 5 },
  { pause: "2m" },
  { setWeight: 25 },
  { pause: "2m" },
  { setWeight: 50 },
  { pause: "2m" },
  { setWeight: 100 },
];

/** Long enough for a cold start at each of a few scale-ups; the run ends with the rollout done. */
const ROLLOUT_AT = "2m";
const DURATION = "45m";

/**
 * A topology for one service of the mock cluster: the cluster's nodes, the service's own baseline load,
 * and a canary to `image`.
 */
export function topologyOf(
  service: KubeObject,
  nodes: Topology["nodes"],
  image = `${imageOf(service)}-next`,
): Topology {
  const { name } = service.metadata;
  const { rps, promptTokens, outputTokens } = baselineOf(service);
  return {
    name: "canary",
    about: `a canary of ${name}`,
    nodes,
    services: [service as unknown as Topology["services"][number]],
    load: [{ service: name, rps, promptTokens, outputTokens }],
    rollout: { strategy: "canary", service: name, image, steps: [...CANARY_STEPS] },
  };
}

function imageOf({ spec }: KubeObject): string {
  return mainContainer((spec ?? {}) as WorkloadSpec)?.image ?? SERVER_IMAGE;
}

/**
 * The scenario that rehearses a topology's rollout, as data; `find` knows services by name. Throws an
 * Error, one sentence, when a service is not there.
 */
export function topologyScenario(
  topology: Topology,
  find: (name: string) => KubeObject | undefined,
  known: readonly string[],
): unknown {
  const { name, about, nodes, services, load, rollout } = topology;
  const { service, image, steps } = rollout;
  const checks = [{
    kind: "metric",
    metric: "errorRate",
    of: "canary",
    comparison: "below",
    threshold: "1%",
  }];
  return {
    kind: "scenario",
    name,
    about,
    seed: 1,
    duration: DURATION,
    cluster: {
      nodes: nodes.map(({ gpu, gpus, ...rest }) => ({ ...rest, gpus: `${gpus}x${gpu}` })),
    },
    services: services.map((each) => {
      if (typeof each !== "string") return each;
      const found = find(each);
      if (found) return found;
      throw new Error(`Cannot find the service "${each}": ${suggestion(each, known)}`);
    }),
    load: load.map(({ service, rps, promptTokens, outputTokens }) => ({
      kind: "poisson",
      name: service,
      to: service,
      rps,
      prompt: { kind: "lognormal", mean: promptTokens, p99: promptTokens * 4 },
      output: { kind: "lognormal", mean: outputTokens, p99: outputTokens * 4 },
    })),
    rollouts: [{
      kind: "canary",
      service,
      at: ROLLOUT_AT,
      to: { image },
      steps: steps.map(stepData),
      analysis: {
        kind: "analysis",
        name: "errors",
        every: "30s",
        failureLimit: 1,
        // A small weight of a small load has minutes without a request, which are no failure.
        consecutiveErrorLimit: 100,
        checks,
      },
    }],
    expect: [
      { kind: "rollout", service, outcome: "completed" },
      { kind: "metric", metric: "errorRate", service, comparison: "below", threshold: "1%" },
    ],
  };
}

function stepData(step: TopologyStep) {
  if ("setWeight" in step) return { kind: "setWeight", weight: step.setWeight };
  if ("pause" in step) return { kind: "pause", duration: step.pause };
  return { kind: "setCanaryScale", ...step.setCanaryScale };
}
