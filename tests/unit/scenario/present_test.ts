// The mock present of small stores: what a cluster would make of manifests that nobody checked.
import assert from "node:assert/strict";
import type { FleetEvent } from "../../../src/fleet/events.ts";
import type { FleetState } from "../../../src/fleet/state.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { planPresent } from "../../../src/scenario/present.ts";
import { Simulation } from "../../../src/scenario/run.ts";

const MINUTE = 60_000_000;

interface Manifest {
  readonly name?: string;
  readonly spec?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
  readonly created?: string;
}

function service({ name = "chat", spec = {}, annotations, created }: Manifest = {}): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceService",
    metadata: {
      name,
      namespace: "default",
      ...(annotations ? { annotations } : {}),
      ...(created === undefined ? {} : { creationTimestamp: created }),
    },
    spec: { model: { uri: "hf://Qwen/Qwen2.5-0.5B-Instruct" }, ...spec } as never,
  };
}

interface Shown {
  readonly state: FleetState;
  readonly events: readonly FleetEvent[];
}

function show(objects: readonly KubeObject[], untilUs = 10 * MINUTE): Shown {
  const data = { kind: "present", seed: 1, objects } as const;
  const events: FleetEvent[] = [];
  const simulation = new Simulation(planPresent(data, untilUs), {
    data,
    sink: (event) => void events.push(structuredClone(event)),
  });
  simulation.advance(untilUs);
  return { state: simulation.state, events };
}

function of({ state }: Shown, kind: string): KubeObject[] {
  return Object.values(state.objects).filter((object) => object.kind === kind);
}

const namesOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);

function conditionsOf(shown: Shown, name = "chat"): Record<string, string> {
  const object = shown.state.objects[`serving.kserve.io/LLMInferenceService/default/${name}`]!;
  const { conditions } = object.status as unknown as {
    conditions: { type: string; status: string; reason?: string }[];
  };
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, reason ?? status]));
}

