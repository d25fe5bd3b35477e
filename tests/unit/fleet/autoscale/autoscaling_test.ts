import assert from "node:assert/strict";
import { LOADING, MINUTE, SECOND } from "../small_fleet.ts";
import {
  behindPicker,
  BY_VARIANTS,
  CHAT,
  conditionOf,
  kedaBy,
  objectOf,
  replicasOf,
  scaledFleet,
  scaledService,
  TO_ZERO,
} from "./scaled_fleet.ts";

const RUNNING = `sum(vllm:num_requests_running{llm_isvc_name="chat"})`;

Deno.test("a burst scales up at the next look, is served after the start-up, and is forgotten after 300 s", () => {
  const small = scaledFleet(scaledService(kedaBy(RUNNING, "100")));
  // Of 300 tokens each: far more at a time than one pod is asked to take.
  small.load(60 * 120, SECOND / 100, 300);
  small.clock.runUntil(20 * MINUTE);
  const scaled = replicasOf(small);
  const [, first, ...rest] = scaled;
  assert.deepEqual(scaled[0], [0, 1]);
  // A scrape within 30 s, and the HPA's look within 15 s of it.
  assert.ok(first![0] <= 45 && first![1] > 1, `${scaled}`);
  const ready = small.of("event").find(({ reason, at }) =>
    reason === "LLMInferenceServiceReady" && at > first![0] * SECOND
  )!;
  assert.ok(ready.at >= first![0] * SECOND + LOADING, `${ready.at}`);
  const [at, replicas] = rest.at(-1)!;
  const busy = small.of("window").findLast(({ measured }) => measured!.requests.completed > 0)!;
  assert.equal(replicas, 1);
  assert.ok(at - busy.at / SECOND >= 300 - 30 && at - busy.at / SECOND <= 300 + 60, `${at}`);
  assert.equal(small.requests().completed, 60 * 120);
});

Deno.test("the Workload Variant Autoscaler adds a replica at a time, and waits for it", () => {
  const small = scaledFleet(scaledService(BY_VARIANTS));
  small.load(12 * 60 * 100, SECOND / 100, 600);
  small.clock.runUntil(12 * MINUTE);
  const ups = replicasOf(small).slice(1);
  assert.ok(ups.length >= 2, `${ups}`);
  for (const [index, [, replicas]] of ups.entries()) assert.equal(replicas, index + 2);
  // Not before the one before it answers and its metrics are scraped.
  for (let i = 1; i < ups.length; i++) {
    assert.ok((ups[i]![0] - ups[i - 1]![0]) * SECOND > LOADING);
  }
});

Deno.test("the Workload Variant Autoscaler asks for no more while a pod waits for a GPU", () => {
  const small = scaledFleet(scaledService(BY_VARIANTS), [{ count: 1, gpus: "2xH100-SXM" }]);
  small.load(1200 * 60, SECOND / 100, 400);
  small.clock.runUntil(30 * MINUTE);
  assert.deepEqual(replicasOf(small).map(([, replicas]) => replicas).slice(0, 3), [1, 2, 3]);
  const pending = small.told("FailedScheduling");
  assert.equal(new Set(pending.map(([, pod]) => pod)).size, 1);
  assert.ok(replicasOf(small).every(([, replicas]) => replicas <= 3));
});

Deno.test("KServe's HPA of a variant goes on to its maximum as soon as 2 replicas are wanted", () => {
  const scaling = { minReplicas: 1, maxReplicas: 5, wva: { hpa: {} } };
  const small = scaledFleet(scaledService(scaling));
  small.load(60 * 200, SECOND / 200, 300);
  small.clock.runUntil(20 * MINUTE);
  // What it takes times the pods that are ready: 2 × 1, 2 × 2, 2 × 4.
  assert.deepEqual(replicasOf(small).map(([, replicas]) => replicas), [1, 2, 4, 5]);
  const hpa = objectOf(small, "autoscaling/HorizontalPodAutoscaler/default/chat-kserve-hpa");
  assert.deepEqual(hpa.spec["metrics"], [{
    type: "External",
    external: {
      metric: {
        name: "wva_desired_replicas",
        selector: { matchLabels: { variant_name: "chat-kserve-hpa" } },
      },
      target: { type: "Value", value: "1" },
    },
  }]);
});

