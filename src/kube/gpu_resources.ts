// Resources that are GPUs, by the names that device plugins give them.

/** Whole GPUs, or what a node offers in their place: slices of one size, turns. */
export const GPU_RESOURCES = ["nvidia.com/gpu", "amd.com/gpu"] as const;
export type GpuResource = typeof GPU_RESOURCES[number];

/** Slices of GPUs where a node offers several sizes: `nvidia.com/mig-1g.10gb`. */
export const MIG_RESOURCE = "nvidia.com/mig-";

export function isGpuResource(resource: string): boolean {
  return resource.startsWith(MIG_RESOURCE) || GPU_RESOURCES.some((gpu) => gpu === resource);
}
