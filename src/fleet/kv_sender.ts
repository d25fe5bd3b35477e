// A prefill engine's end of the network, over which it sends keys and values, and what is wrong with it.

import type { GpuFacts } from "../serving/gpus.ts";
import { kvBytesPerBlockOfGpu, networkLink } from "../serving/links.ts";
import { SharedLink } from "../serving/shared_link.ts";
import type { Clock } from "../sim/clock.ts";
import type { ServingPlan } from "./engine_limits.ts";

/** How a prefill engine sends: its end of the network, and what a block weighs there, in bytes. */
export interface KvSender {
  readonly link: SharedLink;
  readonly bytesPerBlock: number;
  /** Whose pod it is; undefined: no fault means it. */
  readonly of?: KvPlace;
}

export interface KvPlace {
  readonly service: string;
  readonly revision: string;
}

/** What is wrong with the links of some prefill engines, those that come up while it is so too. */
export interface KvTrouble {
  isMeant(of: KvPlace): boolean;
  /** All that each of their links carries; 0: they are down; absent: as much as ever. */
  readonly gigabytesPerSecond?: number;
  /** Before the first byte of each transfer, in µs. */
  readonly latencyUs?: number;
  /** vLLM's `kv_load_failure_policy`: what a decode engine does with a prompt that it cannot fetch. */
  readonly policy?: "recompute" | "fail";
  /** Hears of each transfer over such a link. */
  readonly used?: () => void;
}

/**
 * A prefill engine's sender: its GPUs' end of the network. Each GPU sends what it holds over a link of
 * its own, all at once; where the decode engine has fewer GPUs, each of those fetches more. How many
 * fetches a decode engine's own end carries is not counted.
 */
export function senderOf(
  clock: Clock,
  gpu: GpuFacts,
  prefill: ServingPlan,
  decode: ServingPlan,
): KvSender {
  const bytes = ({ model, tensorParallel, pipelineParallel, kvDtype }: ServingPlan) =>
    kvBytesPerBlockOfGpu(model, tensorParallel, pipelineParallel, kvDtype);
  return {
    link: new SharedLink(clock, networkLink(gpu)),
    bytesPerBlock: Math.max(bytes(prefill), bytes(decode)),
  };
}

/** Whether the trouble is that of this sender. */
export function isHit({ of }: KvSender, trouble: KvTrouble): boolean {
  return of !== undefined && trouble.isMeant(of);
}
