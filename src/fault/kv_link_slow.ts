// A slow network from prefill engines to the decode engines that fetch from them.

import { z } from "zod";
import { bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { kvLink, prefillPods, withoutPrefill } from "./kv_links.ts";
import { whoseFields, whoseText } from "./whose.ts";

/**
 * Each prefill GPU's end of the network carries no more than `rate`, shared by all that fetch from it, those
 * that are under way too; each transfer that begins takes `latency` longer. A prompt's keys and values wait there until they were
 * fetched, and take blocks from the prompts that follow.
 */
export const kvLinkSlow = faultKind({
  kind: "kv-link-slow",
  about: "keys and values go from prefill to decode at a limited rate, or later each",
  schema: z.strictObject({
    kind: z.literal("kv-link-slow"),
    rate: bandwidthSchema.optional(),
    latency: durationSchema.refine((us) => us > 0, "a latency of 0s is none").optional(),
    ...whoseFields,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(({ rate, latency }) => rate !== undefined || latency !== undefined, {
    message: 'say how slow: rate: "5GB/s", latency: "2ms", or both',
  }),
  plan: (fault) => `KV link ${slowText(fault)}${whoseText(fault)}`,
  problems: (_, { services }) => withoutPrefill(services, "slow a KV link"),
  aim(fault, { fleet }) {
    const { rate, latency } = fault;
    const link = kvLink(fleet, fault, {
      ...(rate === undefined ? {} : { gigabytesPerSecond: rate / 1e9 }),
      ...(latency === undefined ? {} : { latencyUs: latency }),
    });
    return {
      targets: prefillPods(fault, fleet),
      message: `KV links ${slowText(fault)}`,
      endMessage: "KV links are as fast as before",
      ...link,
    };
  },
});

/** `of 5000MB/s, 2ms late`. */
function slowText({ rate, latency }: { rate?: number | undefined; latency?: number | undefined }) {
  return [
    ...(rate === undefined ? [] : [`of ${rate / 1e6}MB/s`]),
    ...(latency === undefined ? [] : [`${formatDuration(latency)} late`]),
  ].join(", ");
}
