// The words of a scenario file for faults of GPUs.

import type { Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

export type GpuFault =
  | Tagged<"gpu-xid", FaultOptions & Remedied & { xid: number; on: Selection<"pods"> }>
  | Tagged<"ecc", FaultOptions & Remedied & MemoryErrors>
  | Tagged<"nvlink-down", FaultOptions & Lasting & { on: Gpus }>
  | Tagged<"gpu-throttled", FaultOptions & Lasting & Throttling>;

/** The GPUs that pods hold, or all of nodes. */
type Gpus = Selection<"pods"> | Selection<"nodes">;

/** Whether somebody drains, resets and tests a node whose GPUs need it; left out: yes. */
interface Remedied {
  readonly remediation?: boolean;
}

interface MemoryErrors {
  readonly errors: "correctable" | "uncorrectable";
  /** Whether an uncorrectable one stays within the process that met it, on a GPU that can do so. */
  readonly contained?: boolean;
  readonly on: Selection<"pods">;
}

interface Throttling {
  /** By how much core clocks fall. */
  readonly by: Percent;
  /** What holds them down, by heat or by a cap of power; left out: `"thermal"`. */
  readonly cause?: "thermal" | "power";
  readonly on: Gpus;
}

/** The Xid numbers that are modelled, from NVIDIA's catalogue. */
export type Xid = 13 | 31 | 43 | 48 | 63 | 64 | 74 | 79 | 92 | 94 | 95 | 119;

/**
 * A GPU error by NVIDIA's Xid number, on the first GPU of each pod selected: 13, 31, 43 and 94 kill the
 * process, which starts anew in place; 48 and 95 kill all on the GPU, 119 lets them hang, 74 stalls groups
 * that exchange over it, and the node is drained, reset, tested and given back; after 64 and 79 the GPU is
 * gone; 63 and 92 harm nobody until the next reset.
 */
export const gpuXid = (
  xid: Xid,
  options: FaultOptions & Remedied & { readonly on: Selection<"pods"> },
): GpuFault => ({ kind: "gpu-xid", xid, ...options });

/**
 * Memory errors, on the first GPU of each pod selected. Correctable: a row is to be remapped at the next
 * reset, nobody is harmed. Uncorrectable: one process dies where the GPU contains it, else all on it, and
 * the node is drained, reset, tested and given back.
 */
export const ecc = (options: FaultOptions & Remedied & MemoryErrors): GpuFault => ({
  kind: "ecc",
  ...options,
});

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
