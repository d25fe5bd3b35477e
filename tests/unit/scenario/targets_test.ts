// Whom loads are sent to: names that are found or not, and where the requests of each kind of target come.
import assert from "node:assert/strict";
import { group, member, model } from "mtop";
import { planText } from "../../../src/report/plan_text.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A member of a route group that serves a model under a name. */
function routed(
  name: string,
  weight: number,
  served: string,
  shared = "pair",
  fields: Fields = {},
) {
  const service = llm(name);
  return {
    ...service,
    spec: {
      ...service.spec,
      model: { ...service.spec.model, name: served },
      router: { route: { group: shared, weight, http: {} } },
      ...fields,
    },
  };
}

function load(to: unknown, fields: Fields = {}) {
  return {
    ...{ kind: "constant", name: "users", to, rps: 50, end: "10s" },
    prompt: { kind: "fixed", tokens: 10 },
    output: { kind: "fixed", tokens: 2 },
    ...fields,
  };
}

const PAIR = [routed("v1", 3, "llama"), routed("v2", 1, "llama")];

/** Requests that arrived, by service or by service and revision. */
function arrived(to: unknown, services: readonly unknown[] = PAIR, fields: Fields = {}) {
  const { state } = run(smallScenario({
    duration: "20s",
    services,
    load: [load(to)],
    ...fields,
  }));
  return Object.fromEntries(
    Object.entries(state.services).map(([name, { revisions }]) => [
      name,
      Object.values(revisions).reduce((sum, { measured }) => sum + measured.requests.arrived, 0),
    ]),
  );
}

for (
  const [what, to] of [
    ["a service", "v1"],
    ["another service of its group", "v2"],
    ["a route group", group("pair")],
    ["a model", model("llama")],
  ] as const
) {
  Deno.test(`a load to ${what} is divided by the weights of the group`, () => {
    const { v1 = 0, v2 = 0 } = arrived(to);
    assert.equal(v1 + v2, 500);
    // The normal approximation of the binomial's 99.9 % band.
    assert.ok(Math.abs(v2 - 125) < 3.29 * Math.sqrt(500 * 0.25 * 0.75), `${v2}`);
  });
}

Deno.test("a load to a member comes to it alone, whatever the weights", () => {
  assert.deepEqual(arrived(member("v2")), { v1: 0, v2: 500 });
  const dark = [routed("v1", 1, "llama"), routed("v2", 0, "llama")];
  assert.deepEqual(arrived(member("v2"), dark), { v1: 0, v2: 500 });
  assert.deepEqual(arrived("v2", dark), { v1: 500, v2: 0 });
});

Deno.test("a load to a model comes to the sub-group that serves it", () => {
  const services = [
    routed("a", 1, "llama"),
    routed("b", 1, "qwen"),
    routed("c", 1, "qwen"),
  ];
  const { a, b = 0, c = 0 } = arrived(model("qwen"), services);
  assert.equal(a, 0);
  assert.equal(b + c, 500);
  assert.ok(Math.abs(b - 250) < 3.29 * Math.sqrt(125), `${b}`);
});

Deno.test("a load to a model that two groups serve comes to the route that Gateway API prefers", () => {
  const services = [routed("b", 1, "llama", "one"), routed("a", 1, "llama", "two")];
  assert.deepEqual(arrived(model("llama"), services), { a: 500, b: 0 });
});

Deno.test("a load to a canary alone has no route before there is one, then has it past the weights", () => {
  const { state, of } = run(smallScenario({
    duration: "8m",
    load: [load(member("chat", { of: "canary" }), { rps: 1, end: "8m" })],
    rollouts: [{
      kind: "canary",
      service: "chat",
      at: "1m",
      to: { image: "vllm:2" },
      steps: [{ kind: "setWeight", weight: 1 }, { kind: "pause", duration: "1h" }],
    }],
  }));
  const { stable, canary } = state.services["chat"]!.revisions;
  // They are the canary's own before there is one: stable has nothing to do with them.
  assert.equal(stable!.measured.requests.arrived, 0);
  const { arrived, completed, rejected } = canary!.measured.requests;
  assert.equal(arrived, 480);
  assert.ok(completed > 60 && rejected > 60, `${completed} ${rejected}`);
  const refused = of("window").filter(({ at }) => at <= 60e6);
  assert.equal(refused.length, 60);
  for (const { revision, measured, pods } of refused) {
    const { arrived, rejected } = measured!.requests;
    assert.deepEqual([revision, rejected, pods.name], ["canary", arrived, []]);
  }
});

Deno.test("plan() says what is wrong with a target", () => {
  const wrong = (to: unknown, services: readonly unknown[] = PAIR) =>
    problems(smallScenario({ services, load: [load(to)] }));
  assert.deepEqual(wrong(member("v3")), {
    "load[0].to.member": 'Cannot find the service "v3": did you mean "v1"?',
  });
  assert.match(wrong(model("lama"))["load[0].to.model"]!, /Cannot find the model "lama"/);
  assert.match(wrong(group("pairs"))["load[0].to.group"]!, /Cannot find the route group "pairs"/);
  assert.deepEqual(wrong(group("x"), [llm("chat")]), {
    "load[0].to.group": 'Cannot find the route group "x": no service names one',
  });
  assert.deepEqual(wrong(member("v1", { of: "canary" })), {
    "load[0].to.of": 'Cannot find the revision "canary": known: stable',
  });
  assert.deepEqual(wrong(group("pair"), [routed("v1", 1, "llama"), routed("v2", 1, "qwen")]), {
    "load[0].to.group":
      'Cannot send to the route group "pair": its members serve llama and qwen, ' +
      'each a route of its own; write model("…")',
  });
  assert.equal(
    wrong({ member: "v1", off: "x" })["load[0].to.off"],
    'Unknown field "off": did you mean "of"?',
  );
});

