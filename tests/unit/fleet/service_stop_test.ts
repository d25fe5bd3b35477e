// A service that is stopped, started again, or deleted: its pods, its route, its group and its objects.
import assert from "node:assert/strict";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet } from "./small_fleet.ts";

function member(name: string, weight: number) {
  const service = llm(name, { replicas: 2 });
  return {
    ...service,
    spec: {
      ...service.spec,
      model: { ...service.spec.model, name: "llama" },
      router: { gateway: {}, route: { group: "g", weight, http: {} } },
    },
  };
}

function pair(): SmallFleet {
  const small = smallFleet({
    nodes: [{ count: 4, gpus: "8xH100-SXM" }],
    services: [member("a", 1), member("b", 1)],
    recordRequests: true,
  });
  small.clock.runUntil(SECOND);
  return small;
}

const key = (name: string) => `serving.kserve.io/LLMInferenceService/default/${name}`;

interface Group {
  readonly members: readonly { readonly name: string; readonly stopped?: boolean }[];
}

/** `status.router.group` of a service: its members, those that are stopped with a mark. */
function listed({ journal }: SmallFleet, name: string): string[] {
  const router = journal.state.objects[key(name)]!.status?.["router"] as
    | { group?: Group }
    | undefined;
  return router?.group?.members.map((each) => each.stopped ? `${each.name} stopped` : each.name) ??
    [];
}

function condition({ journal }: SmallFleet, name: string, type: string) {
  const conditions = journal.state.objects[key(name)]!.status!["conditions"] as unknown as {
    type: string;
    status: string;
    reason?: string;
    message?: string;
  }[];
  return conditions.find((each) => each.type === type);
}

function kinds({ journal }: SmallFleet, name: string): string[] {
  return Object.values(journal.state.objects)
    .filter(({ metadata }) => metadata.name.startsWith(`${name}-`)).map(({ kind }) => kind).sort();
}

/** Where so many requests to the model come, and how they end. */
function ask(small: SmallFleet, count = 40): Record<string, number> {
  const before = small.of("request").length;
  const way = small.fleet.way({ model: "llama" });
  for (let index = 0; index < count; index++) small.fleet.submit(way, 10, 2);
  small.clock.runUntil(small.clock.nowUs + 10 * SECOND);
  const found: Record<string, number> = {};
  for (const { service, outcome, status = "" } of small.of("request").slice(before)) {
    const what = `${service} ${outcome}${status === "" ? "" : ` ${status}`}`;
    found[what] = (found[what] ?? 0) + 1;
  }
  return found;
}

Deno.test("Service.stop() ends its pods with their grace, and its peers take all requests", () => {
  const small = pair();
  const a = small.fleet.services.get("a")!;
  for (let index = 0; index < 20; index++) {
    small.fleet.submit(small.fleet.way({ member: "a" }), 10, 50);
  }
  a.stop();
  assert.deepEqual(ask(small), { "a completed": 20, "b completed": 40 });
  small.clock.runUntil(2 * MINUTE);
  assert.equal(a.revision("stable")!.pods.filter(({ gone }) => !gone).length, 0);
  assert.equal(small.journal.state.services["a"]!.revisions["stable"]!.replicas, 0);
});

Deno.test("Service.stop() keeps it listed in its group, and says Stopped of what it had", () => {
  const small = pair();
  assert.deepEqual(listed(small, "b"), ["a", "b"]);
  small.fleet.services.get("a")!.stop();
  assert.deepEqual(listed(small, "b"), ["a stopped", "b"]);
  assert.deepEqual(listed(small, "a"), []);
  const ready = condition(small, "a", "Ready")!;
  assert.deepEqual([ready.status, ready.reason, ready.message], [
    "False",
    "Stopped",
    "Service is stopped",
  ]);
  const { annotations } = small.journal.state.objects[key("a")]!.metadata;
  assert.equal(annotations!["serving.kserve.io/stop"], "true");
  assert.ok(!kinds(small, "a").some((kind) => kind === "Deployment" || kind === "HTTPRoute"));
});

Deno.test("Route.submit() answers 404 when every member is stopped, and by the stopped one's own path", () => {
  const small = pair();
  small.fleet.services.get("a")!.stop();
  small.fleet.submit(small.fleet.way({ member: "a" }), 10, 10);
  small.fleet.services.get("b")!.stop();
  small.fleet.submit("b", 10, 10);
  const refused = small.of("request").filter(({ outcome }) => outcome === "rejected");
  assert.deepEqual(refused.map(({ reason, status }) => [reason, status]), [
    ["no-route", 404],
    ["no-route", 404],
  ]);
});

