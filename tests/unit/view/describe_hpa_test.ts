import assert from "node:assert/strict";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { describe } from "../../../src/view/describe.ts";
import { assertGolden } from "../../golden/golden.ts";

function hpa(spec: JsonObject, status: JsonObject): KubeObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "chat-hpa", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { scaleTargetRef: { kind: "Deployment", name: "chat-kserve" }, maxReplicas: 8, ...spec },
    status,
  };
}

const CLUSTER = { objects: [], nowUs: 0 };

Deno.test("describe() tells of an HPA what kubectl tells of it", () => {
  const metric = { name: "wva_desired_replicas" };
  const lines = describe(
    hpa({
      minReplicas: 1,
      metrics: [
        { type: "External", external: { metric, target: { type: "Value", value: "1" } } },
        { type: "External", external: { metric, target: { averageValue: "5" } } },
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
        },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: "Pods", value: 4, periodSeconds: 15 }],
        },
        scaleDown: { selectPolicy: "Disabled", policies: [] },
      },
    }, {
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [
        { type: "External", external: { metric, current: { value: "2" } } },
        { type: "" },
        {
          type: "Resource",
          resource: { name: "cpu", current: { averageUtilization: 43, averageValue: "21m" } },
        },
      ],
      conditions: [{
        type: "AbleToScale",
        status: "True",
        reason: "ReadyForNewScale",
        message: "recommended size matches current size",
      }],
    }),
    [],
    CLUSTER,
  );
  assertGolden("kubectl/describe-hpa.txt", `${lines.join("\n")}\n`);
});

Deno.test("describe() of an HPA that was never looked at says that nothing is known", () => {
  const metrics = [
    { type: "Pods", pods: { metric: { name: "queue" }, target: { averageValue: "10" } } },
    { type: "Resource", resource: { name: "memory", target: { averageValue: "1Gi" } } },
    { type: "Resource", resource: { name: "cpu", target: { averageUtilization: 50 } } },
  ];
  const lines = describe(hpa({ metrics }, {}), undefined, CLUSTER);
  const from = lines.findIndex((line) => line.startsWith("Metrics:"));
  assert.deepEqual(lines.slice(from).map((line) => line.replaceAll(/ {2,}/g, "  ")), [
    "Metrics:  ( current / target )",
    '  "queue" on pods:  <unknown> / 10',
    "  resource memory on pods:  <unknown> / 1Gi",
    "  resource cpu on pods  (as a percentage of request):  <unknown> / 50%",
    "Min replicas:  <unset>",
    "Max replicas:  8",
    "Deployment pods:  0 current / 0 desired",
  ]);
});