Deno.test("plan() says what is wrong with a change", () => {
  const wrong = (fields: Fields, services: readonly unknown[] = PAIR) =>
    problems(smallScenario({
      services,
      load: [load("v1")],
      changes: [{ kind: "change", service: "v1", when: "1m", ...fields }],
    }));
  assert.match(
    wrong({})["changes[0]"]!,
    /say what changes: weight, replicas, mirror, to, slo, stopped or deleted/,
  );
  assert.match(wrong({ weight: 1_000_001 })["changes[0].weight"]!, /1000000/);
  assert.match(wrong({ mirror: { to: "v1", percent: 1 } })["changes[0].mirror.to"]!, /to itself/);
  assert.match(wrong({ mirror: { to: "v9", percent: 1 } })["changes[0].mirror.to"]!, /"v9"/);
  assert.deepEqual(wrong({ weight: 1 }, [llm("v1")]), {
    "changes[0].weight": 'Cannot set weight of "v1": it is in no route group, ' +
      "spec.router.route.group names none",
  });
});

Deno.test("plan() refuses a canary of a service that shares its route group", () => {
  const rollouts = [{
    kind: "canary",
    service: "v1",
    at: "1m",
    to: { image: "x" },
    steps: [{ kind: "setWeight", weight: 1 }],
  }];
  assert.deepEqual(problems(smallScenario({ services: PAIR, load: [load("v1")], rollouts })), {
    "rollouts[0].service": 'Cannot roll out a canary of "v1": it shares the route group "pair" ' +
      "with v2; change their weights instead",
  });
});

Deno.test("plan() refuses timeouts, retries and mirrors that Gateway API does", () => {
  const rules = [{ timeouts: { request: "1s", backendRequest: "2s" }, retry: { codes: [200] } }];
  const router = { route: { http: { spec: { rules } } } };
  const service = { ...llm("chat"), spec: { ...llm("chat").spec, router } };
  const paths = Object.keys(problems(smallScenario({ services: [service] })));
  const rule = "services[0].spec.router.route.http.spec.rules[0]";
  assert.deepEqual(paths.sort(), [`${rule}.retry.codes[0]`, `${rule}.timeouts.backendRequest`]);
});

Deno.test("planText() says where loads go and what changes", () => {
  const text = planText(planned(smallScenario({
    services: PAIR,
    load: [
      load(member("v2"), { name: "one" }),
      load(group("pair"), { name: "two" }),
      load(model("llama"), { name: "three" }),
    ],
    changes: [{
      kind: "change",
      service: "v1",
      when: "2m",
      weight: 0,
      mirror: { to: "v2", percent: 5 },
    }],
  })));
  for (const words of ["to member v2", "to group pair", "to model llama"]) {
    assert.ok(text.includes(words), text);
  }
  assert.ok(text.includes("weight 0, mirror 5% to v2 of v1, at 2m"), text);
});

Deno.test("a change of weights is followed after the gateway's time, at once unless it is said", () => {
  const lateUs = (gateway?: Fields) => {
    const { of } = run(smallScenario({
      duration: "20s",
      cluster: {
        nodes: [{ count: 1, gpus: "8xH100-SXM" }],
        ...(gateway ? { gateway } : {}),
      },
      services: [routed("v1", 1, "llama"), routed("v2", 0, "llama")],
      load: [load("v1", { rps: 1000, start: "5s", end: "10s" })],
      changes: [
        { kind: "change", service: "v2", when: "6s", weight: 1 },
        { kind: "change", service: "v1", when: "6s", weight: 0 },
      ],
    }));
    const first = of("window").find(({ service }) => service === "v2")!;
    return 1000 - first.measured!.requests.arrived;
  };
  assert.ok(lateUs() <= 1);
  assert.ok(Math.abs(lateUs({ propagation: "250ms" }) - 250) <= 1);
});

Deno.test("a member that first gets a weight is answered 503 for as long as its backend is cold", () => {
  const rejected = (gateway: Fields, retries?: Fields) => {
    const { state } = run(smallScenario({
      duration: "20s",
      cluster: { nodes: [{ count: 1, gpus: "8xH100-SXM" }], gateway },
      services: [routed("v1", 1, "llama"), routed("v2", 0, "llama")],
      load: [load("v1", { rps: 100, end: "10s", ...(retries ? { retries } : {}) })],
      changes: [
        { kind: "change", service: "v2", when: "5s", weight: 1 },
        { kind: "change", service: "v1", when: "5s", weight: 0 },
      ],
    }));
    return state.services["v2"]!.revisions["stable"]!.measured.requests.rejected;
  };
  assert.equal(rejected({}), 0);
  // At 100 rps, but for the request of the instant of the change.
  assert.ok(Math.abs(rejected({ coldBackend: "2s" }) - 200) <= 1);
});
