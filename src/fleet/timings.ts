// How long Kubernetes, KServe and the gateway take for what a simulation waits for; all in µs.

import type { Probe, Probes } from "./probes.ts";

const SECOND = 1_000_000;

export const TIMINGS = {
  /** The kubelet looks again at a pod whose image could not be pulled (assumed: 10 s). */
  syncUs: 10 * SECOND,
  /** After so long without its volumes the kubelet says so and goes on (`podAttachAndMountTimeout`). */
  mountTimeoutUs: 123 * SECOND,
  /** From the storage initializer's start to the hub's answer (assumed: Python's imports). */
  hubAnswersUs: 3 * SECOND,
  /** A controller's work queue: its first wait after a failure, and its longest. */
  firstRequeueUs: 5_000,
  maxRequeueUs: 1000 * SECOND,
  /** The kubelet relists its containers every second (PLEG): a dead process is an endpoint until then. */
  deathNoticedUs: 1 * SECOND,
  /** From a container that is seen dead to the one that is seen to wait (assumed: the next relist). */
  waitShownUs: 1 * SECOND,
  /** CrashLoopBackOff: 10 s, doubled with each restart up to 300 s. */
  firstBackOffUs: 10 * SECOND,
  maxBackOffUs: 300 * SECOND,
  /** The kubelet forgets earlier crashes of a container that ran for 10 minutes. */
  backOffForgottenUs: 600 * SECOND,
  /** KServe's pod template: preStop sleeps 15 s, then 60 s of grace in all. */
  preStopUs: 15 * SECOND,
  graceUs: 60 * SECOND,
  /** node-monitor-grace-period, after which a silent node is NotReady (Kubernetes ≥ 1.32: 50 s). */
  nodeMonitorGraceUs: 50 * SECOND,
  /** The cloud's node lifecycle controller looks so often whether a node that is NotReady still exists. */
  cloudLookUs: 5 * SECOND,
  /** kubectl drain asks again so long after a budget refused an eviction (kubectl/pkg/drain). */
  drainRetryUs: 5 * SECOND,
  /** The kubelet's eviction manager looks again so often (`monitoringInterval`). */
  evictionLookUs: 10 * SECOND,
  /** `--eviction-pressure-transition-period`: a pressure that is over is shown so long. */
  pressureOverUs: 300 * SECOND,
  /** Pod GC leaves the pods of a node that is no more so long (podgc `quarantineTime`). */
  podGcUs: 40 * SECOND,
  /** Assumed: from an Xid that needs a drain to the drain, by node remediation. */
  remediationUs: 60 * SECOND,
  /** Assumed: `nvidia-smi --gpu-reset` with the agents on the GPU stopped before and started after it. */
  gpuResetUs: 60 * SECOND,
  /** `dcgmi diag -r 3`: "normally lasting approximately 15 minutes" (DCGM, dcgmi diag). */
  gpuDiagUs: 900 * SECOND,
  /** KServe looks again so long after a member of a route group found its peers still holding it. */
  finalizationUs: 5 * SECOND,
  /** Argo Rollouts' abortScaleDownDelaySeconds and scaleDownDelaySeconds. */
  scaleDownUs: 30 * SECOND,
} as const;

/** Kubernetes' defaults of a probe that says no more (core/v1 `SetDefaults_Probe`). */
export const PROBE_DEFAULTS: Probe = {
  initialDelayUs: 0,
  periodUs: 10 * SECOND,
  timeoutUs: 1 * SECOND,
  successThreshold: 1,
  failureThreshold: 3,
};

/** KServe's presets of a model server (kserve aaac4e2, config-llm-template): all ask `/health`. */
export const SERVER_PROBES: Probes = {
  startup: { ...PROBE_DEFAULTS, failureThreshold: 60 },
  readiness: { ...PROBE_DEFAULTS, periodUs: 1 * SECOND, failureThreshold: 2 },
  liveness: { ...PROBE_DEFAULTS, failureThreshold: 10 },
};

/** Its preset of the endpoint picker (config-llm-scheduler): gRPC health, no startup probe. */
export const PICKER_PROBES: Probes = {
  readiness: { ...PROBE_DEFAULTS, initialDelayUs: 30 * SECOND },
  liveness: { ...PROBE_DEFAULTS, initialDelayUs: 5 * SECOND },
};

/** The kubelet's wait before a try that follows so many back-offs: a container's restart, an image's pull. */
export function backOffUs(before: number): number {
  return Math.min(TIMINGS.firstBackOffUs * 2 ** before, TIMINGS.maxBackOffUs);
}
