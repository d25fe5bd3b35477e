// When a service's status is told, and how often.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import type { JsonObject } from "../../../src/kube/object.ts";
import { conditionOf, goldenWorld, MINUTE, SECOND, type World, worldOf } from "./golden_world.ts";

const NAME = "with-scheduler";

function heard({ journal }: World): EventOf<"object.applied">[] {
  const events: EventOf<"object.applied">[] = [];
  journal.on("object.applied", (event) => {
    if (event.key.includes("/LLMInferenceService/")) events.push(event);
  });
  return events;
}

function serviceOf(world: World) {
  const service = world.fleet.services.get(`ml/${NAME}`)!;
  return { service, stable: service.revision("stable")! };
}

Deno.test("ServiceStatus.tell() says nothing when nothing changed", () => {
  const world = goldenWorld(NAME);
  world.clock.runUntil(10 * MINUTE);
  const { journal } = world;
  const { service, stable } = serviceOf(world);
  const before = journal.events;
  service.podsChanged(stable);
  service.podsChanged(stable);
  assert.equal(journal.events, before);
});

Deno.test("ServiceStatus.tell() says of a new generation first that nobody has looked at it", () => {
  const world = goldenWorld(NAME);
  world.clock.runUntil(10 * MINUTE);
  const events = heard(world);
  const { service, stable } = serviceOf(world);
  service.scale(stable, 1, "test");
  const ready = events.map(({ patch }) => {
    const { conditions = [] } = ((patch as JsonObject)["status"] ?? {}) as {
      conditions?: { type: string; status: string; reason?: string }[];
    };
    const found = conditions.find(({ type }) => type === "Ready");
    return found && [found.status, found.reason];
  });
  // The spec, what Knative says before it reconciles, and what comes of it.
  assert.deepEqual(ready, [undefined, ["Unknown", "NewObservedGenFailure"], ["True", undefined]]);
  const { metadata, status } = world.service();
  assert.equal(metadata.generation, 2);
  assert.equal(status!["observedGeneration"], 2);
});

Deno.test("ServiceStatus.tell() gives all conditions that change together one time, and others theirs", () => {
  const world = goldenWorld(NAME);
  world.clock.runUntil(10 * MINUTE);
  const time = (type: string) => conditionOf(world.service(), type)!.lastTransitionTime;
  assert.equal(time("PresetsCombined"), "2026-01-01T00:00:00Z");
  assert.equal(time("RouterReady"), time("SchedulerWorkloadReady"));
  assert.equal(time("Ready"), time("WorkloadsReady"));
  assert.notEqual(time("Ready"), time("RouterReady"));
});

Deno.test("ServiceStatus.tell() tells Ready and its end as events, the latter with all that is False", () => {
  const world = goldenWorld(NAME);
  world.clock.runUntil(10 * MINUTE);
  const told = () =>
    world.events().filter(({ reason }) => reason.startsWith("LLMInferenceService"))
      .map(({ type, message }) => [type, message]);
  const ready = ["Normal", `LLMInferenceService [${NAME}] is Ready`];
  assert.deepEqual(told(), [ready]);
  world.fleet.pods()[0]!.die("test");
  world.clock.runUntil(10 * MINUTE + 5 * SECOND);
  const types = "MainWorkloadReady, WorkloadsReady";
  assert.deepEqual(told(), [
    ready,
    ["Warning", `LLMInferenceService [${NAME}] is no longer Ready because of: ${types}`],
  ]);
});

Deno.test("ServiceStatus.tell() tells each child that KServe makes once, with its kind and name", () => {
  const world = goldenWorld(NAME);
  world.clock.runUntil(10 * MINUTE);
  const created = world.events().filter(({ reason, source }) =>
    reason === "Created" && source === "llmisvc-controller"
  )
    .map(({ message }) => message);
  assert.deepEqual([...new Set(created)], created);
  for (
    const child of [
      "Deployment ml/with-scheduler-kserve",
      "HTTPRoute ml/with-scheduler-kserve-route",
    ]
  ) {
    assert.ok(created.includes(`Created v1.${child}`), child);
  }
});