function isReady({ status }: KubeObject): boolean {
  const { conditions } = status as unknown as { conditions: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

const OLD = "2025-06-01T00:00:00Z";
const ROUTER = { route: {}, gateway: {}, scheduler: {} };

Deno.test("planPresent() has a service up that is older than the run, since its creation", () => {
  const shown = show([service({ created: OLD, spec: { router: ROUTER } })], MINUTE);
  assert.deepEqual(conditionsOf(shown), {
    HTTPRoutesReady: "True",
    InferencePoolReady: "True",
    MainWorkloadReady: "True",
    PresetsCombined: "True",
    Ready: "True",
    RouterReady: "True",
    SchedulerWorkloadReady: "True",
    WorkloadsReady: "True",
  });
  const [object] = of(shown, "LLMInferenceService");
  const { conditions } = object!.status as unknown as {
    conditions: { lastTransitionTime: string }[];
  };
  assert.ok(conditions.every(({ lastTransitionTime }) => lastTransitionTime === OLD));
  assert.deepEqual(of(shown, "Pod").map(({ metadata }) => metadata.creationTimestamp), [OLD, OLD]);
});

Deno.test("planPresent() starts a service without a time at virtual 0", () => {
  assert.equal(conditionsOf(show([service()], MINUTE))["Ready"], "MinimumReplicasUnavailable");
  assert.equal(conditionsOf(show([service()]))["Ready"], "True");
});

Deno.test("planPresent() makes nothing of more replicas than it can hold, and says so", () => {
  const shown = show([service({ spec: { replicas: 2 ** 31 - 1 } }), service({ name: "small" })]);
  assert.deepEqual(
    of(shown, "Pod").map(({ metadata }) => metadata.labels!["app.kubernetes.io/name"]),
    [
      "small",
    ],
  );
  assert.match(conditionsOf(shown)["MainWorkloadReady"]!, /ReconcileSingleNodeWorkloadError/);
});

Deno.test("planPresent() makes the children of a service under KServe's names", () => {
  const shown = show([service({ spec: { router: ROUTER } })]);
  assert.deepEqual(namesOf(of(shown, "Deployment")), [
    "chat-kserve",
    "chat-kserve-router-scheduler",
  ]);
  assert.deepEqual(namesOf(of(shown, "InferencePool")), ["chat-inference-pool"]);
  assert.deepEqual(namesOf(of(shown, "HTTPRoute")), ["chat-kserve-route"]);
  assert.deepEqual(namesOf(of(shown, "Service")), [
    "chat-kserve-workload-svc",
    "chat-epp-service",
  ]);
  const [pool] = of(shown, "InferencePool");
  const { matchLabels } = (pool!.spec as { selector: { matchLabels: Record<string, string> } })
    .selector;
  const selected = of(shown, "Pod").filter(({ metadata: { labels = {} } }) =>
    Object.entries(matchLabels).every(([label, value]) => labels[label] === value)
  );
  assert.equal(selected.length, 1);
  assert.match(selected[0]!.metadata.name, /^chat-kserve-\w{10}-\w{5}$/);
});

Deno.test("planPresent() makes prefill and decode workloads, and each does its part of the load", () => {
  const shown = show([service({ created: OLD, spec: { prefill: { replicas: 2 } } })]);
  assert.deepEqual(namesOf(of(shown, "Deployment")), ["chat-kserve", "chat-kserve-prefill"]);
  assert.deepEqual(
    of(shown, "Pod").map(({ metadata }) => metadata.labels?.["llm-d.ai/role"]),
    ["decode", "prefill", "prefill"],
  );
  assert.equal(shown.state.services["default/chat"]!.calibration, "calibrated");
  const answered = new Map<string, number>();
  for (const event of shown.events) {
    if (event.kind !== "window") continue;
    for (const [index, name] of event.pods.name.entries()) {
      answered.set(name, (answered.get(name) ?? 0) + event.pods.outputTokens[index]!);
    }
  }
  const [decode, ...prefill] = of(shown, "Pod").map(({ metadata }) => answered.get(metadata.name));
  assert.ok(decode! > 0);
  assert.deepEqual(prefill, [0, 0]);
});

Deno.test("planPresent() makes a group of pods of a multi-node service, Ready when all are", () => {
  const worker = { worker: {}, parallelism: { data: 16, dataLocal: 8 }, replicas: 2 };
  const shown = show([service({ spec: worker })]);
  assert.deepEqual(namesOf(of(shown, "Pod")), [
    "chat-kserve-mn-0",
    "chat-kserve-mn-0-1",
    "chat-kserve-mn-1",
    "chat-kserve-mn-1-1",
  ]);
  assert.deepEqual(of(shown, "Deployment"), []);
  assert.equal(conditionsOf(shown)["WorkerWorkloadReady"], "True");
  const readyAt = shown.events.flatMap((event) =>
    event.kind === "event" && event.reason === "LLMInferenceServiceReady" ? [event.at] : []
  );
  const early = show([service({ spec: worker })], readyAt[0]! - 1);
  assert.equal(of(early, "Pod").every(isReady), false);
});

Deno.test("planPresent() makes nothing of a service whose config is missing, and says so", () => {
  const shown = show([service({ spec: { baseRefs: [{ name: "gone" }], router: ROUTER } })]);
  assert.deepEqual(conditionsOf(shown), {
    PresetsCombined: "ConfigNotFound",
    Ready: "ConfigNotFound",
    RouterReady: "Unknown",
    WorkloadsReady: "Unknown",
  });
  assert.deepEqual([of(shown, "Pod"), of(shown, "Deployment"), of(shown, "HTTPRoute")], [
    [],
    [],
    [],
  ]);
  const told = shown.events.filter((event) => event.kind === "event");
  assert.deepEqual(told.map(({ type, reason, message }) => [type, reason, message]), [[
    "Warning",
    "Error",
    'Reconciliation failed: LLMInferenceServiceConfig "gone" not found in namespaces [default kserve]',
  ]]);
});

Deno.test("planPresent() makes no server of a URI that KServe cannot bring into a pod, nor what comes after", () => {
  const shown = show([service({ spec: { model: { uri: "gs://a/b" }, router: ROUTER } })]);
  assert.deepEqual(conditionsOf(shown), {
    MainWorkloadReady: "ReconcileSingleNodeWorkloadError",
    PresetsCombined: "True",
    Ready: "ReconcileSingleNodeWorkloadError",
    RouterReady: "Unknown",
    WorkloadsReady: "ReconcileSingleNodeWorkloadError",
  });
  assert.deepEqual([...of(shown, "Pod"), ...of(shown, "HTTPRoute")], []);
  const told = shown.events.flatMap((event) => event.kind === "event" ? [event.message] : []);
  assert.deepEqual(told, ["Reconciliation failed: unsupported schema in model URI: gs://a/b"]);
});

Deno.test("planPresent() puts no pod on a node whose manifest says that it is not Ready", () => {
  const node = (name: string, status: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "nvidia.com/gpu.product": "NVIDIA-L4" } },
    status: {
      allocatable: { "nvidia.com/gpu": "8", cpu: "96", memory: "500Gi", pods: "110" },
      conditions: [{ type: "Ready", status }],
    },
  });
  const shown = show([
    node("dead", "Unknown"),
    node("sick", "False"),
    node("well", "True"),
    { ...node("odd", "True"), status: { conditions: { type: "Ready" } } },
    service({ spec: { replicas: 2 } }),
  ]);
  assert.deepEqual(of(shown, "Pod").map(({ spec }) => spec?.["nodeName"]), ["well", "well"]);
  assert.deepEqual(of(shown, "Node").map(isReady), [false, false, true, true]);
});

