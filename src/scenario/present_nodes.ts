// The nodes of the mock present: from their manifests, or as many as the services need.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { Journal } from "../fleet/journal.ts";
import { Node, type NodePlan, Nodes } from "../fleet/nodes.ts";
import type { Placing } from "../fleet/scheduling/placing.ts";
import { gpusOf } from "../fleet/scheduling/pod_needs.ts";
import { hasLabels } from "../kube/label_selector.ts";
import type { KubeObject } from "../kube/object.ts";
import { findGpu, GPU_NAMES } from "../serving/gpus.ts";
import { Clock } from "../sim/clock.ts";
import { allocatableOf, capacityOf } from "./machines.ts";
import { planNode } from "./manifest_node.ts";
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

/**
 * So many nodes that every pod finds room that would find it on an empty one: as they are placed in the
 * run, spread over hosts and not packed.
 */
function roomFor(services: readonly ServicePlan[]): NodePlan[] {
  // Of a service that is blocked no pod comes.
  const pods = services.filter(({ blocked }) => !blocked).flatMap(placingsOf);
  const fitting = pods.filter(({ needs }) => new Node(roomNode(0), 0, () => {}).couldHold(needs));
  const gpus = fitting.reduce((sum, { needs }) => sum + gpusOf(needs), 0);
  for (let count = Math.max(1, Math.ceil(gpus / DEFAULT_NODE.gpus));; count++) {
    const plans = Array.from({ length: count }, (_, index) => roomNode(index));
    if (count > fitting.length || hasRoom(plans, fitting)) return plans;
  }
}

function roomNode(index: number): NodePlan {
  const { gpu, gpus } = DEFAULT_NODE;
  const capacity = capacityOf(gpu, gpus);
  const allocatable = allocatableOf(capacity);
  return { name: `node-${index + 1}`, gpu: findGpu(gpu), gpus, capacity, allocatable };
}

function placingsOf({ name, workloads }: ServicePlan): Placing[] {
  return workloads.flatMap(({ role, replicas, groupSize = 1, needs, image, startup }) =>
    Array.from({ length: replicas * groupSize }, (_, ordinal) => ({
      pod: `${name}-${role}-${ordinal}`,
      needs,
      images: [{ name: image, bytes: startup.imageBytes }],
    }))
  );
}

function hasRoom(plans: readonly NodePlan[], pods: readonly Placing[]): boolean {
  const nodes = new Nodes(plans, new Journal(new Clock(), () => {}));
  return pods.every((pod) => {
    const node = nodes.place(pod);
    for (const { name } of pod.images ?? []) node?.images.add(name);
    return node !== undefined;
  });
}

/** Its pods may land on a GPU of which nothing is known: then none of its figures would be true. */
export function onKnownGpus(service: ServicePlan, nodes: readonly NodePlan[]): ServicePlan {
  const { serving, ...rest } = service;
  const [{ needs }] = service.workloads;
  const unknown = nodes.some(({ gpu, gpus: has, manifest }) =>
    gpu === undefined && has >= Math.max(1, gpusOf(needs)) &&
    hasLabels(manifest?.metadata.labels ?? {}, needs.nodeSelector)
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
