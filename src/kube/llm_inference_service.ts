// LLMInferenceService v1alpha2 as zod sees it: what a simulation reads is typed, the rest is kept.

import { z } from "zod";
import { isGpuResource } from "./gpu_resources.ts";
import { MAIN } from "./main_container.ts";

/** DNS-1123 subdomain, Kubernetes' rule for names of custom resources. */
const DNS_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** The schema's own pattern of `router.route.group`. */
const ROUTE_GROUP = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

const NO_KIND = 'The field "kind" is missing: write "LLMInferenceService"';

const positive = z.int().min(1);
const quantity = z.union([z.string(), z.number()]);

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  args: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  resources: z.looseObject({
    limits: z.record(z.string(), quantity).optional(),
    requests: z.record(z.string(), quantity).optional(),
  }).optional(),
});

const podSpec = z.looseObject({
  containers: z.array(container).optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
});

const workload = {
  replicas: z.int().min(0).optional(),
  parallelism: z.looseObject({
    tensor: positive.optional(),
    pipeline: positive.optional(),
    data: positive.optional(),
    dataLocal: positive.optional(),
    expert: z.boolean().optional(),
  }).optional(),
  template: podSpec.optional(),
  worker: podSpec.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
};

const route = z.looseObject({
  group: z.string().max(63).regex(ROUTE_GROUP).optional(),
  weight: z.int().min(0).max(1_000_000).optional(),
}).check((context) => {
  const { group, weight } = context.value;
  // The validating webhook's two rules: a weight means nothing without a group, nor a group without.
  if (weight !== undefined && group === undefined) {
    context.issues.push(missing(context.value, "group", "weight requires group"));
  }
  if (group !== undefined && weight === undefined) {
    context.issues.push(missing(context.value, "weight", "group requires weight"));
  }
});

function missing(input: unknown, field: string, message: string) {
  return { code: "custom" as const, input, path: [field], message };
}

const spec = z.looseObject({
  model: z.looseObject({ uri: z.string().min(1), name: z.string().optional() }),
  ...workload,
  prefill: z.looseObject(workload).optional(),
  scaling: z.looseObject({ minReplicas: z.int().min(0).optional() }).optional(),
  router: z.looseObject({
    route: route.optional(),
    gateway: z.looseObject({}).optional(),
    scheduler: z.looseObject({}).optional(),
  }).optional(),
});

/**
 * The shape of a service that can be simulated. Fields that mtop does not read pass through as they
 * are; a known field of the wrong type is an issue with its path.
 */
export const llmInferenceServiceSchema = z.looseObject({
  apiVersion: z.literal("serving.kserve.io/v1alpha2"),
  kind: z.literal("LLMInferenceService", {
    error: ({ input }) => input === undefined ? NO_KIND : undefined,
  }),
  metadata: z.looseObject({
    name: z.string().max(253).regex(DNS_1123, "must be a DNS-1123 subdomain, such as llama-3-70b"),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec,
});

export type LLMInferenceService = z.output<typeof llmInferenceServiceSchema>;
export type Container = z.output<typeof container>;
/** The main workload, which is the spec itself, or `spec.prefill`. */
export type WorkloadSpec = Pick<
  LLMInferenceService["spec"],
  "replicas" | "parallelism" | "template" | "worker"
>;

/** Names the model when `spec.model.uri` cannot: public manifests often hold a `pvc://`. */
export const MODEL_ANNOTATION = "mtop.dev/model";

/**
 * The share of drafts that are accepted, each given those before it (0 to 1): no flag of vLLM has it,
 * and the text that is generated decides it.
 */
export const ACCEPTANCE_ANNOTATION = "mtop.dev/acceptance-rate";

/** KServe's rule: the vLLM container of a workload is named `main`. */
export function mainContainer({ template }: WorkloadSpec): Container | undefined {
  return template?.containers?.find((container) => container.name === MAIN);
}

/** The GPUs that one pod asks for; undefined when it names none. */
export function gpusPerPod(workload: WorkloadSpec): number | undefined {
  const { limits = {}, requests = {} } = mainContainer(workload)?.resources ?? {};
  const asked = Object.entries({ ...requests, ...limits }).filter(([name]) => isGpuResource(name));
  return asked.length === 0 ? undefined : asked.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Whether it says what it needs and no GPU is among it: a CPU server. */
export function asksForNoGpu(workload: WorkloadSpec): boolean {
  const { limits = {}, requests = {} } = mainContainer(workload)?.resources ?? {};
  const asked = Object.keys({ ...limits, ...requests });
  return asked.length > 0 && !asked.some(isGpuResource);
}

/** Where to look for the model's name, best first. */
export function modelNames(service: LLMInferenceService): string[] {
  const { uri, name } = service.spec.model;
  const fromUri = uri.startsWith("hf://") ? uri.slice("hf://".length) : undefined;
  const annotation = service.metadata.annotations?.[MODEL_ANNOTATION];
  // KServe names a model that has no name after its service: that says least about it.
  const named = name === service.metadata.name ? [annotation, name] : [name, annotation];
  return [fromUri, ...named].filter((candidate) => candidate !== undefined);
}
