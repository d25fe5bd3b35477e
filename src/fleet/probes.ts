// When a kubelet's probes see what became of a server: arithmetic on instants, no event per probe.

/** As in a PodSpec; all in µs but the thresholds, which count probes. */
export interface Probe {
  readonly initialDelayUs: number;
  readonly periodUs: number;
  readonly timeoutUs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export interface Probes {
  /** While it has not succeeded, the others do not ask. */
  readonly startup?: Probe | undefined;
  /** Absent: ready as soon as it is started. */
  readonly readiness?: Probe | undefined;
  /** Absent: a server that hangs is never killed. */
  readonly liveness?: Probe | undefined;
}

/** A server that is gone refuses at once; one that hangs, or its whole host, answers nothing. */
export type Failure = "refused" | "hangs";

/**
 * The first instant from `us` on at which a probe asks. The kubelet's worker ticks from when its pod was
 * added (pkg/kubelet/prober/worker.go), so its phase to the container's start is anything below a period:
 * here it is a whole one, with which `periodSeconds × failureThreshold` is the budget that Kubernetes'
 * documentation promises.
 */
export function asksAt({ initialDelayUs, periodUs }: Probe, startedUs: number, us: number): number {
  const delayUs = Math.max(initialDelayUs, periodUs, us - startedUs);
  return startedUs + Math.ceil(delayUs / periodUs) * periodUs;
}

/** When so many probes in a row have succeeded, of a server that answers from `answersUs` on. */
export function passesAt(probe: Probe, startedUs: number, answersUs: number): number {
  return asksAt(probe, startedUs, answersUs) + (probe.successThreshold - 1) * probe.periodUs;
}

/**
 * The readiness of a container that was found to be started at `sinceUs`: the kubelet asks at that instant
 * out of turn (`prober_manager.go`, `manualTriggerCh`), then at its beat.
 */
export function readyAt(probe: Probe | undefined, startedUs: number, sinceUs: number): number {
  if (!probe) return sinceUs;
  if (sinceUs - startedUs < probe.initialDelayUs) return passesAt(probe, startedUs, sinceUs);
  if (probe.successThreshold === 1) return sinceUs;
  return passesAt(probe, startedUs, sinceUs + 1) - probe.periodUs;
}

/**
 * When so many probes in a row have failed, of a server that no longer answers from `sinceUs` on. One that
 * hangs is known to have failed when the probe's timeout is over; the ticks within it are made up for by
 * one (Go's ticker keeps one), so probes that take longer than a period follow each other.
 */
export function failsAt(
  probe: Probe,
  startedUs: number,
  sinceUs: number,
  failure: Failure,
): number {
  const { periodUs, timeoutUs, failureThreshold } = probe;
  const takesUs = failure === "hangs" ? timeoutUs : 0;
  const between = (failureThreshold - 1) * Math.max(periodUs, takesUs);
  return asksAt(probe, startedUs, sinceUs) + between + takesUs;
}
