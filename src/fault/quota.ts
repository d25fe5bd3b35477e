// A quota that leaves a namespace no more pods or GPUs than it says.

import { z } from "zod";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";

const RESOURCE = /^(pods|requests\.[a-z0-9.-]+\/[a-zA-Z0-9._-]+)$/;

const hardSchema = z.record(
  z.string().regex(RESOURCE, 'write "pods" or an extended resource, as "requests.nvidia.com/gpu"'),
  z.int().min(0),
).refine((hard) => Object.keys(hard).length > 0, "say of what: pods, requests.nvidia.com/gpu");

/**
 * A ResourceQuota: pods that are there stay, those that would pass it are refused ("exceeded quota") when
 * their ReplicaSet makes them, which tries again after 5 ms, twice as long each time, up to 1000 s: what
 * follows on its end comes with the next try.
 */
export const quota = faultKind({
  kind: "quota",
  about:
    "a ResourceQuota on pods or GPUs of a namespace: ReplicaSets cannot make pods (FailedCreate)",
  schema: z.strictObject({
    kind: z.literal("quota"),
    namespace: z.string().min(1).optional(),
    hard: hardSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ hard, namespace = "default" }) => `quota of ${hardText(hard)} in ${namespace}`,
  problems({ namespace = "default" }, { services }) {
    const namespaces = services.map(({ object }) => object.metadata.namespace ?? "default");
    // Of services that could not be planned there are problems enough.
    if (namespaces.length === 0 || namespaces.includes(namespace)) return [];
    const known = [...new Set(namespaces)].join(", ");
    const message = `Cannot find the namespace "${namespace}": services are in ${known}`;
    return [{ path: "namespace", message }];
  },
  aim({ name, namespace = "default", hard }, { fleet }) {
    const effect = new Effect("it refused no pod");
    const made = { name: objectName(name), namespace, hard, refused: () => effect.note() };
    const { clock, quotas } = fleet;
    return {
      targets: [namespace],
      message: `a quota of ${hardText(hard)}`,
      endMessage: "the quota is lifted",
      begin: () => quotas.begin(made, clock.nowUs),
      end: () => quotas.end(made),
      idle: effect.idle,
    };
  },
});

/** Of the ResourceQuota: the fault's own where it can be one. */
function objectName(name: string | undefined): string {
  return name !== undefined && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? name : "quota";
}

function hardText(hard: Readonly<Record<string, number>>): string {
  return Object.entries(hard).map(([resource, amount]) => `${resource}=${amount}`).join(", ");
}
