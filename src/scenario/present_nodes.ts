// The nodes of the mock present: from their manifests, or as many as the services need.

import type { ServicePlan } from "../fleet/fleet.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import { selects } from "../fleet/scheduling/selectors.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { findGpu, GPU_NAMES } from "../serving/gpus.ts";
import { type Problem, suggestion } from "./problem.ts";

/** A folder without nodes gets a cluster with room for all that its services ask for, of these. */
const DEFAULT_NODE = { gpu: "H100-SXM", gpus: 8 };

/** The nodes that are declared; where there are none, enough for all of the services. */
export function nodesFor(
  manifests: readonly KubeObject[],
  services: readonly ServicePlan[],
): NodePlan[] {
  return manifests.length > 0 ? manifests.map(planNode) : roomFor(services);
}

/** A node of the cluster as its manifest describes it; a GPU that is not known has no facts. */
export function planNode(manifest: KubeObject): NodePlan {
  const { name, labels = {} } = manifest.metadata;
  const { allocatable, capacity } = (manifest.status ?? {}) as Record<string, JsonObject>;
  const gpus = Number(allocatable?.["nvidia.com/gpu"] ?? capacity?.["nvidia.com/gpu"] ?? 0);
  return {
    name,
    gpu: findGpu(labels["nvidia.com/gpu.product"] ?? ""),
    gpus: Number.isSafeInteger(gpus) && gpus > 0 ? Math.min(gpus, 64) : 0,
    manifest,
  };
}

function roomFor(services: readonly ServicePlan[]): NodePlan[] {
  const pods = services.flatMap(({ workloads }) => workloads)
    .flatMap(({ replicas, groupSize = 1, needs }) =>
      Array(replicas * groupSize).fill(gpusOf(needs))
    );
  const { gpu, gpus } = DEFAULT_NODE;
  // First fit, the largest first: what asks for more than a node has stays without one.
  const free: number[] = [];
  for (const asked of pods.filter((asked) => asked <= gpus).sort((a, b) => b - a)) {
    const last = free.length - 1;
    if (last >= 0 && free[last]! >= asked) free[last]! -= asked;
    else free.push(gpus - asked);
  }
  return Array.from({ length: Math.max(1, free.length) }, (_, index) => ({
    name: `node-${index + 1}`,
    gpu: findGpu(gpu),
    gpus,
  }));
}

/** Its pods may land on a GPU of which nothing is known: then none of its figures would be true. */
export function onKnownGpus(service: ServicePlan, nodes: readonly NodePlan[]): ServicePlan {
  const { serving, ...rest } = service;
  const [{ needs }] = service.workloads;
  const unknown = nodes.some(({ gpu, gpus: has, manifest }) =>
    gpu === undefined && has >= Math.max(1, gpusOf(needs)) &&
    selects(needs.nodeSelector, manifest?.metadata.labels ?? {})
  );
  return serving && unknown ? rest : service;
}

/** Nodes of whose GPUs nothing is known. */
export function unknownGpus(nodes: readonly NodePlan[]): Problem[] {
  return nodes.filter(({ gpu, gpus }) => gpu === undefined && gpus > 0).map(
    ({ name, manifest }) => {
      const product = manifest?.metadata.labels?.["nvidia.com/gpu.product"];
      const what = product === undefined
        ? "it has no label nvidia.com/gpu.product"
        : `the GPU "${product}" is not known (${suggestion(product, GPU_NAMES)})`;
      const message = `Cannot simulate what may run on node "${name}": ${what}`;
      return { path: `nodes/${name}`, message };
    },
  );
}
