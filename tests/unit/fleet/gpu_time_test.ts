// GPU time out of a told story: who held GPUs from when to when, and how busy they were.
import assert from "node:assert/strict";
import type { Fact, FleetEvent } from "../../../src/fleet/events.ts";
import { fold } from "../../../src/fleet/fold.ts";
import { gpuShareOf } from "../../../src/fleet/gpu_shares.ts";
import { gpuTimeOf } from "../../../src/fleet/gpu_time.ts";
import { type FleetState, initialState } from "../../../src/fleet/state.ts";
import { type KubeObject, objectKey } from "../../../src/kube/object.ts";

const SECOND = 1_000_000;

function told(warmupS = 0) {
  const state: FleetState = initialState();
  let seq = 0;
  const tell = (second: number, fact: Fact) =>
    void fold(state, { at: second * SECOND, seq: seq++, ...fact } as FleetEvent);
  const apply = (second: number, object: KubeObject) =>
    tell(second, { kind: "object.applied", key: objectKey(object), object });
  tell(0, {
    ...{ kind: "run.started", scenario: "x", scenarioHash: "", seed: 1, keepSeconds: 60 },
    ...{ durationUs: 3600 * SECOND, warmupUs: warmupS * SECOND, calibration: {}, slo: [] },
  });
  apply(0, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { "nvidia.com/gpu.product": "H100-SXM" } },
  });
  tell(0, {
    ...{ kind: "scale", service: "chat", revision: "stable", member: "default/chat" },
    ...{ replicas: 1, by: "spec" },
  });
  const busy = (second: number, pods: Readonly<Record<string, readonly [number, number]>>) => {
    const name = Object.keys(pods);
    const zero = name.map(() => 0);
    tell(second, {
      ...{ kind: "window", service: "chat", revision: "stable" },
      pods: {
        ...{ name, running: zero, waiting: zero, kvPpm: zero, outputTokens: zero },
        preemptions: zero,
        busyUs: name.map((pod) => pods[pod]![0]),
        prefillUs: name.map((pod) => pods[pod]![1]),
      },
    });
  };
  const of = (second: number, member = "default/chat") =>
    gpuTimeOf(state, member, second * SECOND).byGpu["H100-SXM"];
  return { state, tell, apply, busy, of };
}

function pod(name: string, gpus: number, node: string | undefined = "n1"): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { "app.kubernetes.io/name": "chat" } },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": String(gpus) } } }],
    },
  };
}

Deno.test("gpuTimeOf() counts a pod's GPUs from its scheduling to its deletion", () => {
  const { tell, apply, of } = told();
  const { spec: _, ...unscheduled } = pod("a", 2);
  apply(10, { ...unscheduled, spec: { containers: pod("a", 2).spec!["containers"]! } });
  assert.equal(of(20), undefined);
  apply(20, pod("a", 2));
  assert.equal(of(25)?.heldUs, 10 * SECOND);
  // What is told of it afterwards changes nothing.
  apply(26, pod("a", 2));
  tell(30, { kind: "object.deleted", key: "/Pod/default/a" });
  assert.equal(of(30)?.heldUs, 20 * SECOND);
  assert.equal(of(100)?.heldUs, 20 * SECOND);
});

Deno.test("gpuTimeOf() leaves the warm-up out", () => {
  const { tell, apply, busy, of } = told(60);
  apply(0, pod("early", 1));
  apply(0, pod("stays", 4));
  tell(50, { kind: "object.deleted", key: "/Pod/default/early" });
  busy(60, { stays: [500_000, 0] });
  assert.deepEqual(of(60), { heldUs: 0, busyUs: 0, prefillUs: 0 });
  busy(61, { stays: [500_000, 100_000] });
  assert.deepEqual(of(70), { heldUs: 40 * SECOND, busyUs: 2_000_000, prefillUs: 400_000 });
});

Deno.test("gpuTimeOf() counts a pod that comes back under its name as another one", () => {
  const { tell, apply, of } = told();
  apply(0, pod("a", 1));
  tell(10, { kind: "object.deleted", key: "/Pod/default/a" });
  apply(30, pod("a", 1));
  assert.equal(of(35)?.heldUs, 15 * SECOND);
});

Deno.test("gpuTimeOf() of a pod without GPUs, or of another service, is nothing", () => {
  const { apply, of, state } = told();
  apply(0, pod("picker", 0));
  assert.equal(of(10), undefined);
  apply(0, pod("a", 1));
  assert.equal(of(10, "default/other"), undefined);
  assert.equal(Object.keys(state.held).length, 1);
});

Deno.test("gpuTimeOf() says that a log does not tell how busy engines were", () => {
  const { tell, apply, state } = told();
  apply(0, pod("a", 1));
  tell(1, {
    ...{ kind: "window", service: "chat", revision: "stable" },
    pods: {
      ...{ name: ["a"], running: [1], waiting: [0], kvPpm: [0], outputTokens: [5] },
      preemptions: [0],
    },
  });
  assert.equal(gpuTimeOf(state, "default/chat", SECOND).untold, true);
});

Deno.test("gpuShareOf() holds nothing where a hand wrote what is no pod, no node or no claim", () => {
  const object = (kind: string, rest: unknown) =>
    ({ apiVersion: "v1", kind, metadata: { name: "n1" }, ...rest as object }) as KubeObject;
  const spec = { nodeName: "n1", containers: [{ resources: { limits: { "nvidia.com/gpu": 2 } } }] };
  const strange = [null, 5, "x", [null], {}, [5]];
  for (const value of strange) {
    const nodes = { "/Node//n1": object("Node", { metadata: { name: "n1", labels: value } }) };
    assert.deepEqual(gpuShareOf(object("Pod", { spec }), nodes), { gpu: "?", gpus: 2 });
    for (const field of ["containers", "resourceClaims", "nodeName"]) {
      const broken = object("Pod", { spec: { ...spec, containers: [], [field]: value } });
      assert.equal(gpuShareOf(broken, {}), undefined, `${field}: ${JSON.stringify(value)}`);
    }
    assert.equal(gpuShareOf(object("Pod", { spec: value }), {}), undefined);
  }
});
