// The words of a scenario file for faults of GPUs.

import type { Tagged } from "./builders.ts";
import type { FaultOptions, Selection } from "./fault_builders.ts";

export type GpuFault = Tagged<"gpu-xid", FaultOptions & { xid: number; on: Selection<"pods"> }>;

/** A GPU error by NVIDIA's Xid number, on the first GPU of each pod selected. */
export const gpuXid = (
  xid: number,
  options: FaultOptions & { readonly on: Selection<"pods"> },
): GpuFault => ({ kind: "gpu-xid", xid, ...options });
