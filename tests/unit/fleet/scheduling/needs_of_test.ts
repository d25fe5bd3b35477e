import assert from "node:assert/strict";
import { needsOf } from "../../../../src/fleet/scheduling/needs_of.ts";
import { gpusOf, NO_NEEDS } from "../../../../src/fleet/scheduling/pod_needs.ts";
import { withDefaultTolerations } from "../../../../src/fleet/scheduling/taints.ts";

const asks = (requests: object, limits: object = {}) => ({ resources: { requests, limits } });

Deno.test("needsOf() sums containers, a limit standing for the request that is not made", () => {
  const { requests } = needsOf({
    containers: [
      asks({ cpu: "2", memory: "16Gi" }, { cpu: "4", memory: "32Gi", "nvidia.com/gpu": "2" }),
      asks({ cpu: "100m" }, { memory: "64Mi" }),
      {},
    ],
  });
  assert.deepEqual(requests, {
    cpu: 2100,
    memory: 16 * 2 ** 30 + 64 * 2 ** 20,
    "nvidia.com/gpu": 2,
  });
});

Deno.test("needsOf() takes the larger of what runs and of each init container beside its sidecars", () => {
  const { requests } = needsOf({
    initContainers: [
      asks({ cpu: "5", memory: "1Gi" }),
      { ...asks({ cpu: "1" }), restartPolicy: "Always" },
      asks({ cpu: "3", memory: "4Gi" }),
    ],
    containers: [asks({ cpu: "2", memory: "2Gi" })],
    overhead: { cpu: "250m" },
  });
  // First 5, then 3 beside the sidecar's 1, then 2 beside it: 5 is the most.
  assert.deepEqual(requests, { cpu: 5250, memory: 4 * 2 ** 30 });
});

Deno.test("needsOf() rounds up to whole millicores and bytes", () => {
  const { requests } = needsOf({ containers: [asks({ cpu: "0.1", memory: "1.5" })] });
  assert.deepEqual(requests, { cpu: 100, memory: 2 });
  assert.deepEqual(needsOf({ containers: [asks({ cpu: "1u" })] }).requests, { cpu: 1 });
});

Deno.test("needsOf() reads affinity, tolerations and spreading", () => {
  const zone = { key: "zone", operator: "In", values: ["a"] };
  const selector = { matchLabels: { app: "chat" }, matchExpressions: [zone] };
  const needs = needsOf({
    containers: [],
    priority: 100,
    nodeSelector: { disk: "ssd" },
    tolerations: [
      { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
      { key: "spot", value: "true", tolerationSeconds: 30 },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [zone] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, preference: { matchExpressions: [zone] } },
        ],
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: selector },
        ],
      },
    },
    topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 2, labelSelector: selector }],
  });
  const pods = [{ key: "app", operator: "In", values: ["chat"] }, zone];
  assert.deepEqual(needs, {
    ...NO_NEEDS,
    priority: 100,
    nodeSelector: { disk: "ssd" },
    tolerations: [
      { key: "nvidia.com/gpu", operator: "Exists", value: "", effect: "NoSchedule" },
      { key: "spot", operator: "Equal", value: "true", tolerationSeconds: 30 },
      ...withDefaultTolerations([]),
    ],
    nodeTerms: [{ labels: [zone], fields: [] }],
    preferredNodes: [{ weight: 5, term: { labels: [zone], fields: [] } }],
    antiAffinity: [{ topologyKey: "kubernetes.io/hostname", pods }],
    spread: [{ topologyKey: "zone", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule", pods }],
  });
});

Deno.test("needsOf() counts a container that asks for nothing with a little, for scores alone", () => {
  const { requests, nonZero } = needsOf({ containers: [{}, asks({ cpu: "2" })] });
  assert.deepEqual(requests, { cpu: 2000 });
  assert.deepEqual(nonZero, { cpu: 2100, memory: 400 * 2 ** 20 });
});

Deno.test("needsOf() leaves out what it cannot read", () => {
  const broken = {
    containers: [asks({ cpu: "many", memory: "-1" })],
    tolerations: 5,
    affinity: null,
  };
  assert.deepEqual({ ...needsOf(broken), nonZero: NO_NEEDS.nonZero, tolerations: [] }, NO_NEEDS);
  assert.deepEqual(needsOf(undefined), NO_NEEDS);
});

Deno.test("gpusOf() is what a pod asks for by number", () => {
  assert.equal(gpusOf(needsOf({ containers: [asks({}, { "nvidia.com/gpu": "8" })] })), 8);
  assert.equal(gpusOf(NO_NEEDS), 0);
});
