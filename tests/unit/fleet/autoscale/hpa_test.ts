import assert from "node:assert/strict";
import { HorizontalPodAutoscaler, SYNC_US } from "../../../../src/fleet/autoscale/hpa.ts";
import { DEFAULT_BEHAVIOR } from "../../../../src/fleet/autoscale/hpa_behavior.ts";
import { hpa } from "./autoscaler_plans.ts";
import { conditions, Rig, SECOND } from "./autoscaler_rig.ts";

const SELECTOR =
  "&LabelSelector{MatchLabels:map[string]string{variant_name: chat-kserve-hpa,},MatchExpressions:" +
  "[]LabelSelectorRequirement{},}";

function started(replicas: number, options: Partial<Parameters<typeof hpa>[1]> = {}, warm = true) {
  const rig = new Rig(replicas);
  rig.metric = { milli: replicas * 1000 };
  const autoscaler = new HorizontalPodAutoscaler(
    hpa(rig, { min: 1, max: 10, ...options }),
    rig,
    rig.host,
  );
  autoscaler.start(warm);
  return { rig, autoscaler };
}

function shown(rig: Rig) {
  return rig.objects("HorizontalPodAutoscaler")[0]! as {
    readonly [field: string]: unknown;
    readonly status: { readonly currentMetrics: unknown };
  };
}

Deno.test("an HPA looks every 15 s, a new one after 15 s for the first time", () => {
  assert.equal(SYNC_US, 15 * SECOND);
  const { rig, autoscaler } = started(1, {}, false);
  assert.deepEqual(autoscaler.verdict, {
    status: "False",
    reason: "HPAProgressing",
    message: "HPA conditions not yet available",
  });
  rig.run(14, 3);
  assert.deepEqual(rig.scaled, []);
  rig.run(1, 3);
  assert.deepEqual(rig.scaled, [3]);
  assert.equal(autoscaler.verdict.status, "True");
});

Deno.test("an HPA tells of a new size and why, in Kubernetes' words", () => {
  const { rig } = started(2);
  rig.run(15, 3);
  rig.run(600, 1);
  assert.deepEqual(rig.told(), [
    [
      15,
      "SuccessfulRescale",
      `New size: 3; reason: external metric wva_desired_replicas(${SELECTOR}) above target`,
    ],
    [330, "SuccessfulRescale", "New size: 1; reason: All metrics below target"],
  ]);
});

Deno.test("an HPA goes down 300 s after the last higher recommendation", () => {
  const { rig } = started(6);
  rig.run(315, 2);
  assert.deepEqual([rig.replicas, conditions(shown(rig))["AbleToScale"]!["reason"]], [
    2,
    "SucceededRescale",
  ]);
  const held = started(6).rig;
  held.run(285, 2);
  const { AbleToScale } = conditions(shown(held));
  assert.deepEqual([held.replicas, AbleToScale!["reason"], AbleToScale!["message"]], [
    6,
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
  ]);
});

Deno.test("an HPA's conditions stand in the order in which they came, and move with the status alone", () => {
  const { rig } = started(2);
  rig.run(60, 20);
  const all = conditions(shown(rig));
  assert.deepEqual(Object.keys(all), ["AbleToScale", "ScalingActive", "ScalingLimited"]);
  assert.deepEqual(all["ScalingActive"], {
    type: "ScalingActive",
    status: "True",
    lastTransitionTime: "2026-01-01T00:00:00Z",
    reason: "ValidMetricFound",
    message:
      `the HPA was able to successfully calculate a replica count from external metric wva_desired_replicas(${SELECTOR})`,
  });
  assert.deepEqual(all["ScalingLimited"], {
    type: "ScalingLimited",
    status: "True",
    lastTransitionTime: "2026-01-01T00:00:15Z",
    reason: "TooManyReplicas",
    message: "the desired replica count is more than the maximum replica count",
  });
});