for (
  const [about, scaling, annotations] of [
    [
      "KEDA",
      kedaBy(`sum(llm_d_epp_request_running{llm_isvc_name="chat"})`, "50", { idleReplicaCount: 0 }),
      {},
    ],
    [
      "the Workload Variant Autoscaler",
      { ...BY_VARIANTS, wva: { keda: { idleReplicaCount: 0 } } },
      TO_ZERO,
    ],
  ] as const
) {
  Deno.test(`${about} goes to zero and back, and no request is lost that may wait`, () => {
    const spec = behindPicker("10m");
    const small = scaledFleet(scaledService(scaling, { spec, annotations }));
    small.load(20, SECOND);
    small.clock.runUntil(25 * MINUTE);
    assert.equal(replicasOf(small).at(-1)![1], 0);
    assert.equal(small.fleet.pods().length, 0);
    small.load(30, SECOND);
    small.clock.runUntil(35 * MINUTE);
    assert.deepEqual(small.requests(), { arrived: 50, completed: 50, failed: 0, rejected: 0 });
    const [up] = replicasOf(small).filter(([at]) => at >= 25 * 60);
    assert.equal(up![1], 1);
    const first = small.of("window").find(({ at, measured }) =>
      at > 25 * MINUTE && measured!.latencyUs.ttft !== undefined
    )!;
    assert.ok(first.at >= up![0] * SECOND + LOADING);
  });
}

Deno.test("the Workload Variant Autoscaler wakes a model within 100 ms, by who waits for it", () => {
  const scaling = { ...BY_VARIANTS, wva: { keda: { idleReplicaCount: 0 } } };
  const spec = behindPicker("10m");
  const small = scaledFleet(scaledService(scaling, { spec, annotations: TO_ZERO }));
  small.clock.runUntil(20 * MINUTE);
  assert.equal(replicasOf(small).at(-1)![1], 0);
  small.clock.at(20 * MINUTE + 123_456, () => small.fleet.submit("chat", 100, 10));
  small.clock.runUntil(21 * MINUTE);
  const { at, replicas, by } = small.of("scale").at(-1)!;
  assert.deepEqual([at, replicas, by], [
    20 * MINUTE + 200_000,
    1,
    "WorkloadVariantAutoscaler/chat-kserve-keda",
  ]);
});

Deno.test("an empty pool turns requests away without flow control, and after 60 s with it", () => {
  const idle = kedaBy("vector(0)", "1", { idleReplicaCount: 0, cooldownPeriod: 0 });
  const answers = (ttl: string | undefined) => {
    const small = scaledFleet(scaledService(idle, { spec: behindPicker(ttl) }));
    small.clock.runUntil(5 * MINUTE);
    small.load(3, SECOND);
    small.clock.runUntil(5 * MINUTE + 10 * SECOND);
    const early = small.requests().rejected;
    small.clock.runUntil(8 * MINUTE);
    return [early, small.requests().rejected];
  };
  assert.deepEqual(answers(undefined), [3, 3]);
  assert.deepEqual(answers("60s"), [0, 3]);
});

Deno.test("KEDA falls back when its query has no result and that is an error", () => {
  const scaling = kedaBy("sum(vllm:num_requests_running{llm_isvc_name='nobody'})", "10", {
    fallback: { failureThreshold: 2, replicas: 3 },
  });
  (scaling.keda.triggers[0]!.metadata as Record<string, string>)["ignoreNullValues"] = "false";
  const small = scaledFleet(scaledService(scaling));
  small.clock.runUntil(10 * MINUTE);
  assert.deepEqual(replicasOf(small), [[0, 1], [0, 3]]);
  const { reason } = conditionOf(
    small,
    "keda.sh/ScaledObject/default/chat-kserve-keda",
    "Fallback",
  )!;
  assert.equal(reason, "FallbackExists");
});

