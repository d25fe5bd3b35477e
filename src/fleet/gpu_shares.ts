// How much of which GPUs a pod holds: whole ones, slices, turns, or devices it has claimed. Knows no time.

import { type Fields, isRecord, listOf, mapOf } from "../kube/fields.ts";
import { isGpuResource, MIG_RESOURCE } from "../kube/gpu_resources.ts";
import type { KubeObject } from "../kube/object.ts";
import { migShare } from "../serving/mig.ts";
import { claimName, resourceSliceName } from "./claim_objects.ts";

/** GPUs of one node: a slice is its share of the compute slices, a turn its share of the turns. */
export interface GpuShare {
  /** The name of the whole GPU; `?` where its node has no such label. */
  readonly gpu: string;
  readonly gpus: number;
}

/** A GPU of which its node does not say what it is. */
export const UNKNOWN_GPU = "?";

type Objects = Readonly<Record<string, KubeObject>>;

/**
 * Undefined where the pod is on no node, or holds none. A log may have been written by a hand: what is not of
 * its type is as if it were not there.
 */
export function gpuShareOf(pod: KubeObject, objects: Objects): GpuShare | undefined {
  const spec = isRecord(pod.spec) ? pod.spec : {};
  const { nodeName } = spec;
  if (typeof nodeName !== "string") return undefined;
  const { gpu, counted } = countedOn(objects[`/Node//${nodeName}`]);
  const asked = listOf(spec, "containers")
    .flatMap((container) => Object.entries(mapOf(mapOf(container, "resources"), "limits") ?? {}))
    .map(([resource, amount]) => (Number(amount) || 0) * partOf(resource, gpu, counted));
  const claimed = listOf(spec, "resourceClaims")
    .map(({ name }) => claimedGpus(pod, String(name), gpu, objects));
  const gpus = [...asked, ...claimed].reduce((sum, part) => sum + part, 0);
  return gpus > 0 ? { gpu, gpus } : undefined;
}

/** How much of a GPU one of a resource is; 0 where it is none. */
function partOf(resource: string, gpu: string, counted: number): number {
  if (!resource.startsWith(MIG_RESOURCE)) return isGpuResource(resource) ? counted : 0;
  return migShare(gpu, resource.slice(MIG_RESOURCE.length)) ?? 1;
}

/** What a node counts as a GPU, by the labels of NVIDIA's GPU feature discovery. */
function countedOn(node: KubeObject | undefined): { gpu: string; counted: number } {
  const labels = mapOf(node?.metadata as Fields | undefined, "labels") ?? {};
  const product = String(labels["nvidia.com/gpu.product"] ?? UNKNOWN_GPU);
  const shared = product.endsWith("-SHARED");
  const named = shared ? product.slice(0, -"-SHARED".length) : product;
  const turns = shared ? Number(labels["nvidia.com/gpu.replicas"] ?? 1) || 1 : 1;
  const [gpu = named, profile] = named.split("-MIG-");
  const slice = profile === undefined ? 1 : migShare(gpu, profile) ?? 1;
  return { gpu, counted: slice / turns };
}

/** Devices of drivers of GPUs. */
function claimedGpus(pod: KubeObject, claim: string, gpu: string, objects: Objects): number {
  const { name, namespace = "default" } = pod.metadata;
  const key = `resource.k8s.io/ResourceClaim/${namespace}/${claimName(namespace, name, claim)}`;
  const allocation = mapOf(objects[key]?.status as Fields | undefined, "allocation");
  return listOf(mapOf(allocation, "devices"), "results")
    .map(({ driver, pool, device }) => [String(driver), String(pool), device] as const)
    .filter(([driver]) => driver.startsWith("gpu."))
    .reduce((sum, [driver, pool, device]) => {
      const slice = objects[`resource.k8s.io/ResourceSlice//${resourceSliceName(pool, driver)}`];
      const profile = profileOf(slice, device);
      return sum + (profile === undefined ? 1 : migShare(gpu, profile) ?? 1);
    }, 0);
}

function profileOf(slice: KubeObject | undefined, device: unknown): string | undefined {
  const published = listOf(slice?.spec as Fields | undefined, "devices");
  const found = published.find(({ name }) => name === device);
  const profile = mapOf(mapOf(found, "attributes"), "profile")?.["string"];
  return typeof profile === "string" ? profile : undefined;
}
