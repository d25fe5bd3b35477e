// A flag or a setting that the model server refuses when it starts.

import { z } from "zod";
import type { Pod } from "../fleet/pod.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { isOf, revisionFields, revisionText } from "./revision.ts";

/** Python's argparse, as `vllm serve` ends: usage, this line, exit code 2. */
const MESSAGE = "vllm serve: error: unrecognized arguments: --max-num-seq=256";
const EXIT_CODE = 2;

/**
 * Servers that start while it lasts end once they are imported, and their containers restart with
 * back-off. Those that run already go on: nobody reads a flag twice.
 */
export const configError = faultKind({
  kind: "config-error",
  about: "the server refuses its configuration (a wrong flag): it ends at every start, exit code 2",
  schema: z.strictObject({
    kind: z.literal("config-error"),
    ...revisionFields,
    message: z.string().min(1).optional(),
    exitCode: z.int().min(1).max(255).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `configuration error of ${revisionText(fault)}`,
  aim(fault, { fleet }) {
    const effect = new Effect("no server of it started");
    const { message = MESSAGE, exitCode = EXIT_CODE } = fault;
    const rule = {
      noticed: "imported",
      message,
      exitCode,
      hits: (pod: Pod) => effect.of(isOf(pod, fault, fleet)),
    } as const;
    return {
      targets: [revisionText(fault)],
      message: "servers refuse their configuration",
      endMessage: "servers accept their configuration",
      begin: () => void fleet.podTroubles.misconfigured.add(rule),
      end: () => void fleet.podTroubles.misconfigured.delete(rule),
      idle: effect.idle,
    };
  },
});
