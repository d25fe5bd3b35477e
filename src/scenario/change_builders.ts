// The words of a scenario file for what people change while it runs.

import type { Tagged, When } from "./builders.ts";
import type { Objectives } from "./load_builders.ts";
import type { RevisionChange } from "./rollout_builders.ts";

export type Change = Tagged<
  "change",
  {
    service: string;
    name?: string;
    when: When;
    weight?: number;
    replicas?: number;
    stopped?: boolean;
    deleted?: true;
    mirror?: Readonly<{ to: string; percent: number }>;
    to?: RevisionChange;
    slo?: Limits;
  }
>;

/** Objectives without an error budget: that is of the whole run. */
type Limits = Omit<Objectives, "goodput" | "window">;

/**
 * What a person changes in a service during the run, as `kubectl` would: `weight`, its proportion within
 * its route group (`spec.router.route.weight`, 0 to 1,000,000); `replicas`, those of stable (`spec.replicas`); `mirror`, so many percent of its requests
 * copied to another service, whose answers nobody reads (an HTTPRoute's RequestMirror; 0 ends it);
 * `to`, its pods, which its Deployments or LeaderWorkerSets replace in turn, as after `kubectl apply`;
 * `slo`, all that its requests are held against which end from then on; `stopped`, the annotation
 * `serving.kserve.io/stop`; `deleted`.
 */
export const change = (
  service: string,
  options: {
    readonly name?: string;
    readonly when: When;
    readonly weight?: number;
    readonly replicas?: number;
    readonly stopped?: boolean;
    readonly deleted?: true;
    readonly mirror?: { readonly to: string; readonly percent: number };
    readonly to?: RevisionChange;
    readonly slo?: Limits;
  },
): Change => ({ kind: "change", service, ...options });
