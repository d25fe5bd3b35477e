// A slow network from prefill engines to the decode engines that fetch from them.

import { z } from "zod";
import { bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { kvLink, prefillPods, withoutPrefill } from "./kv_links.ts";
import { whoseFields, whoseText } from "./whose.ts";

/**
 * Each prefill GPU's end of the network carries no more than `rate`, shared by all that fetch from it;
 * transfers that are under way are slowed too. A prompt's keys and values wait there until they were
 * fetched, and take blocks from the prompts that follow.
 */
export const kvLinkSlow = faultKind({
  kind: "kv-link-slow",
  about: "keys and values go from prefill to decode at a limited rate",
  schema: z.strictObject({
    kind: z.literal("kv-link-slow"),
    rate: bandwidthSchema,
    ...whoseFields,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `KV link of ${rateText(fault.rate)}${whoseText(fault)}`,
  problems: (_, { services }) => withoutPrefill(services, "slow a KV link"),
  aim(fault, { fleet }) {
    const link = kvLink(fleet, fault, { gigabytesPerSecond: fault.rate / 1e9 });
    return {
      targets: prefillPods(fault, fleet),
      message: `KV links of ${rateText(fault.rate)} a GPU`,
      endMessage: "KV links are as fast as before",
      ...link,
    };
  },
});

function rateText(bytesPerSecond: number): string {
  return `${bytesPerSecond / 1e6}MB/s`;
}
