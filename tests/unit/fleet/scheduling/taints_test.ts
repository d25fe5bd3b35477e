import assert from "node:assert/strict";
import { needsOf } from "../../../../src/fleet/scheduling/needs_of.ts";
import {
  evictionSeconds,
  type Taint,
  taintsOf,
  withDefaultTolerations,
} from "../../../../src/fleet/scheduling/taints.ts";

const HEALTHY = {
  ready: "True",
  cordoned: false,
  memoryPressure: false,
  diskPressure: false,
} as const;
const UNREACHABLE = taintsOf({ ...HEALTHY, ready: "Unknown" });

Deno.test("taintsOf() marks what the node's controllers see", () => {
  const keys = (taints: Taint[]) => taints.map(({ key, effect }) => `${key}:${effect}`);
  assert.deepEqual(keys(taintsOf(HEALTHY)), []);
  assert.deepEqual(keys(UNREACHABLE), [
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  const bad = { ready: "False", cordoned: true, memoryPressure: true, diskPressure: true } as const;
  assert.deepEqual(keys(taintsOf(bad)), [
    "node.kubernetes.io/not-ready:NoSchedule",
    "node.kubernetes.io/not-ready:NoExecute",
    "node.kubernetes.io/unschedulable:NoSchedule",
    "node.kubernetes.io/memory-pressure:NoSchedule",
    "node.kubernetes.io/disk-pressure:NoSchedule",
  ]);
});

Deno.test("withDefaultTolerations() gives five minutes where a pod says nothing of its own", () => {
  assert.equal(evictionSeconds(UNREACHABLE, withDefaultTolerations([])), 300);
  const { tolerations } = needsOf({
    tolerations: [
      {
        key: "node.kubernetes.io/unreachable",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 30,
      },
    ],
  });
  assert.equal(evictionSeconds(UNREACHABLE, tolerations), 30);
});

Deno.test("evictionSeconds() is 0 without a toleration, none for ever, the least of several", () => {
  assert.equal(evictionSeconds(UNREACHABLE, []), 0);
  assert.equal(evictionSeconds([{ key: "spot", effect: "NoSchedule" }], []), undefined);
  const { tolerations } = needsOf({
    tolerations: [
      { operator: "Exists", tolerationSeconds: 60 },
      { key: "node.kubernetes.io/unreachable", operator: "Exists", tolerationSeconds: 20 },
    ],
  });
  assert.equal(evictionSeconds(UNREACHABLE, tolerations), 20);
  const forever = needsOf({ tolerations: [{ operator: "Exists" }] });
  assert.equal(evictionSeconds(UNREACHABLE, forever.tolerations), undefined);
});
