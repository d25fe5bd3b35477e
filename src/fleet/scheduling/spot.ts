// Nodes that their provider may take back: how it marks them, and how long before it says so.

import type { Labels } from "../../kube/label_selector.ts";

export type SpotProvider = "aws" | "azure" | "gcp";

export interface SpotPlan {
  readonly provider: SpotProvider;
  /** Between the notice and the end. */
  readonly noticeSeconds: number;
}

/**
 * Notice: AWS, "Spot Instance interruption notices": two minutes; Azure, "Azure Spot Virtual Machines":
 * scheduled events at least 30 s ahead; Google Cloud, "Spot VMs": the best-effort shutdown period of 30 s.
 * Labels: EKS managed node groups, AKS spot node pools, GKE Spot VMs.
 */
const PROVIDERS: Readonly<Record<SpotProvider, { noticeSeconds: number; label: Labels }>> = {
  aws: { noticeSeconds: 120, label: { "eks.amazonaws.com/capacityType": "SPOT" } },
  azure: { noticeSeconds: 30, label: { "kubernetes.azure.com/scalesetpriority": "spot" } },
  gcp: { noticeSeconds: 30, label: { "cloud.google.com/gke-spot": "true" } },
};

export const SPOT_PROVIDERS = Object.keys(PROVIDERS) as readonly SpotProvider[];

export function spotPlan(provider: SpotProvider): SpotPlan {
  return { provider, noticeSeconds: PROVIDERS[provider].noticeSeconds };
}

export function spotLabels({ provider }: SpotPlan): Labels {
  return PROVIDERS[provider].label;
}

/** AKS taints its spot nodes by itself, `NoSchedule`; of the others the pool's owner decides. */
export function isTaintedSpot({ provider }: SpotPlan): boolean {
  return provider === "azure";
}

/** The provider of a node with these labels, where it is one of those that can be taken back. */
export function spotOf(labels: Labels): SpotPlan | undefined {
  const provider = SPOT_PROVIDERS.find((provider) =>
    Object.entries(PROVIDERS[provider].label).every(([key, value]) => labels[key] === value)
  );
  return provider && spotPlan(provider);
}