Deno.test("a trigger that is not simulated fails by name, in KEDA's events and KServe's condition", () => {
  const small = scaledFleet(scaledService(kedaBy("sum(rate(node_cpu_seconds_total[5m]))", "1")));
  small.clock.runUntil(2 * MINUTE);
  const failed = {
    status: "False",
    reason: "TriggerError",
    message: "Triggers defined in ScaledObject are not working correctly",
  };
  assert.deepEqual(conditionOf(small, CHAT, "ScalingReady"), failed);
  assert.deepEqual(conditionOf(small, CHAT, "WorkloadsReady"), failed);
  const [event] = small.of("event").filter(({ reason }) => reason === "KEDAScalerFailed");
  assert.match(event!.message, /the metric "node_cpu_seconds_total" is not simulated$/);
});

Deno.test("prefill is scaled on its own, and reported in a condition of its own", () => {
  const prefill = {
    parallelism: { tensor: 1 },
    template: { containers: [{ name: "main", image: "vllm:1" }] },
    scaling: {
      ...kedaBy(`sum(vllm:num_requests_waiting{llm_isvc_role="prefill"})`, "4"),
      minReplicas: 2,
    },
  };
  const decode = kedaBy(`sum(vllm:num_requests_running{llm_isvc_role="decode"})`, "200");
  const small = scaledFleet(scaledService(decode, { spec: { prefill } }));
  small.clock.runUntil(MINUTE);
  const names = Object.keys(small.journal.state.objects).filter((key) => /HorizontalPod/.test(key));
  assert.deepEqual(names.map((key) => key.split("/").at(-1)), [
    "keda-hpa-chat-kserve-keda",
    "keda-hpa-chat-kserve-prefill-keda",
  ]);
  assert.equal(conditionOf(small, CHAT, "ScalingReady")!.status, "True");
  assert.equal(conditionOf(small, CHAT, "PrefillScalingReady")!.status, "True");
  const replicas = (name: string) => objectOf(small, `apps/Deployment/default/${name}`).spec;
  assert.equal(replicas("chat-kserve-prefill")["replicas"], 2);
  for (let i = 0; i < 4000; i++) {
    small.clock.after(i * 15_000, () => small.fleet.submit("chat", 6000, 20));
  }
  small.clock.runUntil(3 * MINUTE);
  assert.ok((replicas("chat-kserve-prefill")["replicas"] as number) > 2);
  assert.equal(replicas("chat-kserve")["replicas"], 1);
  // Only the main workload's replicas are the revision's.
  assert.deepEqual(replicasOf(small), [[0, 1]]);
});

Deno.test("an autoscaled service keeps its spec: the Deployment has the replicas", () => {
  const small = scaledFleet(scaledService(kedaBy("vector(3)", "1")));
  small.clock.runUntil(MINUTE);
  assert.equal(objectOf(small, CHAT).spec["replicas"], undefined);
  assert.equal(objectOf(small, "apps/Deployment/default/chat-kserve").spec["replicas"], 3);
});

Deno.test("a member that a rollout adds has autoscalers of its own, and none without replicas", () => {
  const small = scaledFleet(scaledService(kedaBy("vector(2)", "1")));
  small.clock.runUntil(MINUTE);
  const service = small.fleet.services.get("chat")!;
  const canary = small.fleet.addMember("chat", "canary", "vllm:2");
  const key = "keda.sh/ScaledObject/default/chat-canary-kserve-keda";
  assert.equal(objectOf(small, key), undefined);
  service.scale(canary, 1, "rollout");
  small.clock.runUntil(2 * MINUTE);
  assert.equal(canary.replicas, 2);
  // A rollout that asks for less does not undo what the autoscaler decided; more it gets.
  service.scale(canary, 1, "rollout");
  assert.equal(canary.replicas, 2);
  service.scale(canary, 4, "rollout");
  assert.equal(canary.replicas, 4);
  assert.ok(objectOf(small, key));
  service.scale(canary, 0, "rollout");
  small.clock.runUntil(10 * MINUTE);
  assert.equal(canary.replicas, 0);
  assert.equal(objectOf(small, key), undefined);
  assert.equal(service.revision("stable")!.replicas, 2);
});

