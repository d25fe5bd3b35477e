// A node as its manifest describes it: what it offers, its marks, how its GPUs are cut.

import type { NodePlan } from "../fleet/nodes.ts";
import type { MigPlan } from "../fleet/scheduling/devices.ts";
import { amounts } from "../fleet/scheduling/needs_of.ts";
import type { Amounts } from "../fleet/scheduling/pod_needs.ts";
import { spotOf } from "../fleet/scheduling/spot.ts";
import type { Taint } from "../fleet/scheduling/taints.ts";
import { GPU_RESOURCES, isGpuResource, MIG_RESOURCE } from "../kube/gpu_resources.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { findProduct, type GpuFacts } from "../serving/gpus.ts";
import { cutProblem } from "../serving/mig.ts";

/** More GPUs than any node has: a number beyond it is a slip of the keyboard. */
const MAX_GPUS = 64;

/** Taints that the node's controllers keep by themselves. */
const OWN_TAINTS = "node.kubernetes.io/";

/** A GPU that is not known has no facts. */
export function planNode(manifest: KubeObject): NodePlan {
  const { name, labels = {} } = manifest.metadata;
  const status = (manifest.status ?? {}) as Record<string, JsonObject | undefined>;
  const capacity = amounts(status["capacity"] ?? status["allocatable"] ?? {});
  const allocatable = amounts(status["allocatable"] ?? {});
  const offered = { ...capacity, ...allocatable };
  const gpu = gpuOf(labels);
  const devices = devicesOf(offered, labels, gpu);
  const { taints = [] } = (manifest.spec ?? {}) as { taints?: readonly Taint[] };
  const spot = spotOf(labels);
  return {
    ...{ name, gpu, ...devices, manifest },
    ...(Object.keys(capacity).length > 0
      ? { capacity: withoutGpus(capacity), allocatable: withoutGpus(allocatable) }
      : {}),
    ...(taints.length > 0
      ? { taints: taints.filter(({ key }) => !key.startsWith(OWN_TAINTS)) }
      : {}),
    ...(spot ? { spot } : {}),
  };
}

/** By the label of NVIDIA's discovery or of AMD's; a cut or shared GPU says so in its product's name. */
function gpuOf(labels: Readonly<Record<string, string>>): GpuFacts | undefined {
  const product = labels["nvidia.com/gpu.product"] ?? labels["amd.com/gpu.product-name"] ?? "";
  return findProduct(product.replace(/-MIG-.*$/, "").replace(/-SHARED$/, ""));
}

function withoutGpus(all: Amounts): Amounts {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !isGpuResource(name)));
}

function devicesOf(
  offered: Amounts,
  labels: Readonly<Record<string, string>>,
  gpu: GpuFacts | undefined,
): { gpus: number; mig?: MigPlan; turns?: number } {
  const count = Math.min(MAX_GPUS, GPU_RESOURCES.reduce((n, name) => n + (offered[name] ?? 0), 0));
  const turns = Number(labels["nvidia.com/gpu.replicas"] ?? 1);
  const single = /-MIG-([^-]+)/.exec(labels["nvidia.com/gpu.product"] ?? "")?.[1];
  if (single !== undefined && gpu) return cutAlike(gpu, single, count);
  const mixed = mixedSlices(offered, labels);
  if (mixed) return mixed;
  return turns > 1 && count % turns === 0 ? { gpus: count / turns, turns } : { gpus: count };
}

/** So many slices of one size; each GPU has as many of them as it has room for. */
function cutAlike(gpu: GpuFacts, profile: string, count: number): { gpus: number; mig: MigPlan } {
  const profiles = [profile];
  const fits = () => cutProblem(gpu.name, [...profiles, profile]) === undefined;
  while (profiles.length < count && fits()) profiles.push(profile);
  return { gpus: Math.ceil(count / profiles.length), mig: { strategy: "single", profiles } };
}

/** Slices by their own names, evenly on so many GPUs as the node says it has. */
function mixedSlices(
  offered: Amounts,
  labels: Readonly<Record<string, string>>,
): { gpus: number; mig: MigPlan } | undefined {
  const slices = Object.entries(offered)
    .filter(([name, count]) => name.startsWith(MIG_RESOURCE) && count > 0);
  const gpus = Number(labels["nvidia.com/gpu.count"] ?? 1);
  if (slices.length === 0 || !Number.isSafeInteger(gpus) || gpus < 1) return undefined;
  const profiles = slices.flatMap(([name, count]) =>
    Array<string>(Math.floor(count / gpus)).fill(name.slice(MIG_RESOURCE.length))
  );
  return { gpus: Math.min(MAX_GPUS, gpus), mig: { strategy: "mixed", profiles } };
}
