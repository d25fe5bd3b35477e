// KServe's presets around a server: endpoint picker, latency predictor, tokenizer, route, tracing.

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

/** Images of kserve aaac4e2. */
export const PICKER_IMAGE = "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0";
const PREDICTOR_IMAGE = "ghcr.io/llm-d/llm-d-latency-predictor";
const TOKENIZER_IMAGE = "docker.io/vllm/vllm-openai-cpu:v0.23.0" +
  "@sha256:89e1fbe829038b1a560601990c8ec89625c622a969fcbc8f10ce48b6139795be";

const GRPC = 9002;
const HEALTH = 9003;

export function scheduler(): JsonObject {
  const scheduler = {
    pool: {
      spec: {
        endpointPickerRef: {
          failureMode: "FailOpen",
          kind: "Service",
          name: "{{ ChildName .ObjectMeta.Name `-epp-service` }}",
          port: { number: GRPC },
        },
        selector: {
          matchLabels: {
            "app.kubernetes.io/name": "{{ .ObjectMeta.Name }}",
            "app.kubernetes.io/part-of": "llminferenceservice",
            "kserve.io/component": "workload",
          },
        },
        targetPorts: [{ number: 8000 }],
      },
    },
    annotations: { "app.kubernetes.io/version": "0.10.0" },
    template: {
      containers: [picker()],
      volumes: [TLS_VOLUME],
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      // No shorter than the servers': they answer to the end.
      terminationGracePeriodSeconds: 60,
    },
  };
  return { router: { scheduler } };
}

function picker(): JsonObject {
  const ports = { grpc: GRPC, "grpc-health": HEALTH, metrics: 9090, zmq: 5557 };
  return {
    name: "main",
    image: PICKER_IMAGE,
    imagePullPolicy: "IfNotPresent",
    lifecycle: preStopSleep(15),
    ports: Object.entries(ports)
      .map(([name, containerPort]) => ({ containerPort, name, protocol: "TCP" })),
    livenessProbe: pickerProbe("liveness", 5),
    readinessProbe: pickerProbe("readiness", 30),
    command: [
      ...["/app/epp", "--pool-name", "{{ ChildName .ObjectMeta.Name `-inference-pool` }}"],
      ...["--pool-namespace", "{{ .ObjectMeta.Namespace }}", "--zap-encoder", "json"],
      ...["--grpc-port", String(GRPC), "--grpc-health-port", String(HEALTH)],
      "{{ if .GlobalConfig.EnableTLS }}--enable-cert-reload=true{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--secure-serving=true{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--model-server-metrics-scheme=https{{ end }}",
      "{{ if .GlobalConfig.EnableTLS }}--cert-path=/var/run/kserve/tls{{ end }}",
    ],
    env: [CERTIFICATES],
    resources: { limits: { cpu: 6, memory: "16Gi" }, requests: { cpu: 1, memory: "2Gi" } },
    ...termination(),
    securityContext: restricted({ readOnlyRoot: true }),
    volumeMounts: [TLS_MOUNT],
  };
}

function pickerProbe(service: string, initialDelaySeconds: number): JsonObject {
  return {
    grpc: { port: HEALTH, service },
    initialDelaySeconds,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  };
}

/** Beside the picker, a server that learns latencies and one that predicts them. */
export function latencyPredictor(): JsonObject {
  const template = {
    containers: [
      {
        name: "main",
        env: variables({
          PREDICTION_SERVER_URL: "http://localhost:8001",
          TRAINING_SERVER_URL: "http://localhost:8000",
          LATENCY_MAX_SAMPLE_SIZE: "10000",
          LATENCY_MAX_CONCURRENT_DISPATCHES: "36",
          LATENCY_COALESCE_WINDOW_MS: "1",
        }),
      },
      trainingServer(),
      predictionServer(),
    ],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 60,
    volumes: [
      { name: "training-server-storage", emptyDir: { sizeLimit: "20Gi" } },
      { name: "prediction-server-storage", emptyDir: { sizeLimit: "10Gi" } },
      { name: "training-server-tmp", emptyDir: {} },
      { name: "prediction-server-tmp", emptyDir: {} },
    ],
  };
  return { router: { scheduler: { template } } };
}

