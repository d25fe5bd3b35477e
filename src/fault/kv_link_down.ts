// No network from prefill engines to the decode engines that fetch from them.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { kvLink, prefillPods, withoutPrefill } from "./kv_links.ts";
import { whoseFields, whoseText } from "./whose.ts";

/**
 * Transfers hang until UCX gives them up after 8 s, or go on when the link is back before. Then the decode
 * engine computes the prompt itself, or fails the request where `policy` says so (vLLM's
 * `kv_load_failure_policy`). The blocks stay with the prefill engine until vLLM's own timeout of 480 s,
 * since nobody tells it.
 */
export const kvLinkDown = faultKind({
  kind: "kv-link-down",
  about: "no keys and values come from prefill to decode: prompts are computed again, or fail",
  schema: z.strictObject({
    kind: z.literal("kv-link-down"),
    policy: z.enum(["recompute", "fail"]).default("recompute"),
    ...whoseFields,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `KV link down${whoseText(fault)}`,
  problems: (_, { services }) => withoutPrefill(services, "cut a KV link"),
  aim(fault, { fleet }) {
    return {
      targets: prefillPods(fault, fleet),
      message: "KV links are down",
      endMessage: "KV links are up again",
      ...kvLink(fleet, fault, { gigabytesPerSecond: 0, policy: fault.policy }),
    };
  },
});
