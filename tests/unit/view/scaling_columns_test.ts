import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { columnsOf } from "../../../src/view/resource_columns.ts";
import { kedaBy, scaledFleet, scaledService } from "../fleet/autoscale/scaled_fleet.ts";
import { MINUTE, SECOND } from "../fleet/small_fleet.ts";

const PATTERN = /HorizontalPodAutoscaler|ScaledObject/;

/** Its HPAs and ScaledObjects as `get` shows them, at so many seconds. */
function shown(scaling: unknown, seconds: number): Record<string, string[]> {
  const small = scaledFleet(scaledService(scaling));
  small.clock.runUntil(seconds * SECOND);
  const objects = Object.entries(small.journal.state.objects).filter(([key]) => PATTERN.test(key));
  return Object.fromEntries(objects.map(([, object]) => {
    const { headers, cells } = columnsOf(object.kind);
    const row = cells(object, seconds * SECOND);
    assert.equal(row.length, headers.length);
    return [object.kind, [...row]];
  }));
}

Deno.test("columnsOf() shows an HPA as kubectl does", () => {
  const scaling = { minReplicas: 1, maxReplicas: 4, wva: { hpa: {} } };
  assert.deepEqual(shown(scaling, 90), {
    HorizontalPodAutoscaler: [
      ...["chat-kserve-hpa", "Deployment/chat-kserve", "1/1", "1", "4", "1", "90s"],
    ],
  });
});

Deno.test("columnsOf() shows a ScaledObject and KEDA's HPA, the share of one replica among it", () => {
  assert.deepEqual(shown(kedaBy("vector(3)", "2"), MINUTE / SECOND), {
    ScaledObject: [
      ...["chat-kserve-keda", "apps/v1.Deployment", "chat-kserve", "1", "5"],
      ...["True", "True", "Unknown", "Unknown", "prometheus", "", "60s"],
    ],
    HorizontalPodAutoscaler: [
      "keda-hpa-chat-kserve-keda",
      "Deployment/chat-kserve",
      "1500m/2 (avg)",
      ...["1", "5", "2", "60s"],
    ],
  });
});

Deno.test("columnsOf() shows a metric that cannot be read as unknown", () => {
  const scaling = kedaBy("sum(never_heard_of_it)", "2");
  const { HorizontalPodAutoscaler: hpa } = shown(scaling, 60);
  assert.equal(hpa![2], "<unknown>/2 (avg)");
  const bare: KubeObject = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "x" },
    spec: { scaleTargetRef: { kind: "Deployment", name: "y" }, maxReplicas: 3 },
  };
  assert.deepEqual(columnsOf(bare.kind).cells(bare, 0).slice(1, 6), [
    "Deployment/y",
    "<none>",
    "<unset>",
    "3",
    "0",
  ]);
});
