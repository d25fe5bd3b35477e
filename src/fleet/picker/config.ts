// `EndpointPickerConfig` as zod sees it: plugins, profiles, feature gates, flow control.

import { z } from "zod";
import { durationSchema } from "../../sim/duration_schema.ts";

const pluginRef = z.strictObject({ pluginRef: z.string() });

/** Kubernetes' quantities of counts and bytes, as far as they are whole numbers. */
const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

const quantity = z.union([z.string(), z.number()]).transform((value, context) => {
  const [, digits, suffix = ""] = /^(\d+)([kMG]|[KMG]i)?$/.exec(String(value)) ?? [];
  if (digits !== undefined) return Number(digits) * SUFFIXES[suffix]!;
  const message = `Cannot read the quantity "${value}": write a number such as 5000, 5k or 1Gi`;
  context.issues.push({ code: "custom", input: value, message });
  return z.NEVER;
});

const band = z.strictObject({
  priority: z.int().optional(),
  maxBytes: quantity.optional(),
  maxRequests: quantity.optional(),
  orderingPolicyRef: z.string().optional(),
  fairnessPolicyRef: z.string().optional(),
});

export type BandConfig = z.output<typeof band>;

const flowControl = z.strictObject({
  maxBytes: quantity.optional(),
  maxRequests: quantity.optional(),
  defaultRequestTTL: durationSchema.optional(),
  defaultPriorityBand: band.omit({ priority: true }).optional(),
  priorityBands: z.array(band.extend({ priority: z.int() })).optional(),
  saturationDetector: pluginRef.optional(),
});

/** Of llm-d up to date, and of KServe up to v0.20; the two say the same. */
const CONFIG_VERSIONS = ["llm-d.ai/v1alpha1", "inference.networking.x-k8s.io/v1alpha1"];

export const pickerConfigSchema = z.strictObject({
  apiVersion: z.enum(CONFIG_VERSIONS),
  kind: z.literal("EndpointPickerConfig"),
  plugins: z.array(z.strictObject({
    name: z.string().optional(),
    type: z.string(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  })).min(1),
  schedulingProfiles: z.array(z.strictObject({
    name: z.string(),
    plugins: z.array(z.strictObject({
      pluginRef: z.string(),
      weight: z.number().min(0).optional(),
    })),
  })).optional(),
  featureGates: z.array(z.string()).optional(),
  flowControl: flowControl.optional(),
  /** The older place of `flowControl.saturationDetector`. */
  saturationDetector: pluginRef.optional(),
  // How metrics come to the picker and requests are parsed; none of it changes which pod is chosen.
  dataLayer: z.looseObject({ discovery: z.never().optional() }).optional(),
  requestHandler: z.looseObject({}).optional(),
  parser: z.looseObject({}).optional(),
});

export type PickerConfig = z.output<typeof pickerConfigSchema>;
