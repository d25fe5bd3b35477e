// KServe's presets of model servers: single-node, prefill/decode, and data-parallel over several nodes.

import type { JsonObject } from "../object.ts";
import {
  CERTIFICATES,
  healthProbe,
  preStopSleep,
  restricted,
  termination,
  TLS_MOUNT,
  TLS_VOLUME,
  variables,
} from "./pod_parts.ts";
import { PRE_STOP_SECONDS, type ScriptPlace, serverScript } from "./server_script.ts";

/** Images of kserve aaac4e2. */
export const SERVER_IMAGE = "ghcr.io/llm-d/llm-d-cuda:v0.9.0";
const SIDECAR_IMAGE = "ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.10.0";

/** Says that the server answers to its publisher's name too, as routes by header want it. */
const MODEL_ROUTING = {
  annotations: { "serving.kserve.io/model-based-routing-enabled": "true" },
};

/** The server listens here; behind a sidecar, which has that port then, on the next. */
const PORT = 8000;
const BEHIND_SIDECAR = 8001;

export function singleNode(): JsonObject {
  return { ...MODEL_ROUTING, template: serverPod({ ...DECODE, port: PORT }) };
}

export function decode(): JsonObject {
  const template = serverPod({ ...DECODE, port: BEHIND_SIDECAR });
  return {
    ...MODEL_ROUTING,
    template: { ...template, initContainers: [{ ...sidecar(false), resources: {} }] },
  };
}

export function prefill(): JsonObject {
  // In kserve aaac4e2 this one differs: its policy of messages, and that it has no publisher's name.
  const place = { ...PREFILL, port: PORT, publisher: false };
  return { prefill: { ...MODEL_ROUTING, template: serverPod(place, { policy: "File" }) } };
}

export function dataParallel(): JsonObject {
  return {
    ...MODEL_ROUTING,
    template: serverPod({ ...DECODE, port: PORT, rank: "leader" }),
    worker: serverPod({ ...DECODE, pod: "Worker", port: PORT, rank: "worker" }),
  };
}

export function decodeDataParallel(): JsonObject {
  const port = BEHIND_SIDECAR;
  return {
    ...MODEL_ROUTING,
    template: {
      initContainers: [sidecar(true)],
      ...serverPod({ ...DECODE, port, rank: "leader" }),
    },
    worker: serverPod(
      { ...DECODE, pod: "Worker", port, rank: "worker" },
      { env: { VLLM_RANDOMIZE_DP_DUMMY_INPUTS: "1" } },
    ),
  };
}

export function prefillDataParallel(): JsonObject {
  return {
    prefill: {
      ...MODEL_ROUTING,
      template: serverPod({ ...PREFILL, port: PORT, rank: "leader" }),
      worker: serverPod({ ...PREFILL, pod: "Worker", port: PORT, rank: "worker" }),
    },
  };
}

const DECODE = { workload: ".Spec", pod: "Template" } as const;
const PREFILL = { workload: ".Spec.Prefill", pod: "Template" } as const;

interface PodOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly policy?: "File";
}

function serverPod(place: ScriptPlace, { env, policy }: PodOptions = {}): JsonObject {
  const { port, rank } = place;
  const container = {
    name: "main",
    image: SERVER_IMAGE,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: port, protocol: "TCP" }],
    // What follows `--` is the script's own arguments, which it hands to vLLM.
    command: ["/bin/bash", "-c", serverScript(place), "--"],
    env: variables({ HOME: "/home", VLLM_LOGGING_LEVEL: "INFO", HF_HUB_CACHE: "/models", ...env }),
    // Memory that others write to is pinned for RDMA. NVIDIA's hook writes to the root file system.
    securityContext: restricted({
      readOnlyRoot: false,
      ...(rank && { add: ["IPC_LOCK", "SYS_RAWIO", "NET_RAW"] }),
    }),
    lifecycle: preStopSleep(PRE_STOP_SECONDS),
    ...termination(policy),
    // A worker has no API server that could answer.
    ...(rank === "worker" ? {} : probes(port)),
    volumeMounts: [
      { mountPath: "/home", name: "home" },
      { mountPath: "/tmp", name: "tmp-dir" },
      { mountPath: "/dev/shm", name: "dshm" },
      { mountPath: "/models", name: "model-cache" },
      TLS_MOUNT,
    ],
  };
  const sharedMemory = { medium: "Memory", sizeLimit: rank ? "8Gi" : "1Gi" };
  return {
    containers: [container],
    terminationGracePeriodSeconds: 60,
    volumes: [
      { name: "home", emptyDir: {} },
      { name: "tmp-dir", emptyDir: {} },
      { name: "dshm", emptyDir: sharedMemory },
      { name: "model-cache", emptyDir: {} },
      TLS_VOLUME,
    ],
  };
}

/** Ten minutes to start; out of the endpoints within two seconds; killed after a hundred. */
function probes(port: number): JsonObject {
  return {
    startupProbe: healthProbe(port, { periodSeconds: 10, failureThreshold: 60 }),
    readinessProbe: healthProbe(port, { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2 }),
    livenessProbe: healthProbe(port, {
      periodSeconds: 10,
      timeoutSeconds: 1,
      failureThreshold: 10,
    }),
  };
}

/** Takes the requests of a decode server and sends their prompts to the prefill pod that was picked. */
function sidecar(seccomp: boolean): JsonObject {
  return {
    name: "llm-d-routing-sidecar",
    image: SIDECAR_IMAGE,
    imagePullPolicy: "IfNotPresent",
    restartPolicy: "Always",
    ports: [{ containerPort: PORT, protocol: "TCP" }],
    securityContext: restricted({ readOnlyRoot: false, seccomp }),
    ...termination(),
    livenessProbe: healthProbe(PORT, {
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 3,
    }),
    readinessProbe: healthProbe(PORT, {
      initialDelaySeconds: 10,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 10,
    }),
    command: [
      "/app/pd-sidecar",
      `--port=${PORT}`,
      `--vllm-port=${BEHIND_SIDECAR}`,
      "--kv-connector=nixlv2",
      "--enable-ssrf-protection=true",
      "--pool-group=inference.networking.x-k8s.io",
      "--inference-pool={{ .GlobalConfig.InferencePoolNamespacedName }}",
      "--secure-proxy={{ if .GlobalConfig.EnableTLS }}true{{ else }}false{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--cert-path=/var/run/kserve/tls{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--enable-tls=decoder{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--enable-tls=prefiller{{ end }}",
    ],
    volumeMounts: [TLS_MOUNT],
    env: [
      {
        name: "INFERENCE_POOL_NAMESPACE",
        valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
      },
      CERTIFICATES,
    ],
  };
}
