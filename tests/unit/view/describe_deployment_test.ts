import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { describe } from "../../../src/view/describe.ts";
import { assertGolden } from "../../golden/golden.ts";

const LABELS = { "app.kubernetes.io/name": "chat", "llm-d.ai/role": "both" };

const DEPLOYMENT: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "chat-kserve",
    namespace: "default",
    labels: LABELS,
    creationTimestamp: "2025-12-31T23:59:59Z",
  },
  spec: {
    replicas: 2,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS, annotations: { a: "b" } },
      spec: {
        serviceAccountName: "chat",
        initContainers: [{ name: "storage-initializer", image: "kserve/storage-initializer" }],
        containers: [{
          name: "main",
          image: "vllm/vllm-openai:v0.15.1",
          env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
        }],
        volumes: [{ name: "home", emptyDir: {} }],
        nodeSelector: { gpu: "H100" },
        priorityClassName: "high",
      },
    },
  },
  status: {
    replicas: 3,
    updatedReplicas: 1,
    availableReplicas: 2,
    unavailableReplicas: 1,
    conditions: [
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" },
    ],
  },
};

function replicaSet(name: string, revision: number, replicas: number, owner = "chat-kserve") {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: "default",
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
      ownerReferences: [{ kind: "Deployment", name: owner, controller: true }],
    },
    spec: { replicas: 2 },
    status: { replicas },
  } as unknown as KubeObject;
}

const OBJECTS = [
  replicaSet("chat-kserve-new", 10, 1),
  replicaSet("chat-kserve-old", 9, 2),
  replicaSet("chat-kserve-older", 8, 0),
  replicaSet("other-kserve-1", 11, 1, "other-kserve"),
];

Deno.test("describe() tells of a Deployment what kubectl tells of it", () => {
  const lines = describe(DEPLOYMENT, [], { objects: OBJECTS, nowUs: 0 });
  assertGolden("kubectl/describe-deployment.txt", `${lines.join("\n")}\n`);
});

Deno.test("describe() of a Deployment has its strategy, and no ReplicaSet before there is one", () => {
  const of = (strategy: unknown) =>
    describe({ ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, strategy } } as KubeObject, [], {
      objects: [],
      nowUs: 0,
    }).filter((line) => /Strategy|ReplicaSet/.test(line)).map((line) => line.replace(/ +/, " "));
  assert.deepEqual(of({ type: "Recreate" }), [
    "StrategyType: Recreate",
    "OldReplicaSets: <none>",
    "NewReplicaSet: <none>",
  ]);
  const one = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  assert.equal(of(one)[1], "RollingUpdateStrategy: 0 max unavailable, 1 max surge");
});

Deno.test("describe() tells of a ReplicaSet what kubectl tells of it, with its pods by phase", () => {
  const pod = (name: string, phase: string, owner = "chat-kserve-new") =>
    ({
      kind: "Pod",
      metadata: {
        name,
        namespace: "default",
        ownerReferences: [{ kind: "ReplicaSet", name: owner, controller: true }],
      },
      status: { phase },
    }) as unknown as KubeObject;
  const [set] = OBJECTS;
  const { template, selector } = DEPLOYMENT.spec!;
  const told = {
    ...set!,
    spec: { ...set!.spec, template: template!, selector: selector! },
    status: {
      replicas: 1,
      conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }],
    },
  };
  const pods = [pod("a", "Running"), pod("b", "Pending"), pod("c", "Running", "another")];
  const lines = describe(told, [], { objects: pods, nowUs: 0 });
  assert.deepEqual(lines.slice(0, 8), [
    "Name:           chat-kserve-new",
    "Namespace:      default",
    "Selector:       app.kubernetes.io/name=chat,llm-d.ai/role=both",
    "Labels:         <none>",
    "Annotations:    deployment.kubernetes.io/revision: 10",
    "Controlled By:  Deployment/chat-kserve",
    "Replicas:       1 current / 2 desired",
    "Pods Status:    1 Running / 1 Waiting / 0 Succeeded / 0 Failed",
  ]);
  assert.deepEqual(lines.slice(8, 10).map((line) => line.replaceAll(/ {2,}/g, " ")), [
    "Pod Template:",
    " Labels: app.kubernetes.io/name=chat",
  ]);
  assert.deepEqual(lines.slice(-5), [
    "Conditions:",
    "  Type             Status  Reason",
    "  ----             ------  ------",
    "  ReplicaFailure   True    FailedCreate",
    "Events:            <none>",
  ]);
});
