// The words of a scenario file for faults of pods and of what runs in them.

import type { Duration, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

interface OnPods {
  readonly on: Selection<"pods">;
}

export type PodFault =
  | Tagged<"pod-kill", FaultOptions & OnPods & { grace?: Duration }>
  | Tagged<"container-kill", FaultOptions & OnPods>
  | Tagged<"pod-oom", FaultOptions & OnPods>
  | Tagged<"stall", FaultOptions & OnPods>
  | Tagged<"readiness-failing", FaultOptions & Lasting & OnPods>;

/**
 * Pods that somebody deletes. `grace` stands for their own: `"0s"` is `kubectl delete --force`, which
 * fails their requests at once.
 */
export const podKill = (
  options: FaultOptions & OnPods & { readonly grace?: Duration },
): PodFault => ({ kind: "pod-kill", ...options });

/** SIGKILL to the server's process: its requests fail, the container restarts. */
export const containerKill = (options: FaultOptions & OnPods): PodFault => ({
  kind: "container-kill",
  ...options,
});

/** The server uses more host memory than its limit: OOMKilled (137), then a restart with back-off. */
export const podOom = (options: FaultOptions & OnPods): PodFault => ({
  kind: "pod-oom",
  ...options,
});

/** The engine hangs: requests wait until the liveness probe has its container killed. */
export const stall = (options: FaultOptions & OnPods): PodFault => ({
  kind: "stall",
  ...options,
});

/** The readiness probe fails though the server serves, `for` some time or `permanent`ly. */
export const readinessFailing = (options: FaultOptions & Lasting & OnPods): PodFault => ({
  kind: "readiness-failing",
  ...options,
});
