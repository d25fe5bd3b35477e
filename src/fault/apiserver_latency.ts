// An API server that is slow to tell controllers what changed.

import { z } from "zod";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";

/**
 * What pods come to and what autoscalers want is heard `by` later by the controllers of workloads,
 * services and endpoints, all that changed until then at once: pods are made late, gateways and endpoint
 * pickers send to pods that are gone. Kubelets, schedulers and the node controller are not late, nor is
 * what a person or a rollout asks for.
 */
export const apiserverLatency = faultKind({
  kind: "apiserver-latency",
  about: "controllers, gateways and endpoint pickers hear late of pods and of scaling",
  schema: z.strictObject({
    kind: z.literal("apiserver-latency"),
    by: durationSchema.refine((us) => us > 0, "a latency of 0s is none"),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ by }) => `API server late by ${formatDuration(by)}`,
  aim({ by }, { fleet: { trouble } }) {
    const effect = new Effect("nothing changed that controllers hear of");
    const lag = { byUs: by, noted: () => effect.note() };
    return {
      targets: ["kube-apiserver"],
      message: `controllers hear of changes ${formatDuration(by)} late`,
      endMessage: "controllers hear of changes as before",
      begin: () => trouble.apiLag.begin(lag),
      end: () => trouble.apiLag.end(lag),
      idle: effect.idle,
    };
  },
});
