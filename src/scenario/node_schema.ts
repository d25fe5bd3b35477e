// What a scenario says of a node: GPUs and how they are cut, the machine around them, its marks.

import { z } from "zod";
import { SPOT_PROVIDERS, type SpotProvider } from "../fleet/scheduling/spot.ts";
import type { Taint } from "../fleet/scheduling/taints.ts";
import { parseQuantity } from "../kube/quantity.ts";
import { durationSchema } from "../sim/duration_schema.ts";

const GPUS = /^(\d+)x(.+)$/;

const gpusSchema = z.string().regex(GPUS, 'write a count and a GPU, such as "8xH100-SXM"')
  .refine((text) => Number(GPUS.exec(text)?.[1] ?? 1) <= 64, "a node has at most 64 GPUs")
  .transform((text) => {
    const [, count, gpu] = GPUS.exec(text)!;
    return { count: Number(count), gpu: gpu! };
  });

/** As `kubectl taint` takes them: `key=value:NoSchedule`, `key:NoExecute`. */
const TAINT = /^([^=:\s]+)(?:=([^=:\s]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

const taintSchema = z.string().transform((text, context): Taint => {
  const [, key, value, effect] = TAINT.exec(text) ?? [];
  if (key !== undefined && effect !== undefined) {
    return { key, ...(value ? { value } : {}), effect: effect as Taint["effect"] };
  }
  context.addIssue({
    code: "custom",
    message: `Invalid taint "${text}": write key=value:effect or key:effect, the effect one of ` +
      `NoSchedule, PreferNoSchedule and NoExecute`,
  });
  return z.NEVER;
});

/** In the units of `Amounts`: `scale` is 1000 for cpu. */
const quantitySchema = (scale: number, example: string) =>
  z.union([z.string(), z.number()]).transform((text, context) => {
    const value = parseQuantity(text);
    if (value !== undefined && value > 0) return Math.floor(value * scale);
    const message = `Invalid quantity "${text}": write a number above 0, such as ${example}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** `"all-1g.10gb"` and `"all-balanced"` as NVIDIA's mig-parted names its configs; else the slices. */
const migSchema = z.union([
  z.string().regex(/^all-/, 'write "all-1g.10gb", "all-balanced" or a list of profiles'),
  z.array(z.string()).min(1),
]);

const spotSchema = z.enum(SPOT_PROVIDERS as [SpotProvider, ...SpotProvider[]], {
  error: `write whose spot it is: ${SPOT_PROVIDERS.map((name) => `"${name}"`).join(", ")}`,
});

const attributeSchema = z.union([z.string(), z.number(), z.boolean()]);

export const nodesSchema = z.strictObject({
  count: z.int().min(1).max(100_000),
  /** Absent: a node without GPUs. */
  gpus: gpusSchema.optional(),
  name: z.string().optional(),
  cpu: quantitySchema(1000, "64 or 500m").optional(),
  memory: quantitySchema(1, "512Gi").optional(),
  storage: quantitySchema(1, "1Ti").optional(),
  /** What other device plugins offer: `{ "rdma/ib": 8 }`. */
  resources: z.record(z.string(), z.int().min(0)).optional(),
  zone: z.string().optional(),
  region: z.string().optional(),
  instanceType: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  taints: z.array(taintSchema).optional(),
  spot: spotSchema.optional(),
  mig: migSchema.optional(),
  migStrategy: z.enum(["single", "mixed"]).optional(),
  /** Pods that take turns on each GPU. */
  timeSlicing: z.int().min(2).max(64).optional(),
  /** GPUs of each NVLink bridge, where not all of the node's are linked. */
  nvlink: z.strictObject({ island: z.int().min(2).max(64) }).optional(),
  /** When they register; absent: they are there from the beginning. */
  joins: durationSchema.refine((us) => us > 0, "leave it out where nodes are there at once")
    .optional(),
  /** Its GPUs are claimed as devices instead of counted; with attributes other than the driver's own. */
  dra: z.union([
    z.boolean(),
    z.strictObject({ attributes: z.record(z.string(), attributeSchema) }),
  ]).optional(),
});

export type ScenarioNodes = z.output<typeof nodesSchema>;
