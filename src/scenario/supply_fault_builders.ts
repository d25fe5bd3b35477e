// The words of a scenario file for faults of what pods are made from: images, models, volumes.

import type { Bandwidth } from "../serving/bandwidth_schema.ts";
import type { Duration, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting } from "./fault_builders.ts";
import type { OfRevision } from "./pod_fault_builders.ts";

type Pulls =
  & { readonly per?: Duration }
  & (
    | { readonly bandwidth: Bandwidth; readonly pulls?: number }
    | { readonly bandwidth?: Bandwidth; readonly pulls: number }
  );

type Downloads =
  & { readonly per?: Duration }
  & (
    | { readonly bandwidth: Bandwidth; readonly downloads?: number }
    | { readonly bandwidth?: Bandwidth; readonly downloads: number }
  );

/** To read, by one of the two, or to attach. */
type Slow =
  & { readonly claim?: string }
  & (
    | { readonly factor: number; readonly bandwidth?: never; readonly attach?: Duration }
    | { readonly factor?: never; readonly bandwidth: Bandwidth; readonly attach?: Duration }
    | { readonly factor?: never; readonly bandwidth?: never; readonly attach: Duration }
  );

export type SupplyFault =
  | Tagged<"bad-image", FaultOptions & Lasting & ({ image: string } | OfRevision)>
  | Tagged<"pull-throttled", FaultOptions & Lasting & Pulls>
  | Tagged<"registry-down", FaultOptions & Lasting & { registry?: string }>
  | Tagged<"hub-throttled", FaultOptions & Lasting & Downloads>
  | Tagged<"slow-volume", FaultOptions & Lasting & Slow>;

/**
 * An `image`, or the image of a revision (`service`, `of`), is not in its registry: ErrImagePull, then
 * ImagePullBackOff of 10 s, twice as long each time, up to 300 s. Nodes that have it need no registry.
 */
export const badImage = (
  options: FaultOptions & Lasting & ({ readonly image: string } | OfRevision),
): SupplyFault => ({ kind: "bad-image", ...options });

/**
 * The registry gives all nodes so much `bandwidth` together, or answers 429 (toomanyrequests) beyond so
 * many `pulls` `per` window, Docker Hub's 6 h when left out.
 */
export const pullThrottled = (options: FaultOptions & Lasting & Pulls): SupplyFault => ({
  kind: "pull-throttled",
  ...options,
});

/**
 * A `registry`, by its host such as `"docker.io"`, or all of them answer 503: pulls that begin fail, those
 * that are under way break off.
 */
export const registryDown = (
  options: FaultOptions & Lasting & { readonly registry?: string },
): SupplyFault => ({ kind: "registry-down", ...options });

/**
 * The model hub gives all downloads so much `bandwidth` together, or answers 429 beyond so many
 * `downloads` `per` window (5 min when left out): storage initialisers fail and back off.
 */
export const hubThrottled = (options: FaultOptions & Lasting & Downloads): SupplyFault => ({
  kind: "hub-throttled",
  ...options,
});

/**
 * A `claim` with weights (`pvc://`), or all of them: reads get `factor` (0 to 1) of what they got, or so
 * much `bandwidth` together; a volume takes `attach` until it is there.
 */
export const slowVolume = (options: FaultOptions & Lasting & Slow): SupplyFault => ({
  kind: "slow-volume",
  ...options,
});
