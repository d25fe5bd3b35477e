// A topology as data: a cluster, its services and load, and the rollout that is rehearsed on it.

import { z } from "zod";
import { mainContainer, type WorkloadSpec } from "../kube/llm_inference_service.ts";
import type { KubeObject } from "../kube/object.ts";
import { SERVER_IMAGE } from "../kube/presets/server_presets.ts";
import { baselineOf } from "./present.ts";
import { suggestion } from "./problem.ts";
import { rehearsalOf, rehearsalSchema, type RehearsedStrategy, rolloutData } from "./rehearsal.ts";

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
  rollout: rehearsalSchema,
});

export type Topology = z.output<typeof topologySchema>;

/** Long enough for a cold start at each of a few scale-ups; the run ends with the rollout done. */
const ROLLOUT_AT = "2m";
const DURATION = "45m";

/**
 * A topology for one service of the mock cluster: the cluster's nodes, the service's own baseline load,
 * and a rollout to `image`.
 */
export function topologyOf(
  strategy: RehearsedStrategy,
  service: KubeObject,
  nodes: Topology["nodes"],
  image = `${imageOf(service)}-next`,
): Topology {
  const { name } = service.metadata;
  const { rps, promptTokens, outputTokens } = baselineOf(service);
  return {
    name: strategy,
    about: `a ${strategy} rollout of ${name}`,
    nodes,
    services: [service as unknown as Topology["services"][number]],
    load: [{ service: name, rps, promptTokens, outputTokens }],
    rollout: rehearsalOf(strategy, name, image),
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
  const { service } = rollout;
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
    rollouts: [rolloutData(rollout, ROLLOUT_AT)],
    expect: [
      { kind: "rollout", service, outcome: "completed" },
      { kind: "metric", metric: "errorRate", service, comparison: "below", threshold: "1%" },
    ],
  };
}
