// What an LLMInferenceService and its Config may hold, in either version, as zod: the
// fields of its CRD and of that of LLMInferenceServiceConfig in kserve/kserve aaac4e294. What other projects own of it is in shapes: a pod's
// spec, an autoscaler's, an HTTPRoute's, a pool's. Rules of several fields are validate_cel.ts's.

import type { z } from "zod";
import { GATEWAY_SHAPES } from "./gateway.ts";
import { GATEWAY_RULES } from "./gateway_rules.ts";
import { METADATA } from "./metadata.ts";
import { POD_SHAPES } from "./pod_spec.ts";
import { Shapes } from "./shapes.ts";
import { configStatusFields, statusFields } from "./status.ts";
import {
  ANY,
  ANY_OBJECT,
  BOOLEAN,
  INT_OR_STRING,
  list,
  map,
  object,
  oneOf,
  QUANTITY_TYPE,
  text,
  wholeNumber,
} from "./types.ts";

export type Version = "v1alpha1" | "v1alpha2";

const TABLES = [POD_SHAPES, GATEWAY_SHAPES];
const SHAPES = new Shapes(TABLES, GATEWAY_RULES);
/** In a config these may hold templates: KServe takes their patterns and rules out of its CRD. */
const TEMPLATED = new Shapes(TABLES, GATEWAY_RULES, { templated: true });
const TEXT = text();
const TEXTS = map(TEXT);

const atLeast = (min: number, max?: number) => wholeNumber("int32", min, max);

/** An object's name, and a namespace's. */
const NAME = text({ min: 1, max: 253 });
const NAMESPACE = text({ min: 1, max: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" });
const SECTION_NAME = text({
  min: 1,
  max: 253,
  pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
});
const ROUTE_GROUP = text({ min: 1, max: 63, pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" });

const made = new Map<string, z.ZodType>();

/** What a schema is of. */
interface Of {
  readonly version: Version;
  readonly isConfig: boolean;
}

/** The whole object, service or config; made when it is first asked for. */
export function kserveSchema(version: Version, isConfig = false): z.ZodType {
  const key = `${version} ${isConfig}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const schema = object({
    apiVersion: TEXT,
    kind: TEXT,
    metadata: METADATA,
    spec: object(specFields({ version, isConfig })),
    status: object(isConfig ? configStatusFields(version) : statusFields(version)),
  });
  made.set(key, schema);
  return schema;
}

function specFields(of: Of) {
  const workload = workloadFields(of);
  return {
    ...workload,
    baseRefs: list(SHAPES.get("LocalObjectReference")),
    model: object({
      "uri!": TEXT,
      name: TEXT,
      lora: object({
        adapters: ANY,
        maxAdapters: atLeast(1),
        maxCpuAdapters: atLeast(1),
        maxRank: atLeast(1),
      }),
      ...(of.version === "v1alpha1"
        ? { criticality: oneOf(["Critical", "Standard", "Sheddable"]) }
        : { confidential: object({ "enabled!": BOOLEAN, resourceId: TEXT }) }),
    }),
    prefill: object(workload),
    router: routerSchema(of),
    storageInitializer: object({ enabled: BOOLEAN }),
    tracing: object({
      exporter: TEXT,
      exporterEndpoint: TEXT,
      sampler: TEXT,
      samplerArg: TEXT,
    }),
  };
}

/** What other projects' types are in the spec of either kind. */
function foreign({ isConfig }: Of, name: string): z.ZodType {
  return (isConfig ? TEMPLATED : SHAPES).get(name);
}

function workloadFields(of: Of) {
  const podSpec = foreign(of, "PodSpec");
  return {
    annotations: TEXTS,
    labels: TEXTS,
    replicas: atLeast(0),
    parallelism: object({
      data: atLeast(1),
      dataLocal: atLeast(1),
      dataRPCPort: atLeast(1, 65535),
      expert: BOOLEAN,
      pipeline: atLeast(1),
      tensor: atLeast(1),
    }),
    rolloutStrategy: object({ maxSurge: INT_OR_STRING, maxUnavailable: INT_OR_STRING }),
    scaling: scalingSchema(),
    template: podSpec,
    worker: podSpec,
    ...(of.version === "v1alpha2" && { kvCacheOffloading: offloadingSchema() }),
  };
}

function scalingSchema() {
  const keda = {
    advanced: SHAPES.get("KEDAAdvanced"),
    cooldownPeriod: atLeast(0),
    fallback: SHAPES.get("KEDAFallback"),
    idleReplicaCount: atLeast(0),
    initialCooldownPeriod: atLeast(0),
    pollingInterval: atLeast(1),
  };
  return object({
    minReplicas: atLeast(1).default(1),
    "maxReplicas!": atLeast(1),
    wva: object({
      variantCost: text({ pattern: "^\\d+(\\.\\d+)?$" }).default("10.0"),
      hpa: object({ behavior: SHAPES.get("HPABehavior") }),
      keda: object(keda),
    }),
    keda: object({ ...keda, "triggers!": list(SHAPES.get("KEDATrigger"), { min: 1 }) }),
  });
}

function offloadingSchema() {
  return object({
    "cpu!": QUANTITY_TYPE,
    evictionPolicy: oneOf(["lru", "arc"]).default("lru"),
    secondary: list(object({
      fileSystem: object({
        emptyDir: object({ "size!": QUANTITY_TYPE }),
        pvc: object({
          ref: object({ "name!": TEXT, path: TEXT }),
          spec: SHAPES.get("PersistentVolumeClaimSpec"),
        }),
      }),
    })),
  });
}

function routerSchema(of: Of) {
  const reference = SHAPES.get("LocalObjectReference");
  return object({
    gateway: object({
      refs: list(object({ name: NAME, namespace: NAMESPACE, sectionName: SECTION_NAME })),
    }),
    ingress: object({ refs: list(object({ name: NAME, namespace: NAMESPACE })) }),
    route: object({
      group: ROUTE_GROUP,
      http: object({ refs: list(reference), spec: foreign(of, "HTTPRouteSpec") }),
      weight: atLeast(0, 1_000_000),
    }),
    scheduler: object({
      annotations: TEXTS,
      config: object({ inline: ANY_OBJECT, ref: SHAPES.get("KeySelector") }),
      labels: TEXTS,
      pool: object({
        ref: reference,
        spec: foreign(
          of,
          of.version === "v1alpha1" ? "InferencePoolSpecV1alpha2" : "InferencePoolSpec",
        ),
      }),
      replicas: wholeNumber("int32"),
      template: foreign(of, "PodSpec"),
      tokenizer: object({ template: foreign(of, "TokenizerPodSpec") }),
    }),
  });
}
