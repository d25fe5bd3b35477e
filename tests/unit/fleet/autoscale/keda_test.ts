import assert from "node:assert/strict";
import { Keda } from "../../../../src/fleet/autoscale/keda.ts";
import { scaled, scaledObject } from "./autoscaler_plans.ts";
import { conditions, Rig } from "./autoscaler_rig.ts";

function started(replicas: number, options: Parameters<typeof scaledObject>[0], metric = 0) {
  const rig = new Rig(replicas);
  rig.metric = { milli: metric * 1000 };
  const keda = new Keda(scaledObject(options), rig, rig.host, scaled(rig));
  keda.start(true);
  return { rig, keda };
}

function shown(rig: Rig) {
  return rig.objects("ScaledObject")[0]!;
}

const WATCH = [0, "KEDAScalersStarted", "Started scalers watch"];

Deno.test("KEDA makes an HPA for what is between its minimum and its maximum", () => {
  const { rig } = started(1, { min: 1, max: 5 }, 1);
  const [hpa] = rig.objects("HorizontalPodAutoscaler") as {
    metadata?: { name: string };
    spec?: object;
  }[];
  assert.equal(hpa!.metadata!.name, "keda-hpa-chat-kserve-keda");
  assert.deepEqual(hpa!.spec, {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat-kserve" },
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{
      type: "External",
      external: {
        metric: {
          name: "s0-prometheus",
          selector: { matchLabels: { "scaledobject.keda.sh/name": "chat-kserve-keda" } },
        },
        target: { type: "AverageValue", averageValue: "1" },
      },
    }],
  });
  rig.run(60, 3);
  assert.equal(rig.replicas, 3);
});

Deno.test("KEDA's HPA has a minimum of 1 where KEDA's own is 0", () => {
  const { rig } = started(0, { min: 0, max: 5 });
  const [hpa] = rig.objects("HorizontalPodAutoscaler") as { spec?: { minReplicas: number } }[];
  assert.equal(hpa!.spec!.minReplicas, 1);
});

Deno.test("KEDA activates at its next poll, by a trigger above its activation", () => {
  const { rig } = started(0, { min: 0, max: 5, activation: 2 });
  rig.run(60, 2);
  assert.deepEqual(rig.scaled, []);
  rig.run(30, 3);
  assert.deepEqual(rig.told("KEDAScaleTargetActivated"), [[
    90,
    "KEDAScaleTargetActivated",
    "Scaled apps/v1.Deployment default/chat-kserve from 0 to 1, triggered by prometheusScaler",
  ]]);
  assert.equal(conditions(shown(rig))["Active"]!["reason"], "ScalerActive");
});

Deno.test("KEDA goes to zero when nothing was active for longer than its cooldown", () => {
  const { rig } = started(1, { min: 0, max: 5, cooldown: 100 }, 1);
  rig.run(30, 1);
  rig.run(90, 0);
  assert.equal(conditions(shown(rig))["Active"]!["reason"], "ScalerCooldown");
  rig.run(30, 0);
  assert.deepEqual(rig.told("KEDAScaleTargetDeactivated"), [[
    150,
    "KEDAScaleTargetDeactivated",
    "Deactivated apps/v1.Deployment default/chat-kserve from 1 to 0",
  ]]);
  assert.equal(rig.replicas, 0);
  const { status } = shown(rig) as { status: { lastActiveTime: string } };
  assert.equal(status.lastActiveTime, "2026-01-01T00:00:30Z");
});

Deno.test("KEDA goes between its idle count and its minimum", () => {
  const { rig } = started(2, { min: 2, max: 5, idle: 0, cooldown: 60 }, 2);
  rig.run(240, 0);
  assert.deepEqual(rig.scaled, [0]);
  rig.run(30, 1);
  assert.deepEqual(rig.scaled, [0, 2]);
});

Deno.test("KEDA brings a target that is below its minimum back to it, though nothing is active", () => {
  const { rig } = started(0, { min: 2, max: 5 });
  assert.deepEqual(rig.scaled, [2]);
});

Deno.test("KEDA falls back at its next poll, and its HPA stays there after more failures than allowed", () => {
  const fallback = { failureThreshold: 3, replicas: 4, behavior: "static" as const };
  const { rig, keda } = started(2, { min: 1, max: 5, fallback }, 2);
  rig.run(30, "connection refused");
  assert.deepEqual(rig.scaled, [4]);
  assert.equal(conditions(shown(rig))["Fallback"]!["reason"], "FallbackExists");
  // The HPA cannot read the metric until its fourth failure; then it gets what makes 4 replicas.
  const failed = () => {
    const [hpa] = rig.objects("HorizontalPodAutoscaler");
    return conditions(hpa!)["ScalingActive"]!["status"];
  };
  assert.equal(failed(), "False");
  rig.run(45, "connection refused");
  assert.equal(failed(), "True");
  rig.run(900, "connection refused");
  assert.equal(rig.replicas, 4);
  assert.deepEqual(keda.verdict, { status: "True" });
  rig.run(600, 1);
  assert.equal(rig.replicas, 1);
  assert.equal(conditions(shown(rig))["Fallback"]!["reason"], "NoFallbackFound");
});

Deno.test("KEDA without a fallback says that its triggers fail", () => {
  const { rig, keda } = started(2, { min: 1, max: 5 }, 2);
  rig.run(30, "connection refused");
  assert.deepEqual(keda.verdict, {
    status: "False",
    reason: "TriggerError",
    message: "Triggers defined in ScaledObject are not working correctly",
  });
  assert.deepEqual(rig.told("KEDAScalersStarted", "KEDAScalerFailed"), [
    WATCH,
    [30, "KEDAScalerFailed", "connection refused"],
  ]);
});

Deno.test("KEDA keeps the order of its conditions, unknown until something is said of them", () => {
  const { rig } = started(2, { min: 1, max: 5 }, 2);
  const all = conditions(shown(rig));
  assert.deepEqual(Object.entries(all).map(([type, { status }]) => [type, status]), [
    ["Ready", "True"],
    ["Active", "True"],
    ["Fallback", "Unknown"],
    ["Paused", "Unknown"],
  ]);
});
