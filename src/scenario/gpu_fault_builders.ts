// The words of a scenario file for faults of GPUs.

import type { Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

export type GpuFault =
  | Tagged<"gpu-xid", FaultOptions & { xid: number; on: Selection<"pods"> }>
  | Tagged<"nvlink-down", FaultOptions & Lasting & { on: Gpus }>
  | Tagged<"gpu-throttled", FaultOptions & Lasting & Throttling>;

/** The GPUs that pods hold, or all of nodes. */
type Gpus = Selection<"pods"> | Selection<"nodes">;

interface Throttling {
  /** By how much core clocks fall. */
  readonly by: Percent;
  /** What holds them down, by heat or by a cap of power; left out: `"thermal"`. */
  readonly cause?: "thermal" | "power";
  readonly on: Gpus;
}

/** A GPU error by NVIDIA's Xid number, on the first GPU of each pod selected. */
export const gpuXid = (
  xid: number,
  options: FaultOptions & { readonly on: Selection<"pods"> },
): GpuFault => ({ kind: "gpu-xid", xid, ...options });

/**
 * GPUs lose their NVLink, `for` some time or `permanent`ly: every tensor-parallel group with one of them in
 * it exchanges at the rate of its PCIe link, from its next step on.
 */
export const nvlinkDown = (
  options: FaultOptions & Lasting & { readonly on: Gpus },
): GpuFault => ({ kind: "nvlink-down", ...options });

/**
 * The core clocks of GPUs fall `by` a share: what their tensor cores compute takes longer from the next
 * step on, what is read from memory takes what it took.
 */
export const gpuThrottled = (options: FaultOptions & Lasting & Throttling): GpuFault => ({
  kind: "gpu-throttled",
  ...options,
});
