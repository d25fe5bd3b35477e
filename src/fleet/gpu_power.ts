// What a GPU draws, by what it does: shares of its power limit, measured on one kind and assumed of all.

import type { GpuFacts } from "../serving/gpus.ts";
import type { GpuTime } from "./gpu_time.ts";

/**
 * Shares of the power limit. The two of a step are medians over splitwise-sim 8f99e7d, `perf_model.csv`,
 * of its rows with power, all of A100-80GB (Llama-2-70B on 2, 4 and 8, BLOOM-176B on 8 GPUs):
 *
 * - `prefill`: the peak of runs whose prompts are 2,048 tokens or more in a step (0.92 to 1.09);
 * - `decode`: the mean of runs of whose time prompts are 5 % at the most. It falls with the GPUs that
 *   share the model: 0.74 on two, 0.60 on four, 0.44 on eight.
 *
 * `idle`: no step in progress; 59 to 62 W of the 400 W of an A100-80GB, median of four
 * (chuyishang/inference-energy 6e617d2, `results_paste.md`). Elsewhere 0.09 (RTX 6000 Ada, same source)
 * and 0.23 (one H100 PCIe) were seen.
 */
export const POWER_SHARES = { prefill: 1.02, decode: 0.6, idle: 0.155 } as const;

const US_PER_S = 1_000_000;

/** Joules that GPUs of one kind drew. A step that computes prompt tokens counts as prefill as a whole. */
export function joulesOf({ watts }: GpuFacts, { heldUs, busyUs, prefillUs }: GpuTime): number {
  const { prefill, decode, idle } = POWER_SHARES;
  // A window tells a second at its end: a pod that came or went within it may have been told too much.
  const idleUs = Math.max(0, heldUs - busyUs);
  const shares = prefill * prefillUs + decode * (busyUs - prefillUs) + idle * idleUs;
  return watts * shares / US_PER_S;
}
