// GPUs that lose their NVLink to the others of their node, and exchange over PCIe instead.

import { z } from "zod";
import type { NodePlan } from "../fleet/nodes.ts";
import { hostLink, peerGigabytesPerSecond } from "../serving/links.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { type GpuHolder, gpuSelectorSchema, placesOf, selectGpus } from "./gpu_select.ts";

/**
 * A ring of all-reduces is as fast as its slowest link: every group of GPUs with one of these in it
 * exchanges at the rate of its PCIe link (`hostLink`), from the next step on. A GPU that works alone
 * loses nothing. NCCL has fallen back already; the hang before that is Xid 74. What each exchange waits
 * for before its first byte stays as it was: it was fitted over NVLink only.
 */
export const nvlinkDown = faultKind({
  kind: "nvlink-down",
  about: "GPUs lose their NVLink: groups with one of them in it exchange over PCIe",
  schema: z.strictObject({
    kind: z.literal("nvlink-down"),
    on: gpuSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "NVLink down",
  problems(_, { nodes }) {
    if (nodes.some(hasNvlink)) return [];
    const kinds = [...new Set(nodes.flatMap(({ gpu }) => gpu?.name ?? []))].join(", ");
    const message = `Cannot take NVLink down: no node has it${kinds && `, only ${kinds}`}`;
    return [{ path: "kind", message }];
  },
  aim({ on }, { fleet, stream }) {
    const holders = selectGpus(on, fleet, stream, ({ plan }) => hasNvlink(plan));
    // GPUs of a kind have one PCIe link, kinds differ.
    const byKind = [...Map.groupBy(holders, ({ node }) => node.plan.gpu!).entries()]
      .map(([gpu, of]: [NonNullable<NodePlan["gpu"]>, GpuHolder[]]) => ({
        places: placesOf(of),
        slowdown: { linkGBps: hostLink(gpu).gigabytesPerSecond },
      }));
    return {
      targets: holders.map(({ target }) => target),
      message: "NVLink is down, all-reduces go over PCIe",
      endMessage: "NVLink is back",
      begin() {
        for (const { places, slowdown } of byKind) fleet.gpuLife.slow(places, slowdown);
      },
      end() {
        for (const { places, slowdown } of byKind) fleet.gpuLife.restore(places, slowdown);
      },
    };
  },
});

/** Faster among themselves than over PCIe; AMD's links are others. */
function hasNvlink({ gpu, mig, islands }: NodePlan): boolean {
  if (!gpu || gpu.maker === "AMD" || mig) return false;
  const linked = islands?.linkGBps ?? peerGigabytesPerSecond(gpu);
  return linked > hostLink(gpu).gigabytesPerSecond;
}
