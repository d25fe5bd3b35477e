// A scenario with a service on another kind of GPU: that of some nodes of its cluster, or of other nodes.

import { isRecord } from "../kube/fields.ts";
import { isMap, mapIn } from "../kube/json_shape.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { withService } from "./sizing.ts";

/** By which a PodSpec says which GPU it wants, and a node which it has. */
export const PRODUCT = "nvidia.com/gpu.product";
const GPUS = /^(\d+)x(.+)$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The kinds of GPUs that a service can be on, in the order of the nodes: those of the cluster, or the one
 * that it selects. Undefined where GPUs are cut or shared: these are not told apart by their kind.
 */
export function gpusOfService(data: unknown, service: string): readonly string[] | undefined {
  const groups = nodeGroups(data);
  if (groups.some((group) => "mig" in group || "timeSlicing" in group)) return undefined;
  const kinds = [...new Set(groups.flatMap((group) => gpuOf(group) ?? []))];
  const { services } = data as { services: readonly KubeObject[] };
  const found = services.find(({ metadata }) => metadata?.name === service);
  const selected = selectorOf((found?.spec ?? {})["template"])?.[PRODUCT];
  return typeof selected === "string" ? [selected] : kinds;
}

/**
 * The data with a service on GPUs of this kind. Where the cluster has such nodes beside others, its pods
 * select them; where it has none, its nodes have GPUs of this kind instead of theirs.
 */
export function onGpu(data: unknown, service: string, gpu: string): unknown {
  const kinds = new Set(nodeGroups(data).flatMap((group) => gpuOf(group) ?? []));
  if (!kinds.has(gpu)) return selecting(withNodesOf(data, gpu), service, gpu, false);
  return selecting(data, service, gpu, kinds.size > 1);
}

function nodeGroups(data: unknown): readonly Fields[] {
  const { cluster } = data as { cluster?: { nodes?: unknown } };
  return Array.isArray(cluster?.nodes) ? cluster.nodes.filter(isRecord) : [];
}

function gpuOf({ gpus }: Fields): string | undefined {
  return typeof gpus === "string" ? GPUS.exec(gpus)?.[2] : undefined;
}

function withNodesOf(data: unknown, gpu: string): unknown {
  const { cluster } = data as { cluster: object };
  const nodes = nodeGroups(data).map((group) =>
    gpuOf(group) === undefined
      ? group
      : { ...group, gpus: String(group["gpus"]).replace(GPUS, `$1x${gpu}`) }
  );
  return { ...data as object, cluster: { ...cluster, nodes } };
}

/** Every PodSpec of it that selects a GPU selects this one; all of them do where they `must`. */
function selecting(data: unknown, service: string, gpu: string, must: boolean): unknown {
  return withService(data, service, (object) => {
    const spec = workloadOn((object.spec ?? {}) as JsonObject, gpu, must);
    const { prefill } = spec;
    const both = isMap(prefill) ? { ...spec, prefill: workloadOn(prefill, gpu, must) } : spec;
    return { ...object, spec: both } as KubeObject;
  });
}

function workloadOn(workload: JsonObject, gpu: string, must: boolean): JsonObject {
  const changed = ["template", "worker"].flatMap((field) => {
    const pod = workload[field];
    const selector = selectorOf(pod);
    // Without workers there are none to place.
    if (field === "worker" && pod === undefined) return [];
    if (!must && selector?.[PRODUCT] === undefined) return [];
    const nodeSelector = { ...selector, [PRODUCT]: gpu };
    return [[field, { ...isMap(pod) ? pod : {}, nodeSelector }]];
  });
  return { ...workload, ...Object.fromEntries(changed) };
}

function selectorOf(podSpec: Json | undefined): JsonObject | undefined {
  return mapIn(podSpec, "nodeSelector");
}