Deno.test("planPresent() lets no request through where a gateway or a route is missing", () => {
  const to = (router: unknown) => show([service({ created: OLD, spec: { router } })], MINUTE);
  const arrived = (shown: Shown) => {
    const sum = { arrived: 0, completed: 0, rejected: 0 };
    for (const event of shown.events) {
      if (event.kind !== "window") continue;
      for (const key of ["arrived", "completed", "rejected"] as const) {
        sum[key] += event.measured?.requests[key] ?? 0;
      }
    }
    return sum;
  };
  const routed = arrived(to({ ...ROUTER, route: {} }));
  assert.ok(routed.completed > 0);
  for (
    const router of [
      { route: {}, gateway: { refs: [{ name: "gone", namespace: "infra" }] } },
      { route: { http: { refs: [{ name: "gone" }] } } },
    ]
  ) {
    const shown = to(router);
    assert.equal(conditionsOf(shown)["MainWorkloadReady"], "True");
    assert.equal(conditionsOf(shown)["RouterReady"], "RefsInvalid");
    const { arrived: all, rejected } = arrived(shown);
    assert.ok(all > 0);
    assert.equal(rejected, all);
  }
});

Deno.test("planPresent() merges the configs that a service names", () => {
  const config: KubeObject = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceServiceConfig",
    metadata: { name: "two", namespace: "kserve" },
    spec: { replicas: 2 },
  };
  const shown = show([config, service({ created: OLD, spec: { baseRefs: [{ name: "two" }] } })]);
  assert.equal(of(shown, "Pod").length, 2);
  const [{ status } = { status: undefined }] = of(shown, "LLMInferenceServiceConfig");
  assert.match(JSON.stringify(status), /referenced by 1 LLMInferenceService/);
});

Deno.test("planPresent() refuses nothing: a field of the wrong type is a condition", () => {
  const shown = show([service({ spec: { replicas: "three" } })]);
  assert.equal(conditionsOf(shown)["Ready"], "InvalidRenderedConfig");
});

Deno.test("planPresent() has no pods of a stopped service", () => {
  const stopped = { "serving.kserve.io/stop": "true" };
  const shown = show([service({ annotations: stopped, spec: { router: ROUTER } })]);
  assert.deepEqual(of(shown, "Pod"), []);
  assert.equal(conditionsOf(shown)["Ready"], "Stopped");
  assert.equal(conditionsOf(shown)["SchedulerWorkloadReady"], "Stopped");
});

Deno.test("planPresent() backs off from an image whose registry does not exist", () => {
  const containers = [{ name: "main", image: "registry.invalid/vllm:1" }];
  // On a claim there is nothing to download before.
  const model = { uri: "pvc://models/qwen" };
  const shown = show([service({ created: OLD, spec: { model, template: { containers } } })]);
  const waiting = shown.events.flatMap((event) => {
    const { status } = event.kind === "object.applied" && event.key.startsWith("/Pod/")
      ? (event.patch ?? {}) as { status?: never }
      : {};
    const [container] = (status as unknown as {
      containerStatuses?: { state: { waiting?: { reason: string } } }[];
    } | undefined)?.containerStatuses ?? [];
    return container?.state.waiting ? [[event.at / 1e6, container.state.waiting.reason]] : [];
  });
  // The kubelet's 10 s, then 10 s doubled each time.
  assert.deepEqual(waiting.slice(0, 6), [
    [0, "ErrImagePull"],
    [10, "ImagePullBackOff"],
    [20, "ErrImagePull"],
    [30, "ImagePullBackOff"],
    [50, "ErrImagePull"],
    [60, "ImagePullBackOff"],
  ]);
});

