// Names that cannot be resolved: the gateway's by clients, the model hub's by pods.

import { z } from "zod";
import type { Pod } from "../fleet/pod.ts";
import type { TurnAway } from "../fleet/trouble.ts";
import { PPM } from "../metrics/names.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { asksHub, withoutHub } from "./hub_throttled.ts";
import { shareSchema, shareText } from "./share.ts";

const HUB = "huggingface.co";

/**
 * `gateway`: a share of the requests fails at once, before it reaches anything. `hub`: downloads of models
 * that begin fail, and the storage initialiser restarts with back-off; those that are under way go on.
 * Pods are no names to a gateway, which has their addresses: nothing between them needs a DNS.
 */
export const dnsFailure = faultKind({
  kind: "dns-failure",
  about: "clients cannot resolve the gateway's name, or pods the model hub's",
  schema: z.strictObject({
    kind: z.literal("dns-failure"),
    host: z.enum(["gateway", "hub"]),
    share: shareSchema().default(PPM),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ host, share }) => `DNS failure of the ${host} for ${shareText(share)}`,
  warnings: ({ host }, { services }) => host === "hub" ? withoutHub(services) : [],
  aim({ host, share }, { fleet: { trouble, lines: { troubles } }, stream }) {
    const effect = new Effect(
      host === "gateway" ? "no request came that was to fail" : "no model was downloaded",
    );
    const fails = () => effect.of(share === PPM || stream.integer(0, PPM - 1) < share);
    const turnAway: TurnAway = (request, owner) => {
      if (!fails()) return false;
      owner.lose(request, "dns");
      return true;
    };
    const refuse = (pod: Pod) => asksHub(pod.owner) && fails() ? UNRESOLVED : undefined;
    return {
      targets: [host],
      message: `the name of the ${host} is not resolved`,
      endMessage: `the name of the ${host} is resolved again`,
      begin() {
        if (host === "gateway") trouble.add(turnAway);
        else troubles.downloads.add(refuse);
      },
      end() {
        if (host === "gateway") trouble.remove(turnAway);
        else troubles.downloads.delete(refuse);
      },
      idle: effect.idle,
    };
  },
});

/** urllib3's and glibc's words, as requests raises them. */
const UNRESOLVED = `requests.exceptions.ConnectionError: HTTPSConnectionPool(host='${HUB}', ` +
  `port=443): Failed to resolve '${HUB}' ([Errno -3] Temporary failure in name resolution)`;
