// A gateway whose control plane is slow: what changes in the cluster comes to it late.

import { z } from "zod";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";

/**
 * Weights, members and pods that changed while it is in force count `by` later, on top of
 * `cluster.gateway.propagation`: what is gone still gets requests. What is on its way when it ends is not
 * made faster. Endpoint pickers watch their pods themselves and are not late.
 */
export const gatewayLag = faultKind({
  kind: "gateway-lag",
  about: "changes of weights, members and pods reach the gateway late",
  schema: z.strictObject({
    kind: z.literal("gateway-lag"),
    by: durationSchema.refine((us) => us > 0, "a lag of 0s is none"),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ by }) => `gateway late by ${formatDuration(by)}`,
  aim({ by }, { fleet: { trouble } }) {
    const effect = new Effect("no change was to come to the gateway");
    const lag = { byUs: by, noted: () => effect.note() };
    return {
      targets: ["gateway"],
      message: `changes reach the gateway ${formatDuration(by)} late`,
      endMessage: "changes reach the gateway as before",
      begin: () => trouble.gatewayLag.begin(lag),
      end: () => trouble.gatewayLag.end(lag),
      idle: effect.idle,
    };
  },
});