Deno.test("an HPA without a metric says so in an event, a condition and to KServe", () => {
  const { rig, autoscaler } = started(2);
  rig.run(15, "no metrics returned from external metrics API");
  const event = `unable to get external metric default/wva_desired_replicas/${SELECTOR}: ` +
    "no metrics returned from external metrics API";
  assert.deepEqual(rig.told(), [
    [15, "FailedGetExternalMetric", event],
    [
      15,
      "FailedComputeMetricsReplicas",
      "invalid metrics (1 invalid out of 1), first error is: failed to get wva_desired_replicas " +
      `external metric: ${event}`,
    ],
  ]);
  assert.deepEqual(autoscaler.verdict, {
    status: "False",
    reason: "FailedGetExternalMetric",
    message: `the HPA was unable to compute the replica count: ${event}`,
  });
});

Deno.test("an HPA does nothing to a target that somebody has scaled to zero", () => {
  const { rig, autoscaler } = started(2);
  rig.replicas = 0;
  rig.run(600, 5);
  assert.deepEqual(rig.scaled, []);
  assert.equal(autoscaler.verdict.reason, "ScalingDisabled");
});

Deno.test("an HPA with a minimum of 0 goes to zero and comes back", () => {
  const { rig } = started(2, { min: 0 });
  rig.run(400, 0);
  rig.run(15, 1);
  assert.deepEqual(rig.scaled, [0, 1]);
});

Deno.test("an HPA brings replicas within its bounds at once, whatever its metric says", () => {
  for (const [replicas, expected, why] of [[20, 10, "above Spec.Max"], [1, 3, "below Spec.Min"]]) {
    const rig = new Rig(replicas as number);
    rig.metric = { error: "lost" };
    new HorizontalPodAutoscaler(hpa(rig, { min: 3, max: 10 }), rig, rig.host).start(true);
    assert.deepEqual(rig.scaled, [expected]);
    assert.match(rig.told()[0]![2], new RegExp(`Current number of replicas ${why}Replicas$`));
  }
});

Deno.test("an HPA shows the share of one replica of an AverageValue, all of a Value", () => {
  const metric = (type: "Value" | "AverageValue") => {
    const { rig } = started(2, { type });
    rig.ready = 0;
    rig.run(15, 2.5);
    return shown(rig).status.currentMetrics;
  };
  const current = (field: object) => [{
    type: "External",
    external: {
      metric: {
        name: "wva_desired_replicas",
        selector: { matchLabels: { variant_name: "chat-kserve-hpa" } },
      },
      current: field,
    },
  }];
  assert.deepEqual(metric("AverageValue"), current({ averageValue: "1250m" }));
  assert.deepEqual(metric("Value"), current({ value: "2500m" }));
});

// Kubernetes takes a Value times the pods that are ready; KServe's HPA gives it a number of replicas.
Deno.test("an HPA whose Value is a number of replicas with target 1 goes on to its maximum", () => {
  const { rig } = started(1, { type: "Value" });
  rig.run(15, 2);
  assert.equal(rig.replicas, 2);
  rig.run(15, 2);
  assert.equal(rig.replicas, 4);
  rig.run(60, 2);
  assert.equal(rig.replicas, 10);
  // As an AverageValue it is what was wanted.
  const average = started(1).rig;
  average.run(600, 2);
  assert.equal(average.replicas, 2);
});

Deno.test("an HPA adds 10 pods in 150 s and holds 240 s, as is recommended for variants", () => {
  const rules = {
    stabilizationWindowSeconds: 240,
    selectPolicy: "Max" as const,
    policies: [{ type: "Pods" as const, value: 10, periodSeconds: 150 }],
    tolerance: 0.1,
  };
  const { rig } = started(1, { max: 40, behavior: { scaleUp: rules, scaleDown: rules } });
  rig.run(225, 30);
  assert.deepEqual(rig.scaled, []);
  rig.run(15, 30);
  assert.deepEqual(rig.scaled, [11]);
  rig.run(150, 30);
  assert.deepEqual(rig.scaled, [11, 21]);
});

Deno.test("an HPA's behaviour is shown as the API server completes it", () => {
  const { rig } = started(1, { behavior: DEFAULT_BEHAVIOR });
  const { spec } = shown(rig) as unknown as { spec: { behavior: unknown } };
  assert.deepEqual(spec.behavior, {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: 300,
      selectPolicy: "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    },
  });
});