function trainingServer(): JsonObject {
  const probe = (path: string) => ({ httpGet: { path, port: 8000 } });
  return {
    name: "training-server",
    image: `${PREDICTOR_IMAGE}-training-server:0.9.0`,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: 8000, name: "training-port" }],
    resources: {
      requests: { cpu: "2000m", memory: "4Gi" },
      limits: { cpu: "4000m", memory: "8Gi" },
    },
    startupProbe: { ...probe("/healthz"), failureThreshold: 30, periodSeconds: 10 },
    livenessProbe: { ...probe("/healthz"), initialDelaySeconds: 30, periodSeconds: 20 },
    readinessProbe: { ...probe("/readyz"), initialDelaySeconds: 45, periodSeconds: 10 },
    securityContext: restricted({ readOnlyRoot: true }),
    env: variables({
      LATENCY_RETRAINING_INTERVAL_SEC: "10",
      LATENCY_MIN_SAMPLES_FOR_RETRAIN: "100",
      ...modelPaths("LATENCY", "/models"),
      LATENCY_MODEL_TYPE: "xgboost",
      LATENCY_MAX_TRAINING_DATA_SIZE_PER_BUCKET: "500",
      LATENCY_OBJECTIVE_TYPE: "mean",
    }),
    ...termination(),
    volumeMounts: [
      { name: "training-server-storage", mountPath: "/models" },
      { name: "training-server-tmp", mountPath: "/tmp" },
    ],
  };
}

function predictionServer(): JsonObject {
  const probe = (path: string) => ({ httpGet: { path, port: 8001 } });
  return {
    name: "prediction-server",
    image: `${PREDICTOR_IMAGE}-prediction-server:0.9.0`,
    imagePullPolicy: "IfNotPresent",
    ports: [{ containerPort: 8001, name: "predict-port" }],
    resources: {
      requests: { cpu: "8000m", memory: "4Gi" },
      limits: { cpu: "28000m", memory: "8Gi" },
    },
    startupProbe: { ...probe("/readyz"), failureThreshold: 60, periodSeconds: 10 },
    livenessProbe: {
      ...probe("/healthz"),
      ...{ initialDelaySeconds: 15, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 },
    },
    readinessProbe: {
      ...probe("/readyz"),
      ...{ initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    },
    securityContext: restricted({ readOnlyRoot: true }),
    env: variables({
      TRAINING_SERVER_URL: "http://localhost:8000",
      LATENCY_MODEL_TYPE: "xgboost",
      PREDICT_HOST: "0.0.0.0",
      PREDICT_PORT: "8001",
      ...modelPaths("LOCAL", "/server_models"),
      UVICORN_WORKERS: "28",
      OMP_NUM_THREADS: "1",
      MODEL_SYNC_INTERVAL_SEC: "30",
      LATENCY_OBJECTIVE_TYPE: "mean",
    }),
    ...termination(),
    volumeMounts: [
      { name: "prediction-server-storage", mountPath: "/server_models" },
      { name: "prediction-server-tmp", mountPath: "/tmp" },
    ],
  };
}

/** `LATENCY_TTFT_MODEL_PATH` and the like: what is learnt of TTFT and TPOT, each in three files. */
function modelPaths(prefix: string, folder: string): Record<string, string> {
  const parts = [["MODEL", ""], ["SCALER", "_scaler"], ["GATED_MODEL", "_gated"]] as const;
  return Object.fromEntries(parts.flatMap(([part, suffix]) =>
    ["TTFT", "TPOT"].map((metric) => [
      `${prefix}_${metric}_${part}_PATH`,
      `${folder}/${metric.toLowerCase()}${suffix}.joblib`,
    ])
  ));
}

/** vLLM's renderer alone, on a CPU: prompts become the tokens that prefix caches know. */
export function tokenizer(): JsonObject {
  const script = [
    "exec vllm launch render /mnt/models/base",
    "--port=8000",
    "{{ if .GlobalConfig.EnableTLS }}--enable-ssl-refresh",
    "--ssl-certfile /var/run/kserve/tls/tls.crt",
    "--ssl-keyfile /var/run/kserve/tls/tls.key{{ end }}",
  ].join(" \\\n  ");
  const container = {
    name: "main",
    image: TOKENIZER_IMAGE,
    imagePullPolicy: "IfNotPresent",
    command: ["/bin/bash", "-c", script],
    args: [],
    ports: [{ name: "render-http", containerPort: 8000, protocol: "TCP" }],
    env: variables({ HF_HOME: "/tmp/hf", DO_NOT_TRACK: "1" }),
    resources: { requests: { cpu: "1", memory: "4Gi" }, limits: { cpu: "4", memory: "12Gi" } },
    readinessProbe: healthProbe("render-http", {
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 60,
    }),
    securityContext: restricted({ readOnlyRoot: true, root: true }),
    ...termination(),
    volumeMounts: [{ mountPath: "/tmp", name: "tmp-dir" }, TLS_MOUNT],
  };
  const template = {
    automountServiceAccountToken: false,
    containers: [container],
    volumes: [{ name: "tmp-dir", emptyDir: {} }, TLS_VOLUME],
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
  };
  return { router: { scheduler: { tokenizer: { template } } } };
}

export function tracing(): JsonObject {
  return {
    tracing: {
      exporterEndpoint: "http://otel-collector:4317",
      exporter: "otlp",
      sampler: "parentbased_traceidratio",
      samplerArg: "0.05",
    },
  };
}
