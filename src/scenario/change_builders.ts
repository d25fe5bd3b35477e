// The words of a scenario file for what people change while it runs.

import type { Tagged, When } from "./builders.ts";

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
  }
>;

/**
 * What a person changes in a service during the run, as `kubectl` would: `weight`, its proportion within
 * its route group (`spec.router.route.weight`, 0 to 1,000,000); `replicas`, those of stable (`spec.replicas`); `mirror`, so many percent of its requests
 * copied to another service, whose answers nobody reads (an HTTPRoute's RequestMirror; 0 ends it);
 * `stopped`, the annotation `serving.kserve.io/stop`; `deleted`.
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
  },
): Change => ({ kind: "change", service, ...options });
