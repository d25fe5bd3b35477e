import assert from "node:assert/strict";
import type { JsonObject, KubeObject } from "../../../src/kube/object.ts";
import { podCells } from "../../../src/view/pod_cells.ts";

const MAIN = { containers: [{ name: "main" }] };
const RUNNING = { running: { startedAt: "2026-01-01T00:00:00Z" } };

function pod(status: JsonObject, spec: JsonObject = MAIN, metadata: object = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p", ...metadata }, spec, status };
}

function shown(object: KubeObject): string {
  const { ready, status, restarts } = podCells(object, 300_000_000);
  return [ready, status, restarts].join(" ");
}

const main = (state: JsonObject, rest: JsonObject = {}) => ({
  phase: "Running",
  containerStatuses: [{ name: "main", ready: false, restartCount: 0, state, ...rest }],
});

// After the cases of Kubernetes' pkg/printers/internalversion/printers_test.go, TestPrintPod.
const CASES: readonly [string, KubeObject][] = [
  ["0/1 Pending 0", pod({ phase: "Pending" })],
  ["1/1 Running 0", pod(main(RUNNING, { ready: true }))],
  ["0/1 Running 0", pod(main(RUNNING))],
  ["0/1 ContainerCreating 0", pod(main({ waiting: { reason: "ContainerCreating" } }))],
  ["0/1 Completed 0", pod(main({ terminated: { exitCode: 0, reason: "Completed" } }))],
  ["0/1 ExitCode:3 0", pod(main({ terminated: { exitCode: 3 } }))],
  ["0/1 Signal:9 0", pod(main({ terminated: { exitCode: 137, signal: 9 } }))],
  ["0/1 Evicted 0", pod({ phase: "Failed", reason: "Evicted" })],
  [
    "0/1 CrashLoopBackOff 3 (60s ago)",
    pod(main({ waiting: { reason: "CrashLoopBackOff" } }, {
      restartCount: 3,
      lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:04:00Z" } },
    })),
  ],
  ["0/1 Error 2", pod(main({ terminated: { exitCode: 1, reason: "Error" } }, { restartCount: 2 }))],
  [
    "1/1 Terminating 0",
    pod(main(RUNNING, { ready: true }), MAIN, { deletionTimestamp: "2026-01-01T00:01:00Z" }),
  ],
  [
    "0/1 Unknown 0",
    pod({ phase: "Running", reason: "NodeLost" }, MAIN, { deletionTimestamp: "x" }),
  ],
  [
    "0/1 SchedulingGated 0",
    pod({ phase: "Pending", conditions: [{ type: "PodScheduled", reason: "SchedulingGated" }] }),
  ],
];

const INIT = { ...MAIN, initContainers: [{ name: "storage-initializer" }] };
const SIDECAR = {
  ...MAIN,
  initContainers: [{ name: "llm-d-routing-sidecar", restartPolicy: "Always" }],
};
const init = (status: JsonObject, rest: JsonObject = {}) => ({
  phase: "Pending",
  initContainerStatuses: [{ name: "storage-initializer", restartCount: 0, ...status }],
  ...rest,
});

const INIT_CASES: readonly [string, KubeObject][] = [
  ["0/1 Init:0/1 0", pod(init({ state: RUNNING }), INIT)],
  ["0/1 Init:0/1 0", pod(init({ state: { waiting: { reason: "PodInitializing" } } }), INIT)],
  [
    "0/1 Init:ImagePullBackOff 0",
    pod(init({ state: { waiting: { reason: "ImagePullBackOff" } } }), INIT),
  ],
  [
    "0/1 Init:Error 1",
    pod(
      init({ restartCount: 1, state: { terminated: { exitCode: 1, reason: "Error" } } }),
      INIT,
    ),
  ],
  ["0/1 Init:ExitCode:2 0", pod(init({ state: { terminated: { exitCode: 2 } } }), INIT)],
  [
    "1/1 Running 0",
    pod({
      ...main(RUNNING, { ready: true }),
      initContainerStatuses: [{
        name: "storage-initializer",
        restartCount: 4,
        state: { terminated: { exitCode: 0 } },
      }],
    }, INIT),
  ],
  [
    "1/2 Running 5",
    pod({
      ...main(RUNNING, { restartCount: 3 }),
      initContainerStatuses: [{
        name: "llm-d-routing-sidecar",
        ready: true,
        started: true,
        restartCount: 2,
        state: RUNNING,
      }],
    }, SIDECAR),
  ],
];

Deno.test("podCells() counts and names as kubectl does", () => {
  for (const [text, object] of CASES) assert.equal(shown(object), text);
});

Deno.test("podCells() tells what initializes a pod, and forgets it afterwards", () => {
  for (const [text, object] of INIT_CASES) assert.equal(shown(object), text);
});

Deno.test("podCells() counts the readiness gates that are met", () => {
  const spec = { ...MAIN, readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] };
  const conditions = [{ type: "a", status: "True" }];
  assert.equal(podCells(pod({ conditions }, spec), 0).readinessGates, "1/2");
  assert.equal(podCells(pod({}), 0).readinessGates, "<none>");
});

Deno.test("podCells() takes a pod whose fields are nonsense", () => {
  assert.equal(
    shown(pod({ containerStatuses: "x", conditions: [1] }, { containers: 7 })),
    "0/0  0",
  );
});
