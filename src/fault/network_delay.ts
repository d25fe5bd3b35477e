// A slow network between the gateway and pods.

import { z } from "zod";
import { disturb, undisturb } from "../fleet/network_path.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/**
 * As netem's `delay LATENCY JITTER`: each way, drawn evenly from latency ± jitter, on top of what the
 * network takes anyway. The tokens of one answer are all late by the same, as in a TCP stream they keep
 * their order; connections are there, so that no handshake is late too.
 */
export const networkDelay = faultKind({
  kind: "network-delay",
  about: "requests to pods, and their answers, take longer on their way",
  schema: z.strictObject({
    kind: z.literal("network-delay"),
    on: podSelectorSchema,
    latency: durationSchema.refine((us) => us > 0, "a latency of 0s is none"),
    jitter: durationSchema.optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(({ latency, jitter = 0 }) => jitter <= latency, {
    message: "jitter is longer than the latency: nothing arrives before it was sent",
    path: ["jitter"],
  }),
  plan: ({ latency, jitter }) => words(latency, jitter),
  aim({ on, latency, jitter = 0 }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    const noted = new Effect("no request went to these pods");
    const delayUs = () => {
      noted.note();
      return jitter === 0 ? latency : stream.integer(latency - jitter, latency + jitter);
    };
    const effect = { delayUs };
    return {
      targets: pods.map(({ name }) => name),
      message: `${words(latency, jitter)} between gateway and pod`,
      endMessage: "the network is as fast as before",
      begin() {
        for (const pod of pods) disturb(pod, effect);
      },
      end() {
        for (const pod of pods) undisturb(pod, effect);
      },
      idle: noted.idle,
    };
  },
});

function words(latency: number, jitter = 0): string {
  const spread = jitter === 0 ? "" : ` ± ${formatDuration(jitter)}`;
  return `network delay of ${formatDuration(latency)}${spread}`;
}