Deno.test("planPresent() restarts what its startup probe does not wait for", () => {
  const spec = (failureThreshold: number) => ({
    model: { uri: "pvc://models/qwen" },
    template: { containers: [{ name: "main", startupProbe: { failureThreshold } }] },
  });
  const killed = (shown: Shown) =>
    shown.events.flatMap((event) =>
      event.kind === "event" && event.reason === "Killing" ? [event.at / 1e6] : []
    );
  // Imports and engine init alone are 146 s; the pull before them is 69 s.
  assert.deepEqual(killed(show([service({ spec: spec(10) })], 3 * MINUTE)), [69 + 100]);
  assert.deepEqual(killed(show([service({ spec: spec(60) })], 3 * MINUTE)), []);
});

/** The last words of a container that a patch tells to be down. */
function endOf(patch: unknown): string[] {
  const { status } = (patch ?? {}) as {
    status?: { containerStatuses?: { state?: { terminated?: { message: string } } }[] };
  };
  const { terminated } = status?.containerStatuses?.[0]?.state ?? {};
  return terminated ? [terminated.message] : [];
}

Deno.test("planPresent() runs out of memory before it loads what no GPU holds", () => {
  const model = { uri: "pvc://models/llama" };
  const annotations = { "mtop.dev/model": "meta-llama/Llama-3.3-70B-Instruct" };
  const { events } = show([service({ annotations, spec: { model } })], 5 * MINUTE);
  const deaths = events.flatMap((event) =>
    event.kind === "object.applied" ? endOf(event.patch).map((end) => [event.at / 1e6, end]) : []
  );
  const words = "torch.OutOfMemoryError: CUDA out of memory. " +
    "GPU 0 has a total capacity of 80.00 GiB";
  assert.deepEqual(deaths[0], [69 + 73 + 1, words]);
});

Deno.test("planPresent() divides the load of a route group by weight, among members with pods", () => {
  const member = (name: string, weight: number, created?: string, model = "llama") =>
    service({
      name,
      spec: {
        model: { uri: "hf://meta-llama/Llama-3.1-8B-Instruct", name: model },
        router: { route: { group: "pair", weight } },
      },
      annotations: { "mtop.dev/rps": name === "v1" ? "20" : "0" },
      ...(created === undefined ? {} : { created }),
    });
  const arrived = (shown: Shown, name: string) =>
    shown.state.services[`default/${name}`]!.revisions["stable"]!.measured.requests.arrived;
  const both = show([member("v1", 75, OLD), member("v2", 25, OLD)], 2 * MINUTE);
  const share = arrived(both, "v2") / (arrived(both, "v1") + arrived(both, "v2"));
  assert.ok(Math.abs(share - 0.25) < 0.03, String(share));
  const alone = show([member("v1", 75, OLD), member("v2", 25)], MINUTE);
  assert.equal(arrived(alone, "v2"), 0);
  assert.ok(arrived(alone, "v1") > 1000);
  const other = show([member("v1", 75, OLD), member("v2", 25, OLD, "other")], MINUTE);
  assert.equal(arrived(other, "v2"), 0, "a member of another model is of another group");
  assert.ok(arrived(other, "v1") > 1000);
});

Deno.test("planPresent() takes a service by any name that Kubernetes does", () => {
  for (const name of ["constructor", "tostring", "valueof"]) {
    assert.equal(conditionsOf(show([service({ name })]), name)["Ready"], "True");
  }
});

function node(name: string, product: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "nvidia.com/gpu.product": product } },
    status: { allocatable: { "nvidia.com/gpu": "8" } },
  };
}

const on = (product: string, resources: Record<string, string> = { "nvidia.com/gpu": "1" }) => ({
  template: {
    nodeSelector: { "nvidia.com/gpu.product": product },
    containers: [{ name: "main", resources: { limits: resources } }],
  },
});

Deno.test("planPresent() simulates no service that may run on a GPU it has no facts of, and says so", () => {
  const nodes = [node("a", "L40S"), node("b", "MI250X")];
  const objects = [
    ...nodes,
    service({ name: "known", created: OLD, spec: on("L40S") }),
    service({ name: "unknown", created: OLD, spec: on("MI250X") }),
  ];
  const { services } = show(objects, MINUTE).state;
  assert.equal(services["default/known"]!.calibration, "uncalibrated");
  assert.equal(services["default/unknown"]!.calibration, "not simulated");
  const [known, unknown] = ["known", "unknown"].map((name) => services[`default/${name}`]!);
  assert.equal(known!.notSimulated, undefined);
  assert.equal(unknown!.notSimulated, "its pods may run on a GPU that is not known");
  const { warnings } = planPresent({ kind: "present", seed: 1, objects });
  assert.match(warnings[0]!.message, /^Cannot simulate what may run on node "b": the GPU "MI250X"/);
});

