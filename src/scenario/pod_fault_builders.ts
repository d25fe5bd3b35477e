// The words of a scenario file for faults of pods and of what runs in them.

import type { Duration, Percent, Tagged } from "./builders.ts";
import type { FaultOptions, Lasting, Selection } from "./fault_builders.ts";

interface OnPods {
  readonly on: Selection<"pods">;
}

/** The pods of a service or of one revision, those that are made later too. */
export interface OfRevision {
  readonly service: string;
  readonly of?: string;
}

/** What servers run: a service or one revision of it, and with `image` those alone that have it. */
export interface OfVersion extends OfRevision {
  readonly image?: string;
}

interface Hard {
  readonly namespace?: string;
  readonly hard: Readonly<Record<string, number>>;
}

interface Failing {
  readonly failing: Percent;
  /** Their answers break off amid instead of being refused. */
  readonly cut?: true;
}

interface Slowing {
  readonly by: Percent;
  readonly over?: Duration;
}

/** What a pod goes through on its way up, in this order. */
export type StartPhase = "downloading" | "pulling" | "importing" | "loading" | "initialising";

type Slowness =
  & { readonly phases?: readonly StartPhase[] }
  & (
    | { readonly factor: number; readonly plus?: Duration }
    | { readonly factor?: number; readonly plus: Duration }
  );

interface Death {
  readonly message?: string;
  readonly exitCode?: number;
}

export type PodFault =
  | Tagged<"pod-kill", FaultOptions & OnPods & { grace?: Duration }>
  | Tagged<"container-kill", FaultOptions & OnPods>
  | Tagged<"pod-oom", FaultOptions & OnPods>
  | Tagged<"crash-loop", FaultOptions & Lasting & OnPods & Death & { after?: Duration }>
  | Tagged<"stall", FaultOptions & OnPods>
  | Tagged<"readiness-failing", FaultOptions & Lasting & OnPods>
  | Tagged<"slow-start", FaultOptions & Lasting & OfRevision & Slowness>
  | Tagged<"config-error", FaultOptions & Lasting & OfRevision & Death>
  | Tagged<"lora-load-failure", FaultOptions & Lasting & OfRevision & { message?: string }>
  | Tagged<"failing-revision", FaultOptions & Lasting & OfVersion & Failing>
  | Tagged<"slowing-revision", FaultOptions & Lasting & OfVersion & Slowing>
  | Tagged<"quota", FaultOptions & Lasting & Hard>;

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

/**
 * The server dies `after` each of its starts, 1 s when left out, with this exit code (1) and these last
 * words: CrashLoopBackOff of 10 s, twice as long each time, up to 300 s.
 */
export const crashLoop = (
  options: FaultOptions & Lasting & OnPods & Death & { readonly after?: Duration },
): PodFault => ({ kind: "crash-loop", ...options });

/**
 * Pods that start meanwhile take longer: `factor` times as long and `plus` more in each of the `phases`,
 * all of them when left out.
 */
export const slowStart = (
  options: FaultOptions & Lasting & OfRevision & Slowness,
): PodFault => ({ kind: "slow-start", ...options });

/**
 * Servers that start meanwhile refuse their configuration, such as a flag that they do not know, and end
 * with this exit code (2) and these last words.
 */
export const configError = (
  options: FaultOptions & Lasting & OfRevision & Death,
): PodFault => ({ kind: "config-error", ...options });

/**
 * Servers answer 500 to a share (`failing`) of the requests that come to them. A route tries again that has
 * 500 among its `retry.codes`. With `cut: true` these answers begin, and break off before their last token:
 * no route tries those again.
 */
export const failingRevision = (
  options: FaultOptions & Lasting & OfVersion & Failing,
): PodFault => ({ kind: "failing-revision", ...options });

/**
 * Engine steps take longer `by` so much (up to 900%): at once, or evenly more and more `over` that time.
 * With `image` it is that version's, in a rolling update too.
 */
export const slowingRevision = (
  options: FaultOptions & Lasting & OfVersion & Slowing,
): PodFault => ({ kind: "slowing-revision", ...options });

/**
 * A ResourceQuota of a namespace (`default` when left out): `hard` says how many `pods`, or of an extended
 * resource as `"requests.nvidia.com/gpu"`, it may have. Those that are there stay; ReplicaSets cannot make
 * more (FailedCreate, "exceeded quota"), and try again up to 1000 s later.
 */
export const quota = (options: FaultOptions & Lasting & Hard): PodFault => ({
  kind: "quota",
  ...options,
});

/**
 * A LoRA adapter cannot be loaded by servers that start meanwhile: they end once their engine is up, with
 * these last words (vLLM's of a rank above its maximum when left out), and crash-loop.
 */
export const loraLoadFailure = (
  options: FaultOptions & Lasting & OfRevision & { readonly message?: string },
): PodFault => ({ kind: "lora-load-failure", ...options });
