import assert from "node:assert/strict";
import { llm, MINUTE, SECOND, smallFleet } from "./small_fleet.ts";

/** Two members, each with `replicas` pods, ready at 10 minutes. */
function members(replicas = 1) {
  const small = smallFleet({
    nodes: [{ count: 4, gpus: "2xH100-SXM" }],
    services: [llm("chat", { replicas })],
  });
  const service = small.fleet.services.get("chat")!;
  const stable = service.revision("stable")!;
  const canary = small.fleet.addMember("chat", "canary", "vllm:2");
  service.scale(canary, replicas, "test");
  small.clock.runUntil(10 * MINUTE);
  assert.equal(canary.readyReplicas, replicas);
  return { ...small, service, stable, canary };
}

function share({ service, stable, canary }: ReturnType<typeof members>, draws: number): number {
  const route = service.group.route(stable);
  let hits = 0;
  for (let draw = 0; draw < draws; draw++) if (route.pick() === canary) hits++;
  return hits / draws;
}

for (const [stable, canary] of [[95, 5], [75, 25], [1, 3], [50, 50], [999_999, 1]] as const) {
  Deno.test(`Route.pick() draws by weight when stable has ${stable} and canary ${canary}`, () => {
    const both = members();
    both.service.setWeights({ stable, canary });
    const draws = 40_000;
    const p = canary / (stable + canary);
    // The normal approximation of the binomial's 99.9 % band, and one draw for its coarseness.
    const band = 3.29 * Math.sqrt(p * (1 - p) / draws) + 1 / draws;
    const found = share(both, draws);
    assert.ok(Math.abs(found - p) <= band, `${found} instead of ${p} ± ${band}`);
  });
}

Deno.test("Route.pick() gives everything to stable when the canary has no ready pod", () => {
  const both = members();
  both.service.setWeights({ stable: 1, canary: 99 });
  both.canary.pods[0]!.die("test");
  both.clock.runUntil(10 * MINUTE + 2 * SECOND);
  assert.equal(both.canary.readyReplicas, 0);
  assert.equal(share(both, 1000), 0);
  assert.deepEqual(both.journal.state.services["chat"]!.eligible, ["stable"]);
  assert.deepEqual(both.service.weights, { stable: 1, canary: 99 });
});

Deno.test("Route.pick() gives the canary its share again when it is ready again", () => {
  const both = members();
  both.service.setWeights({ stable: 50, canary: 50 });
  both.canary.pods[0]!.die("test");
  both.clock.runUntil(20 * MINUTE);
  assert.equal(both.canary.readyReplicas, 1);
  assert.ok(share(both, 1000) > 0.4);
});

Deno.test("Route.pick() keeps stable in the route though none of its pods is ready", () => {
  const both = members();
  both.service.setWeights({ stable: 50, canary: 50 });
  both.stable.pods[0]!.die("test");
  both.clock.runUntil(10 * MINUTE + 2 * SECOND);
  assert.equal(both.stable.readyReplicas, 0);
  assert.ok(share(both, 1000) < 0.6);
  assert.deepEqual(both.journal.state.services["chat"]!.eligible, ["stable", "canary"]);
});

Deno.test("Route.pick() gives nothing to a member of weight 0", () => {
  const both = members();
  both.service.setWeights({ stable: 100 });
  assert.equal(share(both, 1000), 0);
  both.service.setWeights({ canary: 100 });
  assert.equal(share(both, 1000), 1);
});

Deno.test("Route.pick() gives a new member nothing before it has a weight", () => {
  assert.equal(share(members(), 1000), 0);
});

Deno.test("Revision.submit() goes round its ready pods evenly when it has no endpoint picker", () => {
  const { stable, clock, fleet } = members(3);
  const inFlight = () => stable.pods.map(({ engine }) => engine?.inFlight);
  for (let index = 0; index < 300; index++) fleet.submit("chat", 10, 1000);
  assert.deepEqual(inFlight(), [100, 100, 100]);
  stable.pods[1]!.die("test");
  clock.runUntil(10 * MINUTE + 2 * SECOND);
  const [first, , third] = inFlight();
  for (let index = 0; index < 10; index++) fleet.submit("chat", 10, 1000);
  assert.deepEqual(inFlight(), [first! + 5, undefined, third! + 5]);
});

