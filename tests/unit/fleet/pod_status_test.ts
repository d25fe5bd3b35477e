// A pod as the API shows it at instants of its life: fields that kubectl, controllers and people read.
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/kube/object.ts";
import { podCells } from "../../../src/view/pod_cells.ts";
import {
  FETCHING,
  llm,
  LOADING,
  MINUTE,
  PHASES,
  SECOND,
  type SmallFleet,
  smallFleet,
} from "./small_fleet.ts";

function begin(template: object = {}): SmallFleet {
  const service = llm("chat", { replicas: 0 });
  const merged = { ...service.spec.template, ...template };
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "2xH100-SXM" }],
    services: [{ ...service, spec: { ...service.spec, template: merged } }],
  });
  small.clock.runUntil(5 * SECOND);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 1, "test");
  small.clock.runUntil(5 * SECOND);
  return small;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
}

function conditionsOf({ pod }: SmallFleet): Record<string, string> {
  const conditions = pod().object().status!["conditions"] as unknown as readonly Condition[];
  return Object.fromEntries(
    conditions.map(({ type, status, reason, lastTransitionTime }) => [
      type,
      [status, reason, lastTransitionTime.slice(14, 19)].filter(Boolean).join(" "),
    ]),
  );
}

/** Minute and second of an instant, cut as the API cuts it. */
function clockTime(us: number): string {
  return new Date(Math.floor(us / SECOND) * 1000).toISOString().slice(14, 19);
}

Deno.test("Pod.object() has the kubelet's conditions, each with the time at which it last changed", () => {
  const small = begin();
  assert.deepEqual(conditionsOf(small), {
    PodReadyToStartContainers: "True 00:05",
    Initialized: "False ContainersNotInitialized 00:05",
    Ready: "False ContainersNotReady 00:05",
    ContainersReady: "False ContainersNotReady 00:05",
    PodScheduled: "True 00:05",
  });
  small.clock.runUntil(10 * MINUTE);
  const initialized = clockTime(5 * SECOND + PHASES.downloading);
  const ready = clockTime(5 * SECOND + FETCHING + LOADING);
  assert.deepEqual(conditionsOf(small), {
    PodReadyToStartContainers: "True 00:05",
    Initialized: `True ${initialized}`,
    Ready: `True ${ready}`,
    ContainersReady: `True ${ready}`,
    PodScheduled: "True 00:05",
  });
  small.pod().die("test");
  small.clock.runUntil(10 * MINUTE + 2 * SECOND);
  assert.equal(conditionsOf(small)["Ready"], "False ContainersNotReady 10:01");
});

Deno.test("Pod.object() says that it is unschedulable, and nothing of containers", () => {
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "1xH100-SXM" }],
    services: [llm("chat", { replicas: 2 })],
  });
  small.clock.runUntil(SECOND);
  const { status, spec } = small.pod(1).object();
  const [condition, ...others] = status!["conditions"] as unknown as readonly Condition[];
  assert.deepEqual([condition!.type, condition!.reason, others], [
    "PodScheduled",
    "Unschedulable",
    [],
  ]);
  assert.match(condition!.message!, /^0\/1 nodes are available: 1 Insufficient nvidia\.com\/gpu\./);
  assert.deepEqual([status!["phase"], status!["containerStatuses"]], ["Pending", undefined]);
  assert.equal(spec!["nodeName"], undefined);
});

Deno.test("Pod.object() has addresses of its own, those of its host, and gives them back", () => {
  const small = smallFleet({
    nodes: [{ count: 1, gpus: "3xH100-SXM" }],
    services: [llm("chat", { replicas: 3 })],
  });
  const addresses = () =>
    small.fleet.pods().map((pod) => pod.object().status!)
      .map((status) => `${status["hostIP"]} ${status["podIP"]}`);
  const before = addresses();
  assert.deepEqual(before, ["10.0.0.1 10.128.1.2", "10.0.0.1 10.128.1.3", "10.0.0.1 10.128.1.4"]);
  small.clock.runUntil(MINUTE);
  small.pod().terminate();
  small.clock.runUntil(10 * MINUTE);
  assert.deepEqual(addresses().slice(-1), ["10.0.0.1 10.128.1.5"]);
});

