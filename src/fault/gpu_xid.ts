// A GPU error by NVIDIA's Xid number: what becomes of processes, GPU and node is in the table.

import { z } from "zod";
import type { NodePlan } from "../fleet/nodes.ts";
import { type FaultCluster, faultFields, faultKind, type FaultProblem } from "./fault.ts";
import { selectHits } from "./gpu_select.ts";
import { strike, xidWords } from "./gpu_strike.ts";
import { XID_NUMBERS, XIDS } from "./gpu_xid_table.ts";
import { podSelectorSchema } from "./select.ts";

/** On the first GPU of each pod selected. */
export const gpuXid = faultKind({
  kind: "gpu-xid",
  about: "a GPU error by NVIDIA's Xid number, on the first GPU of each pod selected",
  schema: z.strictObject({
    kind: z.literal("gpu-xid"),
    xid: z.int().refine((xid) => Object.hasOwn(XIDS, xid), {
      error: ({ input }) => `Xid ${input} is not modelled: the known ones are ${XID_NUMBERS}`,
    }),
    on: podSelectorSchema,
    remediation: z.boolean().default(true),
    ...faultFields,
  }),
  plan: ({ xid, remediation }) => `Xid ${xid}${remediation ? "" : " without remediation"}`,
  problems: ({ xid }, cluster) => withoutXids(`raise Xid ${xid}`, "xid", cluster),
  aim({ xid, on, remediation }, { fleet, stream }) {
    const hits = selectHits(on, fleet, stream, logsXids);
    return {
      targets: hits.map(({ target }) => target),
      message: xidWords(xid),
      begin: () => strike(xid, { fleet, hits, remediation }),
    };
  },
});

/** NVIDIA's driver logs them; of a GPU that nobody knows it is assumed. */
export function logsXids({ gpus, gpu }: Pick<NodePlan, "gpus" | "gpu">): boolean {
  return gpus > 0 && gpu?.maker !== "AMD";
}

/** A problem where no node could: `what` is what cannot be done. */
export function withoutXids(what: string, path: string, { nodes }: FaultCluster): FaultProblem[] {
  if (nodes.some(logsXids)) return [];
  const amd = nodes.some(({ gpus }) => gpus > 0);
  const why = amd ? "Xids are NVIDIA's, and all nodes have GPUs of AMD" : "no node has a GPU";
  return [{ path, message: `Cannot ${what}: ${why}` }];
}