Deno.test("Revision.submit() rejects a request when no pod is ready", () => {
  const { fleet, requests } = smallFleet({ services: [llm("chat", { replicas: 0 })] });
  fleet.submit("chat", 10, 10);
  assert.deepEqual(requests(), { arrived: 1, completed: 0, failed: 0, rejected: 1 });
});

Deno.test("Service.setWeights() tells the weights once, and writes them into the members", () => {
  const { service, of, journal } = members();
  const before = of("weight").length;
  service.setWeights({ stable: 90, canary: 10 });
  service.setWeights({ stable: 90, canary: 10 });
  const told = of("weight").slice(before);
  assert.deepEqual(told.map(({ weights, eligible }) => ({ weights, eligible })), [
    { weights: { stable: 90, canary: 10 }, eligible: ["stable", "canary"] },
  ]);
  const route = (member: string) =>
    (journal.state.objects[key(member)]!.spec!["router"] as { route: unknown }).route;
  assert.deepEqual(route("chat"), { group: "chat", weight: 90 });
  assert.deepEqual(route("chat-canary"), { group: "chat", weight: 10 });
});

Deno.test("Service.scale() writes the replicas into the member, 0 for a new one", () => {
  const { fleet, journal } = smallFleet();
  const service = fleet.services.get("chat")!;
  const replicas = () => journal.state.objects[key("chat-canary")]!.spec!["replicas"];
  const canary = fleet.addMember("chat", "canary", "vllm:2");
  assert.equal(replicas(), 0);
  service.scale(canary, 2, "test");
  assert.equal(replicas(), 2);
  assert.equal(canary.pods.length, 2);
});

Deno.test("Service.add() does not say that a member is no longer Ready which never was", () => {
  const { told, journal } = members();
  assert.deepEqual(told("LLMInferenceServiceNotReady"), []);
  assert.deepEqual(told("LLMInferenceServiceReady").map(([, name]) => name), ["chat-canary"]);
  const { status } = journal.state.objects[key("chat-canary")]!;
  const conditions = status!["conditions"] as unknown as { type: string; status: string }[];
  assert.equal(conditions.find(({ type }) => type === "Ready")!.status, "True");
});

Deno.test("Fleet.addMember() copies the object with another name and image", () => {
  const { fleet } = smallFleet();
  const { object, main } = fleet.addMember("chat", "canary", "vllm:2");
  assert.equal(object.metadata.name, "chat-canary");
  assert.equal(main.plan.image, "vllm:2");
  assert.deepEqual(object.spec!["template"], {
    containers: [{ name: "main", image: "vllm:2", args: [] }],
  });
  const stable = fleet.services.get("chat")!.revision("stable")!;
  assert.equal(stable.main.plan.image, "vllm:1");
});

Deno.test("Fleet.submit() rejects what finds no ready pod", () => {
  const { clock, load, requests } = smallFleet({ services: [llm("chat", { replicas: 0 })] });
  load(3, 0);
  clock.runUntil(SECOND);
  assert.deepEqual(requests(), { arrived: 3, completed: 0, failed: 0, rejected: 3 });
});

Deno.test("Fleet.closeWindows() writes no empty window, and none twice at one instant", () => {
  const { clock, load, of, fleet } = smallFleet();
  clock.runUntil(5 * SECOND);
  assert.deepEqual(of("window"), []);
  load(1, 0, 2000);
  clock.runUntil(7 * SECOND);
  assert.deepEqual(of("window").map(({ at }) => at / SECOND), [6, 7]);
  assert.equal(fleet.inFlight()["chat"], 1);
  fleet.closeWindows();
  assert.equal(of("window").length, 2);
});

function key(member: string): string {
  return `serving.kserve.io/LLMInferenceService/default/${member}`;
}

Deno.test("Fleet.submit() rejects when all weight is on a member without a ready pod", () => {
  const both = members(1);
  both.service.setWeights({ stable: 0, canary: 100 });
  both.canary.pods[0]!.die("test");
  both.clock.runUntil(both.clock.nowUs + 2 * SECOND);
  assert.equal(both.stable.readyReplicas, 1);
  both.load(20, 1000);
  both.clock.runUntil(both.clock.nowUs + SECOND);
  const { arrived, rejected } = both.requests();
  assert.deepEqual({ arrived, rejected }, { arrived: 20, rejected: 20 });
});
