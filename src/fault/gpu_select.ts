// Which GPUs a fault hits: one or all of the pods that it selects, or those of nodes.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { GpuPlace } from "../fleet/gpu_life.ts";
import type { Node, NodePlan } from "../fleet/nodes.ts";
import type { Stream } from "../sim/streams.ts";
import type { GpuHit } from "./gpu_strike.ts";
import {
  nodeSelectorSchema,
  type PodSelector,
  podSelectorSchema,
  selectNodes,
  selectPods,
} from "./select.ts";

/** The GPUs that pods hold, or all of nodes. */
export const gpuSelectorSchema = z.discriminatedUnion("kind", [
  podSelectorSchema,
  nodeSelectorSchema,
]);
export type GpuSelector = z.output<typeof gpuSelectorSchema>;

/** A pod or a node, and its GPUs in order. */
export interface GpuHolder {
  /** In a few words, for the log. */
  readonly target: string;
  readonly node: Node;
  readonly gpus: readonly number[];
}

/** Those that have any; of their GPUs those that `fits` are hit. */
export function selectGpus(
  selector: GpuSelector,
  fleet: Fleet,
  stream: Stream,
  fits: (node: Node) => boolean = () => true,
): GpuHolder[] {
  const holders: GpuHolder[] = selector.kind === "pods"
    ? selectPods(selector, fleet, stream).map((pod) =>
      holder(pod.node!, pod.node!.gpusOf(pod.name), pod.name)
    )
    : selectNodes(selector, fleet, stream).map((node) =>
      holder(node, Array.from({ length: node.plan.gpus }, (_, gpu) => gpu))
    );
  return holders.filter(({ node, gpus }) => gpus.length > 0 && fits(node));
}

/** The first GPU of each pod that has one, on the nodes that fit. */
export function selectHits(
  selector: PodSelector,
  fleet: Fleet,
  stream: Stream,
  fits: (plan: NodePlan) => boolean,
): (GpuHit & { readonly target: string })[] {
  return selectPods(selector, fleet, stream).flatMap((pod) => {
    const node = pod.node!;
    const [gpu] = node.gpusOf(pod.name);
    if (gpu === undefined || !fits(node.plan)) return [];
    return [{ pod, node, gpu, target: holder(node, [gpu], pod.name).target }];
  });
}

function holder(node: Node, gpus: readonly number[], pod?: string): GpuHolder {
  const which = `${node.name} GPU${gpus.length > 1 ? "s" : ""} ${gpus.join(", ")}`;
  return { node, gpus, target: pod === undefined ? which : `${pod} on ${which}` };
}

/** Each GPU once, though two pods may share it. */
export function placesOf(holders: readonly GpuHolder[]): GpuPlace[] {
  const places = new Map(
    holders.flatMap(({ node, gpus }) =>
      gpus.map((gpu) => [`${node.name} ${gpu}`, { node, gpu }] as const)
    ),
  );
  return [...places.values()];
}
