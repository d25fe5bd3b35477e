// What a pod asks of a node, in integers: all that scheduling reads of it. It knows no node.

import { isGpuResource } from "../../kube/gpu_resources.ts";

/**
 * By resource: `cpu` in millicores, `memory`, `ephemeral-storage` and `hugepages-…` in bytes, all others
 * (`nvidia.com/gpu`, `nvidia.com/mig-1g.10gb`, `amd.com/gpu`) in pieces.
 */
export type Amounts = Readonly<Record<string, number>>;

/** As in the API: of a node's labels or, `Exists`, `Gt` and `Lt` aside, of a pod's. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** All of a term's requirements hold; `fields` are of the node's fields, of which there is its name. */
export interface NodeTerm {
  readonly labels: readonly Requirement[];
  readonly fields: readonly Requirement[];
}

export interface PreferredNodeTerm {
  /** 1 to 100. */
  readonly weight: number;
  readonly term: NodeTerm;
}

/** `NoSchedule`, `PreferNoSchedule` or `NoExecute`; a toleration without one tolerates all three. */
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

/** As in the API, where an empty string is as good as none. */
export interface Toleration {
  /** Absent with `Exists` tolerates every taint. */
  readonly key?: string;
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: TaintEffect;
  /** How long a `NoExecute` taint is borne; absent: for ever. */
  readonly tolerationSeconds?: number;
}

/** A selector of pods by their labels: all of it holds. */
export type PodTerm = readonly Requirement[];

/** Pods that match and this pod are in one domain of the key, or must not be. */
export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly pods: PodTerm;
}

export interface PreferredPodTerm {
  readonly weight: number;
  readonly term: PodAffinityTerm;
}

export interface TopologySpread {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
  readonly pods: PodTerm;
}

/** Devices of one class that a claim asks for. */
export interface DeviceRequest {
  readonly name: string;
  readonly deviceClass: string;
  readonly count: number;
  /** CEL expressions, all of which hold of each device. */
  readonly selectors: readonly string[];
}

/** A ResourceClaim of the pod, made from a template. */
export interface ClaimNeed {
  /** As the pod calls it. */
  readonly name: string;
  readonly template: string;
  readonly requests: readonly DeviceRequest[];
}

export interface PodNeeds {
  readonly requests: Amounts;
  /** Of cpu and memory, a container that asks for none counted with a little: what scores are made of. */
  readonly nonZero: { readonly cpu: number; readonly memory: number };
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** One of them holds; none: every node is right. */
  readonly nodeTerms: readonly NodeTerm[];
  readonly preferredNodes: readonly PreferredNodeTerm[];
  readonly tolerations: readonly Toleration[];
  readonly affinity: readonly PodAffinityTerm[];
  readonly antiAffinity: readonly PodAffinityTerm[];
  readonly preferredAffinity: readonly PreferredPodTerm[];
  readonly preferredAntiAffinity: readonly PreferredPodTerm[];
  readonly spread: readonly TopologySpread[];
  readonly claims: readonly ClaimNeed[];
  /** The value of its priority class. */
  readonly priority: number;
}

export const NO_NEEDS: PodNeeds = {
  requests: {},
  nonZero: { cpu: 0, memory: 0 },
  nodeSelector: {},
  nodeTerms: [],
  preferredNodes: [],
  tolerations: [],
  affinity: [],
  antiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
  spread: [],
  claims: [],
  priority: 0,
};

/** GPUs, slices and claimed devices that a pod asks for: as many as its containers see. */
export function gpusOf({ requests, claims }: PodNeeds): number {
  let count = 0;
  for (const name in requests) if (isGpuResource(name)) count += requests[name]!;
  for (const claim of claims) for (const request of claim.requests) count += request.count;
  return count;
}