Deno.test("Service.resume() makes everything again, and it takes its share when it is ready", () => {
  const small = pair();
  const a = small.fleet.services.get("a")!;
  a.stop();
  small.clock.runUntil(2 * MINUTE);
  a.resume();
  assert.deepEqual(small.journal.state.services["a"]!.weights, { stable: 1 });
  small.clock.runUntil(20 * MINUTE);
  assert.equal(a.revision("stable")!.readyReplicas, 2);
  assert.equal(condition(small, "a", "Ready")!.status, "True");
  assert.deepEqual(listed(small, "b"), ["a", "b"]);
  assert.ok(kinds(small, "a").includes("HTTPRoute"));
  const { "a completed": mine = 0, "b completed": others = 0 } = ask(small, 400);
  assert.equal(mine + others, 400);
  assert.ok(Math.abs(mine - 200) < 3.29 * Math.sqrt(100), `${mine}`);
});

Deno.test("Service.resume() makes what was scaled, or came, while the service was stopped", () => {
  const small = smallFleet({
    nodes: [{ count: 4, gpus: "8xH100-SXM" }],
    services: [llm("a", { replicas: 2 })],
  });
  small.clock.runUntil(SECOND);
  const a = small.fleet.services.get("a")!;
  a.stop();
  small.clock.runUntil(2 * MINUTE);
  const canary = small.fleet.addMember("a", "canary", "vllm:2");
  a.scale(canary, 1, "rollout");
  a.scale(a.revision("stable")!, 3, "action");
  small.clock.runUntil(10 * MINUTE);
  assert.deepEqual([a.revision("stable")!.replicas, canary.replicas], [0, 0]);
  a.resume();
  small.clock.runUntil(30 * MINUTE);
  assert.deepEqual([a.revision("stable")!.readyReplicas, canary.readyReplicas], [3, 1]);
});

Deno.test("Service.resume() makes a younger route: its peers' holds, and while it starts they take all", () => {
  const small = pair();
  const a = small.fleet.services.get("a")!;
  a.stop();
  small.clock.runUntil(2 * MINUTE);
  a.resume();
  assert.equal(a.revision("stable")!.readyReplicas, 0);
  assert.deepEqual(ask(small), { "b completed": 40 });
});

Deno.test("Service.delete() waits 5 s for its peers to let go of it, and no request is lost", () => {
  const small = pair();
  const a = small.fleet.services.get("a")!;
  a.delete();
  const pending = condition(small, "a", "GroupReady")!;
  assert.deepEqual([pending.status, pending.reason, pending.message], [
    "False",
    "FinalizationPending",
    "waiting for member b to remove backendRef before deletion",
  ]);
  assert.deepEqual(listed(small, "b"), ["b"]);
  for (let index = 0; index < 100; index++) {
    small.clock.after(index * 100_000, () => small.fleet.submit("b", 10, 20));
  }
  small.clock.runUntil(SECOND + 4_999_999);
  assert.ok(small.journal.state.objects[key("a")]);
  small.clock.runUntil(SECOND + 5_000_000);
  assert.equal(small.journal.state.objects[key("a")], undefined);
  small.clock.runUntil(3 * MINUTE);
  assert.deepEqual(kinds(small, "a"), []);
  const ends = small.of("request").map(({ outcome }) => outcome);
  assert.deepEqual(ends, Array.from({ length: 100 }, () => "completed"));
  const { weights, eligible } = small.journal.state.services["a"]!;
  assert.deepEqual([weights, eligible], [{}, []]);
  assert.deepEqual(ask(small), { "b completed": 40 });
});

Deno.test("Service.delete() takes a service that shares its route with nobody at once", () => {
  const small = smallFleet();
  small.clock.runUntil(SECOND);
  small.fleet.services.get("chat")!.delete();
  assert.equal(small.journal.state.objects[key("chat")], undefined);
  small.load(1, 0);
  small.clock.runUntil(2 * MINUTE);
  assert.deepEqual(small.requests(), { arrived: 1, completed: 0, failed: 0, rejected: 1 });
  assert.equal(small.fleet.inFlight()["chat"], 0);
});
