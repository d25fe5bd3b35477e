// A gateway that answers a share of the requests itself, with an error, or all of them while it restarts.

import { z } from "zod";
import { PPM } from "../metrics/names.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { shareSchema, shareText } from "./share.ts";
import { isMeant, nameOf, revisionsOf, whoseFields, whoseText } from "./whose.ts";

/** Envoy's own answers: an upstream that is broken, unreachable, or too slow. */
const STATUSES = [500, 502, 503, 504] as const;

/**
 * Those that take the route of the services meant, by chance: no backend sees them, and no route's retries
 * help, which are for what backends answer. What is under way goes on.
 */
export const gatewayErrors = faultKind({
  kind: "gateway-errors",
  about: "the gateway answers a share of the requests with a 5xx of its own",
  schema: z.strictObject({
    kind: z.literal("gateway-errors"),
    share: shareSchema().default(PPM),
    status: z.literal(STATUSES).default(503),
    service: whoseFields.service,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `${fault.status} for ${shareText(fault.share)}${whoseText(fault)}`,
  aim(fault, { fleet, stream }) {
    const { share, status } = fault;
    const effect = new Effect("no request came that was to fail");
    const turnAway: Parameters<typeof fleet.trouble.add>[0] = (request, owner) => {
      if (!isMeant(fault, owner)) return false;
      if (share < PPM && stream.integer(0, PPM - 1) >= share) return false;
      effect.note();
      owner.reject(request, { status, reason: "gateway-error" });
      return true;
    };
    return {
      targets: revisionsOf({ ...fault, of: "stable" }, fleet).map(nameOf),
      message: `the gateway answers ${status} to ${shareText(share)} of the requests`,
      endMessage: "the gateway answers no more errors of its own",
      begin: () => fleet.trouble.add(turnAway),
      end: () => fleet.trouble.remove(turnAway),
      idle: effect.idle,
    };
  },
});