const member = (name: string, weight: number) => `
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata:
  name: ${name}
  namespace: ml
  creationTimestamp: "2025-06-01T10:00:00Z"
  annotations: { mtop.dev/rps: "0" }
spec:
  model: { uri: hf://meta-llama/Llama-3.1-8B-Instruct, name: llama }
  template: { containers: [{ name: main, resources: { limits: { nvidia.com/gpu: "1" } } }] }
  router: { route: { group: chat, weight: ${weight} }, scheduler: {} }
`;
const NODE = `
apiVersion: v1
kind: Node
metadata: { name: gpu-1, labels: { nvidia.com/gpu.product: H100-SXM } }
status: { allocatable: { cpu: "96", memory: 1000Gi, nvidia.com/gpu: "8" } }
`;

Deno.test("a member's HTTPRoute shares what is asked of the model, and keeps what is asked of itself", () => {
  const world = worldOf([NODE, member("chat-v1", 9), member("chat-v2", 1)].join("\n---\n"));
  world.clock.runUntil(MINUTE);
  for (const name of ["chat-v1", "chat-v2"]) {
    const route = world.objects("HTTPRoute")
      .find(({ metadata }) => metadata.name === `${name}-kserve-route`)!;
    const rules = route.spec!["rules"] as {
      name: string;
      backendRefs: { kind: string; name: string; weight: number }[];
    }[];
    assert.deepEqual(rules.map(({ name }) => name), [
      "v1-completions-path",
      "v1-chat-completions-path",
      "v1-responses-path",
      "v1-messages-path",
      "v1-model-routing",
      "v1-completions-publisher-path",
      "v1-chat-completions-publisher-path",
      "v1-responses-publisher-path",
      "v1-messages-publisher-path",
      "v1-publisher-path-catch-all",
      "v1-catch-all-path",
      "v1-catch-all-model-routing",
    ]);
    const backends = (rule: string) =>
      rules.find((each) => each.name === rule)!.backendRefs
        .map(({ kind, name, weight }) => [kind, name, weight]);
    assert.deepEqual(backends("v1-chat-completions-path"), [
      ["InferencePool", `${name}-inference-pool`, 1],
    ]);
    assert.deepEqual(backends("v1-model-routing"), [
      ["InferencePool", "chat-v1-inference-pool", 9],
      ["InferencePool", "chat-v2-inference-pool", 1],
    ]);
    assert.deepEqual(backends("v1-catch-all-model-routing"), [
      ["Service", "chat-v1-kserve-workload-svc", 9],
      ["Service", "chat-v2-kserve-workload-svc", 1],
    ]);
    assert.deepEqual(backends("v1-catch-all-path"), [[
      "Service",
      `${name}-kserve-workload-svc`,
      1,
    ]]);
  }
});

Deno.test("a member whose models are others' is in a group of its own, which is degraded", () => {
  const other = member("chat-v2", 1).replace("name: llama", "name: other");
  const world = worldOf([NODE, member("chat-v1", 9), other].join("\n---\n"));
  world.clock.runUntil(MINUTE);
  const service = world.service("chat-v1");
  assert.deepEqual(conditionOf(service, "GroupDegraded"), {
    type: "GroupDegraded",
    status: "True",
    severity: "Info",
    lastTransitionTime: conditionOf(service, "GroupDegraded")!.lastTransitionTime,
    reason: "MemberDivergence",
    message: "group has members with different model sets: other",
  });
  assert.equal(conditionOf(service, "GroupReady")!.status, "True");
  assert.equal(conditionOf(service, "Ready")!.status, "True");
  const events = world.events().filter(({ reason }) => reason === "MemberDivergence");
  assert.deepEqual(events.map(({ object, message }) => [object, message]).sort(), [
    [
      "LLMInferenceService/ml/chat-v1",
      "group has members with different model sets: other",
    ],
    [
      "LLMInferenceService/ml/chat-v2",
      "group has members with different model sets: llama",
    ],
  ]);
  const { router } = service.status as unknown as {
    router: { group: { members: { name: string }[] } };
  };
  assert.deepEqual(router.group.members.map(({ name }) => name), ["chat-v1"]);
});
