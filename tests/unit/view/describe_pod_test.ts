import assert from "node:assert/strict";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { describe } from "../../../src/view/describe.ts";
import type { EventRow } from "../../../src/view/event_table.ts";
import { assertGolden } from "../../golden/golden.ts";

const MINUTE = 60_000_000;
const CLUSTER = { objects: [], nowUs: 15 * MINUTE };

const BACK_OFF: EventRow = {
  type: "Warning",
  reason: "BackOff",
  kind: "Pod",
  namespace: "team-a",
  name: "chat-kserve-1",
  message: "Back-off restarting failed container main\n",
  source: "kubelet",
  count: 4,
  firstUs: 10 * MINUTE,
  lastUs: 14 * MINUTE,
  twins: 0,
};

const MAIN: JsonObject = {
  name: "main",
  image: "vllm/vllm-openai:v0.15.1",
  command: ["/bin/bash", "-c", "if true; then\n  vllm serve\nfi"],
  args: ["--max-model-len", "16384"],
  ports: [{ containerPort: 8000, protocol: "TCP" }, { containerPort: 9000, hostPort: 90 }],
  securityContext: { seccompProfile: { type: "RuntimeDefault" } },
  resources: {
    limits: { "nvidia.com/gpu": "4", memory: "320Gi", cpu: 32 },
    requests: { cpu: "16", "nvidia.com/gpu": "4" },
  },
  livenessProbe: { httpGet: { path: "/health", port: 8000, scheme: "HTTPS" }, failureThreshold: 9 },
  readinessProbe: { exec: { command: ["cat", "/ready"] }, initialDelaySeconds: 5 },
  startupProbe: { grpc: { port: 9003, service: "liveness" }, timeoutSeconds: 2 },
  envFrom: [{ configMapRef: { name: "flags" }, prefix: "VLLM_" }, {
    secretRef: { name: "keys", optional: true },
  }],
  env: [
    { name: "HOME", value: "/home" },
    { name: "TWO", value: "a\nb" },
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    { name: "ROLE", valueFrom: { fieldRef: { fieldPath: "metadata.labels['llm-d.ai/role']" } } },
    { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hf", key: "token" } } },
    { name: "MODE", valueFrom: { configMapKeyRef: { name: "c", key: "mode", optional: true } } },
    { name: "CPUS", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
  ],
  volumeMounts: [
    { mountPath: "/models", name: "models", readOnly: true },
    { mountPath: "/dev/shm", name: "dshm", subPath: "a b" },
  ],
};

const POD: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "chat-kserve-1",
    namespace: "team-a",
    labels: { "llm-d.ai/role": "both", "app.kubernetes.io/name": "chat" },
    annotations: { "mtop.dev/start-phase": "loading" },
    ownerReferences: [
      { apiVersion: "v1", kind: "Other", name: "y", uid: "1" },
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: "chat-kserve-5",
        uid: "2",
        controller: true,
      },
    ],
  },
  spec: {
    priority: 1000,
    priorityClassName: "staging",
    runtimeClassName: "nvidia",
    serviceAccountName: "chat",
    nodeName: "node-1",
    nodeSelector: { "nvidia.com/gpu.product": "H100-SXM", a: "b" },
    securityContext: { seccompProfile: { type: "Unconfined" } },
    initContainers: [{ name: "storage-initializer", image: "kserve/storage-initializer:latest" }],
    containers: [MAIN],
    tolerations: [
      {
        key: "node.kubernetes.io/unreachable",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      },
      { key: "gpu", value: "a100", effect: "NoSchedule" },
      { operator: "Exists" },
    ],
    topologySpreadConstraints: [{
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      maxSkew: 1,
      labelSelector: {
        matchLabels: { app: "chat" },
        matchExpressions: [
          { key: "b", operator: "In", values: ["x", "y"] },
          { key: "c", operator: "DoesNotExist" },
        ],
      },
    }],
    volumes: [
      { name: "dshm", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
      { name: "home", emptyDir: {} },
      { name: "models", persistentVolumeClaim: { claimName: "weights", readOnly: true } },
      { name: "certs", secret: { secretName: "chat-certs" } },
      { name: "flags", configMap: { name: "flags", optional: true } },
      { name: "host", hostPath: { path: "/data" } },
      { name: "csi", csi: { driver: "csi.x.io", fsType: "ext4" } },
      { name: "oci", image: { reference: "quay.io/m:1", pullPolicy: "Always" } },
      {
        name: "token",
        projected: {
          sources: [
            { serviceAccountToken: { path: "t" } },
            { configMap: { name: "ca" } },
            { downwardAPI: {} },
            { secret: { name: "s" } },
          ],
        },
      },
      { name: "odd", quobyte: {} },
    ],
  },
  status: {
    phase: "Running",
    hostIP: "10.0.0.1",
    podIP: "10.128.1.2",
    podIPs: [{ ip: "10.128.1.2" }],
    qosClass: "Burstable",
    startTime: "2026-01-01T00:04:00Z",
    conditions: [{ type: "Initialized", status: "True" }, { type: "Ready", status: "False" }],
    initContainerStatuses: [{
      name: "storage-initializer",
      ready: true,
      restartCount: 0,
      state: {
        terminated: {
          reason: "Completed",
          exitCode: 0,
          startedAt: "2026-01-01T00:04:00Z",
          finishedAt: "2026-02-28T23:07:06Z",
        },
      },
    }],
    containerStatuses: [{
      name: "main",
      containerID: "containerd://1",
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
      lastState: {
        terminated: { reason: "Error", message: "CUDA out of memory", exitCode: 137, signal: 9 },
      },
    }],
  },
};

