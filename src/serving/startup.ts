// From a scheduled pod to a server that answers: the phases and what each costs.

/** Phases in µs, in the order in which they happen. */
export interface StartupPhases {
  readonly pullUs: number;
  readonly importUs: number;
  readonly loadUs: number;
  readonly initUs: number;
  /** A startup probe asks so often: readiness comes on such a beat after the container's start. */
  readonly probeUs: number;
  /** The probe's patience: a container that is not ready by then is killed and started again. */
  readonly budgetUs: number;
}

/** How often a startup probe asks, and how often it may fail. */
export interface StartupProbe {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

const SECOND = 1_000_000;

/**
 * Measured on one cold start (Qwen3-32B, H100, vLLM 0.26; llm-d guides 005cf57): image of 8.91 GB
 * pulled in 69 s, Python and CUDA imports 73 s, 61.03 GiB of weights fetched and loaded in 130 s,
 * engine init (profile, KV cache, CUDA graphs, warm-up) 73 s.
 */
const MEASURED = { pullS: 69, importS: 73, loadGiB: 61.03, loadS: 130, initS: 73 } as const;

/** KServe's of `main`: every 10 s, 60 times (kserve aaac4e2, config-llm-template). */
const PROBE: StartupProbe = { periodSeconds: 10, failureThreshold: 60 };

/** The phases of a pod that loads so many bytes of weights; only loading grows, by the measured rate. */
export function startupOf(bytes: number, probe: StartupProbe = PROBE): StartupPhases {
  return {
    pullUs: MEASURED.pullS * SECOND,
    importUs: MEASURED.importS * SECOND,
    loadUs: Math.round(bytes / 2 ** 30 / MEASURED.loadGiB * MEASURED.loadS * SECOND),
    initUs: MEASURED.initS * SECOND,
    probeUs: probe.periodSeconds * SECOND,
    budgetUs: probe.periodSeconds * probe.failureThreshold * SECOND,
  };
}

/**
 * The endpoint picker: nothing to load; its readiness probe waits 30 s (kserve aaac4e2, preset of the
 * scheduler). Its image is small beside a model server's: assumed to be there at once.
 */
export const SCHEDULER_STARTUP: StartupPhases = {
  pullUs: 0,
  importUs: 0,
  loadUs: 0,
  initUs: 30 * SECOND,
  probeUs: SECOND,
  budgetUs: Infinity,
};

/** From the container's start to its readiness, if the probe's budget allows it. */
export function readyAfterUs({ importUs, loadUs, initUs, probeUs }: StartupPhases): number {
  return Math.ceil((importUs + loadUs + initUs) / probeUs) * probeUs;
}
