// What a template may read: the service and the cluster's configuration, by the names of their Go fields.

import { isMap } from "./json_shape.ts";
import type { Json, JsonObject } from "./object.ts";
import { TemplateError } from "./template_syntax.ts";

/** The cluster's configuration as far as templates see it. */
export interface GlobalConfig {
  readonly systemNamespace: string;
  readonly ingressGatewayName: string;
  readonly ingressGatewayNamespace: string;
  readonly enableTLS: boolean;
  readonly modelBasedRoutingHeaderName: string;
  /** `<namespace>/<name>`. */
  readonly inferencePoolNamespacedName: string;
}

/** `spec` is the service's own, not the merged one: KServe renders with the service as its user wrote it. */
export interface TemplateContext {
  readonly objectMeta: { readonly name: string; readonly namespace: string };
  readonly spec: JsonObject;
  readonly globalConfig: GlobalConfig;
}

/** A Go struct: its fields by their Go names, each with its JSON name and the struct that it holds. */
type Struct = Readonly<Record<string, { readonly json: string; readonly struct?: string }>>;

function scalars(...names: readonly string[]): Struct {
  return Object.fromEntries(names.map((name) => [name, { json: jsonName(name) }]));
}

/** `DataRPCPort` is `dataRPCPort`, `KVCacheOffloading` `kvCacheOffloading`, `URI` `uri`. */
function jsonName(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (begin) => begin.toLowerCase());
}

const WORKLOAD: Struct = {
  Parallelism: { json: "parallelism", struct: "v1alpha2.ParallelismSpec" },
  Template: { json: "template", struct: "v1.PodSpec" },
  Worker: { json: "worker", struct: "v1.PodSpec" },
  KVCacheOffloading: { json: "kvCacheOffloading", struct: "v1alpha2.KVCacheOffloadingSpec" },
};

/** Those that the presets read; of all others a template cannot tell here whether they exist. */
const STRUCTS: Readonly<Record<string, Struct>> = {
  "": {
    ObjectMeta: { json: "objectMeta", struct: "v1.ObjectMeta" },
    Spec: { json: "spec", struct: "v1alpha2.LLMInferenceServiceSpec" },
    GlobalConfig: { json: "globalConfig", struct: "llmisvc.templateGlobalConfig" },
  },
  "v1.ObjectMeta": scalars("Name", "Namespace"),
  "v1alpha2.LLMInferenceServiceSpec": {
    ...WORKLOAD,
    Model: { json: "model", struct: "v1alpha2.LLMModelSpec" },
    Prefill: { json: "prefill", struct: "v1alpha2.WorkloadSpec" },
  },
  "v1alpha2.WorkloadSpec": WORKLOAD,
  "v1alpha2.LLMModelSpec": scalars("Name", "URI"),
  "v1alpha2.ParallelismSpec": scalars(
    ...["Tensor", "Pipeline", "Data", "DataLocal", "DataRPCPort", "Expert"],
  ),
  "llmisvc.templateGlobalConfig": scalars(
    ...["SystemNamespace", "IngressGatewayName", "IngressGatewayNamespace", "EnableTLS"],
    ...["ModelBasedRoutingHeaderName", "InferencePoolNamespacedName"],
  ),
};

/** The value of `.A.B`; undefined for a nil pointer. Throws a TemplateError where Go cannot go on. */
export function fieldOf(
  context: TemplateContext,
  source: string,
  path: readonly string[],
): Json | undefined {
  let value: Json | undefined = context as unknown as JsonObject;
  let struct = "";
  for (const name of path) {
    const field = STRUCTS[struct]?.[name];
    if (!field) {
      throw new TemplateError(
        `executing "config" at <${source}>: cannot render the field ${name}: ` +
          "only what KServe's own presets use is rendered here",
      );
    }
    if (!isMap(value)) {
      throw new TemplateError(
        `executing "config" at <${source}>: nil pointer evaluating *${struct}.${name}`,
      );
    }
    value = value[field.json];
    struct = field.struct ?? "scalar";
  }
  return value;
}