Deno.test("describe() tells of a pod what kubectl tells of it", () => {
  const lines = describe(POD, [BACK_OFF], CLUSTER);
  assertGolden("kubectl/describe-pod.txt", `${lines.join("\n")}\n`);
});

/** The lines that begin so, their columns one blank apart. */
function about(pod: KubeObject, ...titles: string[]): string[] {
  return describe(pod, [], CLUSTER)
    .filter((line) => titles.some((title) => line.trimStart().startsWith(title)))
    .map((line) => line.trim().replaceAll(/ +/g, " "));
}

Deno.test("describe() of a pod that is on no node has none of what is not known", () => {
  const pending = {
    ...POD,
    spec: { containers: [{ name: "main", image: "x", env: [] }] },
    status: {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
    },
  };
  assert.deepEqual(
    describe(pending, undefined, CLUSTER).slice(2).map((line) => line.trimEnd()),
    [
      "Node:           <none>",
      "Labels:         app.kubernetes.io/name=chat",
      "                llm-d.ai/role=both",
      "Annotations:    mtop.dev/start-phase: loading",
      "Status:         Pending",
      "IP:",
      "IPs:            <none>",
      "Controlled By:  ReplicaSet/chat-kserve-5",
      "Containers:",
      "  main:",
      "    Image:        x",
      "    Port:         <none>",
      "    Host Port:    <none>",
      "    Environment:  <none>",
      "    Mounts:       <none>",
      "Conditions:",
      "  Type           Status",
      "  PodScheduled   False",
      "Volumes:         <none>",
      "QoS Class:       BestEffort",
      "Node-Selectors:  <none>",
      "Tolerations:     <none>",
    ],
  );
});

Deno.test("describe() of a pod that is being deleted says for how long", () => {
  const metadata = { ...POD.metadata, deletionTimestamp: "2026-01-01T00:14:00Z" };
  const leaving = { ...POD, metadata: { ...metadata, deletionGracePeriodSeconds: 60 } };
  assert.deepEqual(about(leaving, "Status:", "Termination"), [
    "Status: Terminating (lasts 60s)",
    "Termination Grace Period: 60s",
  ]);
  const failed = {
    ...leaving,
    status: { ...POD.status, phase: "Failed", reason: "Evicted", message: "low on memory" },
  };
  assert.deepEqual(about(failed, "Status:", "Reason:", "Message:").slice(0, 3), [
    "Status: Failed",
    "Reason: Evicted",
    "Message: low on memory",
  ]);
});

Deno.test("describe() shows no control characters of a stranger, and any shape of a field", () => {
  const odd = {
    ...POD,
    metadata: { name: "p\x1b[2J", namespace: "n" },
    spec: { containers: "no list", volumes: [1], tolerations: {} },
    status: { conditions: 7, startTime: "soon" },
  } as unknown as KubeObject;
  assert.deepEqual(about(odd, "Name:", "Start Time:", "Containers:", "Tolerations:"), [
    "Name: p^[[2J",
    "Start Time: soon",
    "Containers: <none>",
    "Tolerations: <none>",
  ]);
});
