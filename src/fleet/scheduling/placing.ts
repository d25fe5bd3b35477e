// A pod that is to be placed, and one that is: what scheduling knows of either beside its needs.

import type { Labels } from "../../kube/label_selector.ts";
import type { PodNeeds } from "./pod_needs.ts";

/** What a container's image weighs on a node's disk. */
export interface ImageOf {
  readonly name: string;
  readonly bytes: number;
}

export interface Placing {
  /** The pod's name, which no other pod has at the same time. */
  readonly pod: string;
  readonly needs: PodNeeds;
  readonly namespace?: string;
  readonly labels?: Labels;
  /** When it came to be, in µs; absent: at the beginning of the run. */
  readonly createdUs?: number;
  /** Of its containers, as far as they are known. */
  readonly images?: readonly ImageOf[];
}

/**
 * The ReplicaSet or StatefulSet that a pod belongs to, by which it is spread where it does not say how:
 * a Deployment's `chat-kserve-7d9f-x2x4q` is of `chat-kserve-7d9f`, a group's leader `chat-kserve-mn-0`
 * of `chat-kserve-mn`, its worker `chat-kserve-mn-0-3` of `chat-kserve-mn-0`.
 */
export function controllerOf({ pod, namespace = "default" }: Placing): string {
  return `${namespace}/${pod.slice(0, pod.lastIndexOf("-"))}`;
}
