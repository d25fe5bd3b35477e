// A LoRA adapter that a server cannot load: retrained with a rank above its maximum, or broken.

import { z } from "zod";
import type { Pod } from "../fleet/pod.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { isOf, revisionFields, revisionText } from "./revision.ts";

/** vLLM's words (`PEFTHelper.validate_legal`); the API server ends with them (`init_static_loras`). */
const MESSAGE = "ValueError: LoRA rank 64 is greater than max_lora_rank 16.";

/**
 * vLLM loads the adapters of `--lora-modules` when its engine is up, and ends where one cannot be loaded:
 * servers that start while it lasts crash-loop, each time after all of a start. Those that run go on.
 */
export const loraLoadFailure = faultKind({
  kind: "lora-load-failure",
  about: "a LoRA adapter cannot be loaded: servers end at the end of each start, and crash-loop",
  schema: z.strictObject({
    kind: z.literal("lora-load-failure"),
    ...revisionFields,
    message: z.string().min(1).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `broken LoRA adapter of ${revisionText(fault)}`,
  problems({ service }, { services }) {
    const meant = services.find(({ name }) => name === service);
    if (!meant || meant.serving?.lora) return [];
    const message =
      `Cannot break an adapter of "${service}": it has none, spec.model.lora is missing`;
    return [{ path: "service", message }];
  },
  aim(fault, { fleet }) {
    const effect = new Effect("no server of it came up");
    const { message = MESSAGE } = fault;
    const hits = (pod: Pod) => effect.of(isOf(pod, fault, fleet));
    const rule = { noticed: "initialised", message, exitCode: 1, hits } as const;
    return {
      targets: [revisionText(fault)],
      message: "a LoRA adapter cannot be loaded",
      endMessage: "LoRA adapters can be loaded",
      begin: () => void fleet.podTroubles.misconfigured.add(rule),
      end: () => void fleet.podTroubles.misconfigured.delete(rule),
      idle: effect.idle,
    };
  },
});