Deno.test("planPresent() tells of a service that is not simulated why, in the log and the state", () => {
  const triggers = [{ type: "prometheus", metadata: { query: "up", threshold: "1" } }];
  const advanced = { scalingModifiers: { formula: "a + b" } };
  const scaling = { minReplicas: 1, maxReplicas: 2, keda: { triggers, advanced } };
  const objects = [
    service({ name: "well", created: OLD }),
    service({ name: "scaled", created: OLD, spec: { scaling } }),
    service({
      name: "both",
      created: OLD,
      spec: { scaling, model: { uri: "hf://nobody/knows-this" } },
    }),
  ];
  const shown = show(objects, MINUTE);
  const reasons = Object.entries(shown.state.services)
    .map(([name, { notSimulated }]) => [name, notSimulated]);
  const { "default/both": both, ...others } = Object.fromEntries(reasons);
  assert.deepEqual(others, {
    "default/well": undefined,
    "default/scaled": "scaling modifiers are not modelled yet",
  });
  assert.match(both ?? "", /nobody\/knows-this.*; scaling modifiers are not modelled yet$/);
  const [started] = shown.events;
  assert.ok(started?.kind === "run.started");
  assert.deepEqual(Object.keys(started.notSimulated ?? {}).sort(), [
    "default/both",
    "default/scaled",
  ]);
  // A log of a run of which all is simulated says nothing of it.
  const [whole] = show([service({ created: OLD })], MINUTE).events;
  assert.ok(whole?.kind === "run.started" && !("notSimulated" in whole));
});

Deno.test("planPresent() gives no GPU to a server that asks for something else", () => {
  const shown = show([service({ created: OLD, spec: on("x", { cpu: "4" }) })], MINUTE);
  const [pod] = of(shown, "Pod");
  const { containers } = pod!.spec as unknown as { containers: { resources: object }[] };
  assert.deepEqual(containers[0]!.resources, { limits: { cpu: "4" } });
  assert.equal(shown.state.services["default/chat"]!.calibration, "not simulated");
});

Deno.test("planPresent() takes the default of a load that is no number, and says so", () => {
  for (const rps of ["abc", "-3", "1000000000"]) {
    const objects = [service({ annotations: { "mtop.dev/rps": rps } })];
    const { warnings, scenario } = planPresent({ kind: "present", seed: 1, objects });
    assert.match(warnings[0]!.message, /^Cannot use mtop.dev\/rps of "chat"/);
    assert.equal((scenario.load[0] as { rps: number }).rps, 1);
  }
});

Deno.test("planPresent() leaves a container waiting whose image is no name", () => {
  const containers = [{ name: "main", image: "bad image:::" }];
  const shown = show([service({ created: OLD, spec: { template: { containers } } })], MINUTE);
  const [pod] = of(shown, "Pod");
  assert.match(JSON.stringify(pod!.status), /"reason":"InvalidImageName"/);
});

Deno.test("planPresent() gives a store without nodes a cluster with room for all of it", () => {
  const gpus = (count: number) => ({
    template: {
      containers: [{ name: "main", resources: { limits: { "nvidia.com/gpu": String(count) } } }],
    },
  });
  const shown = show([
    service({ name: "a", created: OLD, spec: { replicas: 3, ...gpus(4) } }),
    service({ name: "b", created: OLD, spec: { replicas: 5, ...gpus(1) } }),
  ], MINUTE);
  assert.deepEqual(namesOf(of(shown, "Node")), ["node-1", "node-2", "node-3"]);
  assert.equal(of(shown, "Pod").every(isReady), true);
});

Deno.test("planPresent() sends every service a request a second, of many 100 in all", () => {
  const rates = (count: number) => {
    const objects = Array.from({ length: count }, (_, index) => service({ name: `s${index}` }));
    const plan = planPresent({ kind: "present", seed: 1, objects });
    return plan.scenario.load.map((load) => load.kind === "poisson" ? load.rps : undefined);
  };
  assert.deepEqual(rates(2), [1, 1]);
  assert.deepEqual(new Set(rates(400)), new Set([0.25]));
});