Deno.test("KServe's actuators carry its labels, and the annotations by which variants are found", () => {
  const small = scaledFleet(scaledService(
    { minReplicas: 1, maxReplicas: 4, wva: { variantCost: "22.5", hpa: {} } },
    { spec: { labels: { "inference.optimization/acceleratorName": "H100" } } },
  ));
  const { metadata, spec } = objectOf(
    small,
    "autoscaling/HorizontalPodAutoscaler/default/chat-kserve-hpa",
  );
  assert.deepEqual(metadata["labels"], {
    "app.kubernetes.io/component": "llminferenceservice-workload",
    "app.kubernetes.io/name": "chat",
    "app.kubernetes.io/part-of": "llminferenceservice",
    "inference.optimization/acceleratorName": "H100",
  });
  assert.deepEqual(metadata["annotations"], {
    "llm-d.ai/managed": "true",
    "llm-d.ai/model-id": "chat",
    "llm-d.ai/variant-cost": "22.5",
  });
  assert.deepEqual(spec["scaleTargetRef"], {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "chat-kserve",
  });
});

Deno.test("a service that is not scaled costs no event of an autoscaler", () => {
  const { spec: { scaling: _, ...spec }, ...service } = scaledService({});
  const small = scaledFleet({ ...service, spec: { ...spec, replicas: 1 } });
  small.clock.runUntil(30 * MINUTE);
  assert.ok(!Object.keys(small.journal.state.objects).some((key) => /Autoscaler|Scaled/.test(key)));
});

Deno.test("of two variants of one model the cheaper one grows", () => {
  const variant = (name: string, variantCost: string, minReplicas: number) =>
    scaledService({ minReplicas, maxReplicas: 5, wva: { variantCost, keda: {} } }, {
      name,
      spec: { model: { uri: "hf://meta-llama/Llama-3.1-8B", name: "llama" } },
    });
  const services = [variant("chat", "20", 1), variant("cheap", "5", 1)];
  const small = scaledFleet(services, [{ count: 6, gpus: "2xH100-SXM" }]);
  for (let i = 0; i < 150 * 200; i++) {
    small.clock.after(i * 5000, () => small.fleet.submit(i % 2 ? "chat" : "cheap", 100, 300));
  }
  small.clock.runUntil(6 * MINUTE);
  assert.deepEqual(replicasOf(small).map(([, replicas]) => replicas), [1]);
  assert.equal(replicasOf(small, "cheap")[1]![1], 2);
  const { metadata } = objectOf(small, "keda.sh/ScaledObject/default/cheap-kserve-keda");
  assert.equal((metadata["annotations"] as Record<string, string>)["llm-d.ai/model-id"], "llama");
});

Deno.test("autoscaling tells the same of the same run, whatever other services are there", () => {
  const told = (...others: unknown[]) => {
    const service = scaledService(kedaBy(RUNNING, "100"));
    const nodes = [{ count: 8, gpus: "2xH100-SXM" }];
    const small = scaledFleet([service, ...others], nodes);
    small.load(60 * 60, Math.round(SECOND / 60), 300);
    small.clock.runUntil(10 * MINUTE);
    return replicasOf(small);
  };
  assert.ok(told().length > 1);
  assert.deepEqual(told(), told());
  assert.deepEqual(told(scaledService(BY_VARIANTS, { name: "other" })), told());
});
