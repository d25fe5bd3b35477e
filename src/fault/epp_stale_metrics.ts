// Pods that an endpoint picker's scrapes do not reach: it goes on with what it found last.

import { z } from "zod";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { podSelectorSchema, selectPods } from "./select.ts";

/**
 * Queue, running requests and KV usage of these pods stay what they were in the picker's eyes; what it
 * counts itself (requests that it sent, prefixes) does not. A picker that calls metrics stale after a
 * while (`metricsStalenessThreshold` of its detector) then takes the pod for full.
 */
export const staleMetrics = faultKind({
  kind: "stale-metrics",
  about: "endpoint pickers scrape pods no more, and score them by what they found last",
  schema: z.strictObject({
    kind: z.literal("stale-metrics"),
    on: podSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: () => "stale metrics",
  aim({ on }, { fleet, stream }) {
    const pods = selectPods(on, fleet, stream);
    return {
      targets: pods.map(({ name }) => name),
      message: "endpoint pickers scrape the pod no more",
      endMessage: "endpoint pickers scrape the pod again",
      begin() {
        for (const pod of pods) pod.unscraped++;
      },
      end() {
        for (const pod of pods) pod.unscraped--;
      },
    };
  },
});
