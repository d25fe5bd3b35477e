// A narrow network from the gateway to pods.

import { z } from "zod";
import { disturb, type PathEffect, undisturb } from "../fleet/network_path.ts";
import { type Bandwidth, bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { SharedLink } from "../serving/shared_link.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

const BYTES_A_GB = 1e9;
const BYTES_A_MBIT = 125_000;

/**
 * All requests to one pod share its rate, as over netem's `rate`: a prompt is 4 bytes a token. Answers
 * are a trickle beside it (a few hundred bytes a token, tens of tokens a second) and are not held back.
 */
export const networkBandwidth = faultKind({
  kind: "network-bandwidth",
  about: "prompts come to pods at a limited rate, one for all requests to a pod",
  schema: z.strictObject({
    kind: z.literal("network-bandwidth"),
    on: podSelectorSchema,
    rate: bandwidthSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ rate }) => `network bandwidth of ${rateText(rate)}`,
  aim({ on, rate }, { fleet, stream }) {
    const noted = new Effect("no request went to these pods");
    const hit = selectPods(on, fleet, stream).map((pod) => {
      const limits = { gigabytesPerSecond: rate / BYTES_A_GB, latencyUs: 0 };
      const link = new SharedLink(fleet.clock, limits);
      const effect: PathEffect = {
        // Read by whoever sends.
        get link() {
          noted.note();
          return link;
        },
      };
      return { pod, effect };
    });
    return {
      targets: hit.map(({ pod }) => pod.name),
      message: `requests come to the pod at ${rateText(rate)}`,
      endMessage: "the network is as wide as before",
      begin() {
        for (const { pod, effect } of hit) disturb(pod, effect);
      },
      end() {
        for (const { pod, effect } of hit) undisturb(pod, effect);
      },
      idle: noted.idle,
    };
  },
});

function rateText(bytesPerSecond: number): Bandwidth {
  return `${bytesPerSecond / BYTES_A_MBIT}Mbit/s`;
}
