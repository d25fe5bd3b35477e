// What a scenario says of its cluster: nodes, how fast images and weights come, and what GPUs cost.

import { z } from "zod";
import { type GatewayPlan, IMMEDIATE_GATEWAY } from "../fleet/route_gateway.ts";
import { celProblem } from "../fleet/scheduling/claims.ts";
import { bandwidthSchema as bandwidth } from "../serving/bandwidth_schema.ts";
import { GPU_NAMES } from "../serving/gpus.ts";
import { DEFAULT_SUPPLY, type Supply } from "../serving/startup.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { budgetSchema } from "./budgets.ts";
import { nodesSchema } from "./node_schema.ts";
import { suggestion } from "./problem.ts";

const bandwidthSchema = bandwidth.optional();

/** The most that an hour of a GPU may cost: a price above it is a slip of the keyboard. */
const MAX_USD = 1_000_000;

const pricesSchema = z.record(z.string(), z.number().min(0).max(MAX_USD)).check((context) => {
  for (const name of Object.keys(context.value)) {
    if (GPU_NAMES.includes(name)) continue;
    const message = `Cannot use the price of "${name}": ${suggestion(name, GPU_NAMES)}`;
    context.issues.push({ code: "custom", input: context.value, path: [name], message });
  }
});

const celSchema = z.string().check((context) => {
  const problem = celProblem(context.value);
  if (problem === undefined) return;
  const message = `Cannot read the CEL expression: ${problem}`;
  context.issues.push({ code: "custom", input: context.value, message });
});

export const clusterSchema = z.strictObject({
  nodes: z.array(nodesSchema).min(1),
  bandwidth: z.strictObject({
    registry: bandwidthSchema,
    pull: bandwidthSchema,
    hub: bandwidthSchema,
    download: bandwidthSchema,
    load: bandwidthSchema,
    volume: bandwidthSchema,
  }).optional(),
  imageStreaming: z.boolean().optional(),
  gateway: z.strictObject({
    propagation: durationSchema.optional(),
    coldBackend: durationSchema.optional(),
  }).optional(),
  /** Of devices that are claimed, beside those that their drivers bring. */
  deviceClasses: z.array(z.strictObject({
    name: z.string(),
    selectors: z.array(celSchema),
  })).optional(),
  prices: pricesSchema.optional(),
  budgets: z.record(z.string(), budgetSchema).optional(),
});

type Cluster = Partial<z.output<typeof clusterSchema>>;

/** How fast images and weights come, where the scenario says anything of it. */
export function supplyOf({ bandwidth, imageStreaming }: Cluster): Supply | undefined {
  if (bandwidth === undefined && imageStreaming === undefined) return undefined;
  const said = Object.entries(bandwidth ?? {}).filter(([, value]) => value !== undefined);
  return {
    ...DEFAULT_SUPPLY,
    ...Object.fromEntries(said),
    ...(imageStreaming === undefined ? {} : { imageStreaming }),
  };
}

/** How changes reach the gateway. */
export function gatewayOf({ gateway = {} }: Cluster): GatewayPlan {
  const { propagation, coldBackend } = gateway;
  return {
    propagationUs: propagation ?? IMMEDIATE_GATEWAY.propagationUs,
    coldUs: coldBackend ?? IMMEDIATE_GATEWAY.coldUs,
  };
}

/** Thousandths of a USD per GPU-hour, as the log holds them. */
export function gpuPricesOf({ prices }: Cluster): Record<string, number> | undefined {
  return prices && Object.fromEntries(
    Object.entries(prices).map(([gpu, usd]) => [gpu, Math.round(usd * 1000)]),
  );
}
