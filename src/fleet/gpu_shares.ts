// How much of which GPUs a pod holds: whole ones, slices, turns, or devices it has claimed. Knows no time.

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

interface PodSpec {
  readonly nodeName?: string;
  readonly containers?: readonly { readonly resources?: { readonly limits?: Limits } }[];
  readonly resourceClaims?: readonly { readonly name: string }[];
}
type Limits = Readonly<Record<string, unknown>>;

/** Undefined where the pod is on no node, or holds none. */
export function gpuShareOf(pod: KubeObject, objects: Objects): GpuShare | undefined {
  const { nodeName, containers = [], resourceClaims = [] } = (pod.spec ?? {}) as PodSpec;
  if (nodeName === undefined) return undefined;
  const labels = objects[`/Node//${nodeName}`]?.metadata.labels ?? {};
  const { gpu, counted } = countedOn(labels);
  const asked = containers.flatMap(({ resources }) => Object.entries(resources?.limits ?? {}))
    .map(([resource, amount]) => (Number(amount) || 0) * partOf(resource, gpu, counted));
  const claimed = resourceClaims.map(({ name }) => claimedGpus(pod, name, gpu, objects));
  const gpus = [...asked, ...claimed].reduce((sum, part) => sum + part, 0);
  return gpus > 0 ? { gpu, gpus } : undefined;
}

/** How much of a GPU one of a resource is; 0 where it is none. */
function partOf(resource: string, gpu: string, counted: number): number {
  if (!resource.startsWith(MIG_RESOURCE)) return isGpuResource(resource) ? counted : 0;
  return migShare(gpu, resource.slice(MIG_RESOURCE.length)) ?? 1;
}

/** What a node counts as a GPU, by the labels of NVIDIA's GPU feature discovery. */
function countedOn(labels: Readonly<Record<string, string>>): { gpu: string; counted: number } {
  const product = labels["nvidia.com/gpu.product"] ?? UNKNOWN_GPU;
  const shared = product.endsWith("-SHARED");
  const named = shared ? product.slice(0, -"-SHARED".length) : product;
  const turns = shared ? Number(labels["nvidia.com/gpu.replicas"] ?? 1) || 1 : 1;
  const [gpu = named, profile] = named.split("-MIG-");
  const slice = profile === undefined ? 1 : migShare(gpu, profile) ?? 1;
  return { gpu, counted: slice / turns };
}

interface Claimed {
  readonly devices?: {
    readonly results?: readonly {
      readonly driver: string;
      readonly pool: string;
      readonly device: string;
    }[];
  };
}

/** Devices of drivers of GPUs. */
function claimedGpus(pod: KubeObject, claim: string, gpu: string, objects: Objects): number {
  const { name, namespace = "default" } = pod.metadata;
  const key = `resource.k8s.io/ResourceClaim/${namespace}/${claimName(namespace, name, claim)}`;
  const { devices } = (objects[key]?.status?.["allocation"] ?? {}) as Claimed;
  return (devices?.results ?? []).filter(({ driver }) => driver.startsWith("gpu."))
    .reduce((sum, { driver, pool, device }) => {
      const slice = objects[`resource.k8s.io/ResourceSlice//${resourceSliceName(pool, driver)}`];
      const profile = profileOf(slice, device);
      return sum + (profile === undefined ? 1 : migShare(gpu, profile) ?? 1);
    }, 0);
}

function profileOf(slice: KubeObject | undefined, device: string): string | undefined {
  const published = slice?.spec?.["devices"] as
    | readonly {
      readonly name: string;
      readonly attributes?: { readonly profile?: { readonly string?: string } };
    }[]
    | undefined;
  return published?.find(({ name }) => name === device)?.attributes?.profile?.string;
}
