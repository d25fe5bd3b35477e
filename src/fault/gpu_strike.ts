// An Xid that comes: processes, GPU and remediation, as the table has it. Who is hit is said by others.

import type { Fleet } from "../fleet/fleet.ts";
import type { GpuPlace } from "../fleet/gpu_life.ts";
import type { Pod } from "../fleet/pod.ts";
import { STALLED_GROUP_US, type XidEffect, XIDS } from "./gpu_xid_table.ts";

/** A GPU, and the pod whose process was the cause or the victim. */
export interface GpuHit extends GpuPlace {
  readonly pod: Pod;
}

export interface Strike {
  readonly fleet: Fleet;
  readonly hits: readonly GpuHit[];
  /** Whether somebody drains and resets nodes whose GPUs need it. */
  readonly remediation: boolean;
}

/** `Xid 79: GPU has fallen off the bus`. */
export function xidWords(xid: number): string {
  return `Xid ${xid}: ${XIDS[xid]!.words}`;
}

export function strike(xid: number, { fleet, hits, remediation }: Strike): void {
  const { effect, computes, offered, repair } = XIDS[xid]!;
  const words = xidWords(xid);
  for (const hit of hits) {
    const { node, gpu } = hit;
    const pods = effect === "own process" ? [hit.pod] : fleet.gpuLife.podsOn(hit);
    if (!offered) {
      const message = `${words} (GPU ${gpu})`;
      const { journal } = fleet;
      journal.event("Warning", "XidCriticalError", node.object(), message, "nvidia-device-plugin");
      fleet.gpuLife.fail(hit, { computes });
    }
    for (const pod of pods) suffer(pod, effect, words, fleet);
  }
  if (repair === "none" || !remediation) return;
  for (const hit of hits) fleet.gpuRemediation.call(hit, xid, repair, words);
}

function suffer(pod: Pod, effect: XidEffect, words: string, fleet: Fleet): void {
  switch (effect) {
    case "none":
      return;
    case "own process":
    case "all processes":
      return pod.die(words);
    case "hangs all":
      return pod.stall();
    case "stalls groups":
      return stallGroup(pod, words, fleet);
  }
}

/**
 * A pod on one GPU exchanges nothing over NVLink and goes on; one that comes up cannot. Of a group of pods,
 * and of ranks that share a pod, all wait: they are one server.
 */
function stallGroup(pod: Pod, words: string, { clock }: Fleet): void {
  if (pod.node!.gpusOf(pod.name).length < 2) return;
  const server = pod.servedBy;
  if (!server || !pod.alive) return pod.die(words);
  pod.freeze();
  clock.after(STALLED_GROUP_US, () => {
    if (pod.servedBy === server) pod.die(`RPC call to execute_model timed out: ${words}`);
  });
}
