// Route groups of a small cluster: who is eligible when, which sub-groups there are, what the log says of it.
import assert from "node:assert/strict";
import type { GatewayPlan } from "../../../src/fleet/route_gateway.ts";
import { llm, MINUTE, SECOND, type SmallFleet, smallFleet } from "./small_fleet.ts";

interface Member {
  readonly name: string;
  readonly weight: number;
  readonly served?: string;
  readonly router?: object;
  readonly spec?: object;
}

function member({ name, weight, served = "llama", router = {}, spec = {} }: Member) {
  const service = llm(name);
  return {
    ...service,
    spec: {
      ...service.spec,
      ...spec,
      model: { ...service.spec.model, name: served },
      router: { route: { group: "g", weight, http: {} }, ...router },
    },
  };
}

const NODES = [{ count: 4, gpus: "8xH100-SXM" }];

function fleetOf(members: readonly Member[], gateway?: GatewayPlan): SmallFleet {
  const services = members.map(member);
  return smallFleet({ nodes: NODES, services, ...(gateway ? { gateway } : {}) });
}

/** Of so many draws on the route of a service, how many came to each service. */
function draws({ fleet }: SmallFleet, service: string, count = 400): Record<string, number> {
  const { group, revisions } = fleet.services.get(service)!;
  const route = group.route(revisions.get("stable")!);
  const found: Record<string, number> = {};
  for (let each = 0; each < count; each++) {
    const name = route.pick()?.service ?? "nobody";
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

const eligible = ({ journal }: SmallFleet, service: string) =>
  journal.state.services[service]!.eligible;

Deno.test("RouteGroup divides by the weights of its members, 0 gets nothing", () => {
  const small = fleetOf([
    { name: "a", weight: 3 },
    { name: "b", weight: 1 },
    { name: "c", weight: 0 },
  ]);
  const { a = 0, b = 0, c } = draws(small, "a", 4000);
  assert.equal(c, undefined);
  assert.equal(a + b, 4000);
  assert.ok(Math.abs(b - 1000) < 3.29 * Math.sqrt(4000 * 0.25 * 0.75), `${b}`);
  const { weights, group } = small.journal.state.services["c"]!;
  assert.deepEqual([weights, group], [{ stable: 0 }, "default/g"]);
});

Deno.test("RouteGroup answers 503 when every weight is 0", () => {
  const small = smallFleet({
    nodes: NODES,
    services: [member({ name: "a", weight: 0 }), member({ name: "b", weight: 0 })],
    recordRequests: true,
  });
  small.fleet.submit("b", 10, 10);
  const [row] = small.of("request");
  assert.deepEqual([row!.service, row!.reason, row!.status], ["a", "no-weight", 503]);
});

/** What must be ready of a peer: each of its workloads, by role. */
const WORKLOADS: readonly [string, Partial<Member>][] = [
  ["both", {}],
  ["scheduler", { router: { scheduler: {} } }],
  ["prefill", {
    spec: {
      prefill: { replicas: 1, template: { containers: [{ name: "main", image: "vllm:1" }] } },
    },
  }],
];

for (const [role, fields] of WORKLOADS) {
  Deno.test(`RouteGroup leaves a peer out while its ${role} workload has no ready pod, and takes it back`, () => {
    const small = fleetOf([{ name: "a", weight: 1 }, { name: "b", weight: 1, ...fields }]);
    const peer = small.fleet.services.get("b")!.revision("stable")!;
    small.clock.runUntil(SECOND);
    assert.deepEqual(eligible(small, "b"), ["stable"]);
    const workload = peer.workloads.find(({ plan }) => plan.role === role)!;
    workload.pods[0]!.die("test");
    small.clock.runUntil(4 * SECOND);
    assert.equal(workload.readyReplicas, 0);
    assert.deepEqual(eligible(small, "b"), []);
    assert.deepEqual(draws(small, "a"), { a: 400 });
    assert.deepEqual(draws(small, "b"), { a: 400 });
    small.clock.runUntil(15 * MINUTE);
    assert.deepEqual(eligible(small, "b"), ["stable"]);
    assert.ok((draws(small, "a")["b"] ?? 0) > 100);
  });
}

Deno.test("RouteGroup keeps the member whose route it is, ready or not", () => {
  const small = fleetOf([{ name: "a", weight: 1 }, { name: "b", weight: 1 }]);
  small.clock.runUntil(SECOND);
  small.fleet.services.get("a")!.revision("stable")!.pods[0]!.die("test");
  small.clock.runUntil(4 * SECOND);
  assert.deepEqual([eligible(small, "a"), eligible(small, "b")], [["stable"], ["stable"]]);
  assert.ok((draws(small, "b")["a"] ?? 0) > 100);
});

Deno.test("RouteGroup has a route for each set of models", () => {
  const small = fleetOf([
    { name: "a", weight: 1 },
    { name: "b", weight: 1, served: "qwen" },
    { name: "c", weight: 3, served: "qwen" },
  ]);
  assert.deepEqual(draws(small, "a"), { a: 400 });
  const { b = 0, c = 0 } = draws(small, "b");
  assert.equal(b + c, 400);
  assert.ok(Math.abs(b - 100) < 3.29 * Math.sqrt(400 * 0.25 * 0.75), `${b}`);
  const { group, revisions } = small.fleet.services.get("a")!;
  const { matching, divergent } = group.view(revisions.get("stable")!);
  assert.deepEqual([matching, divergent].map((some) => some.map(({ name }) => name)), [
    ["a"],
    ["b", "c"],
  ]);
});

Deno.test("RouteGroup tells weights at once, and the gateway goes by them after its delay", () => {
  const small = fleetOf(
    [{ name: "a", weight: 1 }, { name: "b", weight: 0 }],
    { propagationUs: 250_000, coldUs: 0 },
  );
  small.clock.runUntil(SECOND);
  const before = small.of("weight").length;
  small.fleet.services.get("b")!.setWeight("stable", 1);
  small.fleet.services.get("a")!.setWeight("stable", 0);
  assert.equal(small.of("weight").length, before + 2);
  small.clock.runUntil(SECOND + 249_999);
  assert.deepEqual(draws(small, "a"), { a: 400 });
  small.clock.runUntil(SECOND + 250_000);
  assert.deepEqual(draws(small, "a"), { b: 400 });
});

Deno.test("RequestRouter hears of pods after the gateway's delay, but its endpoint picker at once", () => {
  const requests = (router: object) => {
    const small = smallFleet({
      nodes: NODES,
      services: [{
        ...llm("chat", { replicas: 2 }),
        spec: { ...llm("chat", { replicas: 2 }).spec, ...router },
      }],
      gateway: { propagationUs: SECOND, coldUs: 0 },
    });
    small.clock.runUntil(SECOND);
    const stable = small.fleet.services.get("chat")!.revision("stable")!;
    stable.pods[0]!.die("test");
    // The kubelet notices within a second, and then it is in the cluster's objects.
    while (stable.readyReplicas === 2) small.clock.runUntil(small.clock.nowUs + SECOND / 10);
    for (let index = 0; index < 10; index++) small.fleet.submit("chat", 10, 10);
    return small.requests();
  };
  assert.equal(requests({}).failed, 5);
  assert.equal(requests({ router: { scheduler: {} } }).failed, 0);
});

Deno.test("Service.setWeight() throws for what is no weight", () => {
  const { fleet } = fleetOf([{ name: "a", weight: 1 }]);
  for (const weight of [-1, 1.5, 1_000_001, NaN]) {
    assert.throws(() => fleet.services.get("a")!.setWeight("stable", weight), RangeError);
  }
});
