// Errors in a GPU's memory: which Xid they are depends on what the GPU can do about them.

import { z } from "zod";
import { faultFields, faultKind } from "./fault.ts";
import { selectHits } from "./gpu_select.ts";
import { strike, xidWords } from "./gpu_strike.ts";
import { logsXids, withoutXids } from "./gpu_xid.ts";
import { podSelectorSchema } from "./select.ts";

/**
 * GPUs that keep an uncorrectable error within the process that met it, from NVIDIA's "GPU Memory Error
 * Management" (error containment: GA100 and the data-centre GPUs of Hopper and Blackwell).
 */
const CONTAINING = new Set([
  "A100-SXM-80GB",
  "A30",
  "B200-SXM",
  "B300-SXM",
  "GB200",
  "H100-PCIe",
  "H100-SXM",
  "H200-SXM",
]);

/** Xids that follow on each other at once. */
function xidsOf(errors: "correctable" | "uncorrectable", contained: boolean, gpu?: string) {
  if (errors === "correctable") return [63];
  if (gpu === undefined || !CONTAINING.has(gpu)) return [48];
  return contained ? [94, 63] : [95];
}

/**
 * Correctable: a row wears out and is remapped at the next reset (Xid 63). Uncorrectable: where the GPU
 * contains it, one process dies, the row is remapped at the next reset (94, 63), unless `contained` is
 * false (95: all processes, reset); where it cannot, all processes die and the GPU is reset (48).
 */
export const ecc = faultKind({
  kind: "ecc",
  about:
    "memory errors of GPUs: a row to remap, one process or all of them lost, by what the GPU can do",
  schema: z.strictObject({
    kind: z.literal("ecc"),
    errors: z.enum(["correctable", "uncorrectable"]),
    contained: z.boolean().default(true),
    on: podSelectorSchema,
    remediation: z.boolean().default(true),
    ...faultFields,
  }),
  plan: ({ errors, contained }) =>
    `${errors} ECC errors${errors === "uncorrectable" && !contained ? ", uncontained," : ""}`,
  problems: (_, cluster) => withoutXids("damage memory", "on", cluster),
  aim({ errors, contained, on, remediation }, { fleet, stream }) {
    const hits = selectHits(on, fleet, stream, logsXids);
    const struck = hits.map((hit) => ({
      hit,
      xids: xidsOf(errors, contained, hit.node.plan.gpu?.name),
    }));
    const words = new Set(struck.flatMap(({ xids }) => xids.map(xidWords)));
    return {
      targets: hits.map(({ target }) => target),
      message: [`${errors} ECC errors`, ...words].join(", "),
      begin() {
        for (const { hit, xids } of struck) {
          for (const xid of xids) strike(xid, { fleet, hits: [hit], remediation });
        }
      },
    };
  },
});