Deno.test("Pod.object() is deleted at the end of its grace, as the API server writes it", () => {
  const small = begin({ terminationGracePeriodSeconds: 90 });
  small.clock.runUntil(10 * MINUTE);
  small.pod().terminate();
  const { deletionTimestamp, deletionGracePeriodSeconds } = small.pod().object()
    .metadata as unknown as JsonObject;
  assert.deepEqual([deletionTimestamp, deletionGracePeriodSeconds], ["2026-01-01T00:11:30Z", 90]);
});

Deno.test("Pod() has the grace and the hook of its own template", () => {
  const main = { name: "main", image: "vllm:1", lifecycle: { preStop: { sleep: { seconds: 5 } } } };
  const small = begin({ containers: [main], terminationGracePeriodSeconds: 20 });
  small.clock.runUntil(10 * MINUTE);
  const pod = small.pod();
  small.load(1, 0, 60_000);
  small.clock.runUntil(10 * MINUTE + SECOND);
  pod.terminate();
  small.clock.runUntil(10 * MINUTE + 6 * SECOND);
  assert.equal(pod.stage, "Stopping");
  small.clock.runUntil(10 * MINUTE + 21 * SECOND - 1);
  assert.equal(pod.gone, false);
  small.clock.runUntil(10 * MINUTE + 21 * SECOND);
  assert.deepEqual([pod.gone, small.requests().failed], [true, 1]);
});

Deno.test("Pod() has the probes of its own template, KServe's for what they leave out", () => {
  const readinessProbe = {
    httpGet: { path: "/ready", port: 9, scheme: "HTTPS" },
    periodSeconds: 7,
  };
  const small = begin({ containers: [{ name: "main", image: "vllm:1", readinessProbe }] });
  const { probes, scheme, port } = small.pod().spec;
  assert.deepEqual(probes.readiness, {
    initialDelayUs: 0,
    periodUs: 7 * SECOND,
    timeoutUs: SECOND,
    successThreshold: 1,
    failureThreshold: 2,
  });
  assert.equal(probes.liveness!.failureThreshold, 10);
  assert.deepEqual([scheme, port], ["https", 9]);
});

Deno.test("Pod.object() has Kubernetes' class by what its container asks of CPU and memory", () => {
  const classOf = (resources: object) => {
    const small = begin({ containers: [{ name: "main", image: "vllm:1", resources }] });
    return small.pod().object().status!["qosClass"];
  };
  const gpu = { "nvidia.com/gpu": "1" };
  const limits = { ...gpu, cpu: "4", memory: "32Gi" };
  assert.equal(classOf({ limits: gpu }), "BestEffort");
  assert.equal(classOf({ limits: gpu, requests: { cpu: "4" } }), "Burstable");
  assert.equal(classOf({ limits }), "Guaranteed");
  assert.equal(classOf({ limits, requests: { cpu: "2" } }), "Burstable");
});

Deno.test("Pod() of a decoding server has llm-d's sidecar, which is there before it", () => {
  const { prefill, router, ...rest } = {
    ...llm("chat").spec,
    prefill: {},
    router: { scheduler: {} },
  };
  const template = { containers: [{ name: "main", image: "vllm:1" }] };
  const spec = { ...rest, replicas: 1, prefill: { ...prefill, template }, router };
  const small = smallFleet({ services: [{ ...llm("chat"), spec }] });
  const { spec: podSpec, status } = small.pod().object();
  const names = (podSpec!["initContainers"] as unknown as { name: string }[]).map(({ name }) =>
    name
  );
  assert.deepEqual(names, ["llm-d-routing-sidecar", "storage-initializer"]);
  const [sidecar] = status!["initContainerStatuses"] as unknown as { state: object }[];
  assert.deepEqual(Object.keys(sidecar!.state), ["running"]);
  small.clock.runUntil(MINUTE);
  const chat = small.fleet.services.get("chat")!;
  chat.scale(chat.revision("stable")!, 2, "test");
  small.clock.runUntil(MINUTE + SECOND);
  const { ready, status: word } = podCells(small.pod(1).object(), small.clock.nowUs);
  assert.equal(`${ready} ${word}`, "1/2 Init:1/2");
});
