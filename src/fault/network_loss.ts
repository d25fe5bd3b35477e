// A network between the gateway and pods that loses packets.

import { z } from "zod";
import { disturb, undisturb } from "../fleet/network_path.ts";
import { PPM } from "../metrics/names.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";
import { shareSchema, shareText } from "./share.ts";

/**
 * TCP sends a lost packet again after 200 ms, twice that when it is lost again, and so on. Drawn for are
 * the last packet of a request and each token of its answer, which those behind it wait for: TTFT and E2E
 * have the first, ITL the gaps of the others as further samples. What is lost before a request's last
 * packet is repaired by those that follow and costs nothing here.
 */
export const networkLoss = faultKind({
  kind: "network-loss",
  about: "packets between gateway and pods are lost, and sent again by TCP",
  schema: z.strictObject({
    kind: z.literal("network-loss"),
    on: podSelectorSchema,
    share: shareSchema("90%"),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ share }) => `network loss of ${shareText(share)}`,
  aim({ on, share }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    const noted = new Effect("no packet was lost");
    const effect = { isLost: () => noted.of(stream.integer(0, PPM - 1) < share) };
    return {
      targets: pods.map(({ name }) => name),
      message: `${shareText(share)} of the packets between gateway and pod are lost`,
      endMessage: "the network loses nothing any more",
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
