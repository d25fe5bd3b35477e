// What clients do, in whole runs: they wait for answers, try again, go on with their conversations.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { goodputPpm, type Totals } from "../../../src/metrics/totals.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const fixed = (tokens: number) => ({ kind: "fixed", tokens });
const lengths = { prompt: fixed(500), output: fixed(200) };
const users = (fields: object = {}) => ({
  ...{ kind: "users", name: "people", to: "chat", users: 16, ...lengths },
  ...fields,
});
const steady = (fields: object = {}) => ({
  ...{ kind: "constant", name: "steady", to: "chat", rps: 1, end: "60s", ...lengths },
  ...fields,
});

type Fields = Readonly<Record<string, unknown>>;

function scenarioOf(fields: Fields) {
  return smallScenario({ services: [llm("chat", { replicas: 1 })], duration: "3m", ...fields });
}

function totalsOf(fields: Fields): Totals {
  const { state } = run(scenarioOf(fields));
  return state.services["chat"]!.revisions["stable"]!.measured;
}

function rowsOf(fields: Fields): EventOf<"request">[] {
  const data = scenarioOf(fields);
  const rows: EventOf<"request">[] = [];
  const simulation = new Simulation(planned(data), {
    data,
    recordRequests: true,
    sink: (event) => event.kind === "request" && rows.push(event),
  });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return rows;
}

const noServers = [llm("chat", { replicas: 0 })];

Deno.test("Simulation of users obeys Little's law, with and without think time", () => {
  for (const think of ["0s", "4s", { mean: "4s" }]) {
    const thinkS = think === "0s" ? 0 : 4;
    const rows = rowsOf({ load: [users({ think })], duration: "2h" });
    // From the second minute on, and up to the last; they have two hours to average out.
    const inside = rows.filter(({ arrivedUs }) => arrivedUs >= 60e6 && arrivedUs < 7140e6);
    const meanE2eS = inside.reduce((sum, { e2eUs }) => sum + e2eUs!, 0) / inside.length / 1e6;
    const perSecond = inside.length / 7080;
    const users16 = perSecond * (meanE2eS + thinkS);
    assert.ok(Math.abs(users16 / 16 - 1) < 0.02, `${users16} users with think ${think}`);
    assert.ok(inside.length > 10_000, `${inside.length} requests`);
  }
});

Deno.test("Simulation has as many requests in flight as there are users, never more", () => {
  const output = { kind: "uniform", min: 100, max: 300 };
  const { of } = run(scenarioOf({ load: [users({ output })] }));
  const held = of("window").map(({ pods: { running, waiting } }) =>
    [...running, ...waiting].reduce((sum, count) => sum + count, 0)
  );
  assert.ok(held.every((count) => count <= 16));
  // Who has an answer just then has yet to send the next request.
  const mean = held.reduce((sum, count) => sum + count, 0) / held.length;
  assert.ok(mean > 15, `${mean}`);
});

Deno.test("A user sends the next request when the answer is whole, as its e2e latency says", () => {
  const rows = rowsOf({ load: [users({ users: 1, think: "1s" })] });
  const ends = rows.map(({ arrivedUs, e2eUs }) => arrivedUs + e2eUs!);
  assert.deepEqual(
    rows.slice(1).map(({ arrivedUs }) => arrivedUs),
    ends.slice(0, -1).map((us) => us + 1e6),
  );
  assert.ok(rows.length > 30);
});

Deno.test("Users of a service that takes nobody ask twice a second, and the run ends", () => {
  const { requests } = totalsOf({ services: noServers, load: [users()], duration: "60s" });
  assert.equal(requests.arrived, 16 * 120);
  assert.equal(requests.rejected, requests.arrived);
});

Deno.test("A conversation's turns find what was said before them in the prefix cache", () => {
  const hits = (multiTurn: unknown) => {
    const requests = {
      ...{ kind: "sharedPrefix", groups: 4, usersPerGroup: 4, systemTokens: 800 },
      ...{ questionTokens: fixed(100), outputTokens: fixed(60), multiTurn },
    };
    const { prompt: _prompt, output: _output, ...bare } = users({ think: "1s", requests });
    const rows = rowsOf({ load: [bare] });
    const turn = (tokens: number) => rows.filter(({ promptTokens }) => promptTokens === tokens);
    return { rows, turn };
  };
  const { rows, turn } = hits({ maxTurns: 5 });
  // Each prompt is 160 tokens longer than the one before; 16 tokens are a block.
  for (const [index, tokens] of [900, 1060, 1220, 1380, 1540].entries()) {
    const found = turn(tokens);
    assert.ok(found.length >= 16, `${found.length} turns of ${tokens} tokens`);
    if (index === 0) continue;
    for (const { cachedTokens } of found) {
      // All but the question, the last block that is not full, and the last token of the answer.
      const said = tokens - 100;
      assert.ok(cachedTokens > said - 33 && cachedTokens <= said, `${cachedTokens} of ${said}`);
    }
  }
  assert.equal(turn(1700).length, 0);
  assert.ok(rows.every(({ outcome }) => outcome === "completed"));
});

Deno.test("The prefix hit rate rises with the length of conversations", () => {
  const rate = (maxTurns: number) => {
    const { prefixHits, prefixQueries } = totalsOf({
      load: [users({ think: "500ms", multiTurn: { maxTurns } })],
    });
    return prefixHits / prefixQueries;
  };
  const [one, two, six] = [rate(1), rate(2), rate(6)];
  assert.equal(one, 0);
  // Turn two has 700 of 1,200 tokens from turn one: of both turns' 1,700 about 40 %.
  assert.ok(two! > 0.38 && two! < 0.42, `${two}`);
  assert.ok(six! > 0.7, `${six}`);
});

Deno.test("A conversation begins anew at the service's context, and nothing is refused", () => {
  const services = [llm("chat", { replicas: 1, args: ["--max-model-len=2048"] })];
  const rows = rowsOf({ services, load: [users({ users: 2, multiTurn: true })] });
  assert.ok(rows.every(({ outcome }) => outcome === "completed"));
  const longest = Math.max(...rows.map(({ promptTokens }) => promptTokens));
  assert.equal(longest, 500 + 700);
});

Deno.test("Each attempt is counted, and the request once", () => {
  const load = [steady({ retries: { attempts: 3, backoff: "1s" }, slo: { e2e: { p95: "1h" } } })];
  const { requests } = totalsOf({ services: noServers, load });
  assert.deepEqual([requests.arrived, requests.rejected, requests.retried], [180, 180, 120]);
  assert.equal(goodputPpm(requests), 0);
});

Deno.test("Rows of attempts say which they are", () => {
  const load = [steady({ retries: { attempts: 3, backoff: "1s" }, end: "1s" })];
  const rows = rowsOf({ services: noServers, load });
  assert.deepEqual(rows.map(({ attempt }) => attempt), [undefined, 2, 3]);
  assert.deepEqual(rowsOf({ load: [steady({ end: "1s" })] }).map(({ attempt }) => attempt), [
    undefined,
  ]);
});

Deno.test("A request that timed out is tried again and, if answered, good by what it took in all", () => {
  // The first attempts hang on a node that is lost; those after it comes back are answered.
  const faults = [{
    ...{ kind: "node-loss", when: "10s", for: "20s" },
    on: { kind: "nodes", mode: "first", count: 1, service: "chat" },
  }];
  const load = (e2e: string) => [
    steady({
      ...{ rps: 2, start: "9s", end: "12s", timeout: "5s", slo: { e2e: { p95: e2e } } },
      retries: { attempts: 100, backoff: "5s", maxBackoff: "5s" },
    }),
  ];
  const { requests: patient } = totalsOf({ load: load("1h"), faults, duration: "20m" });
  const { requests: strict } = totalsOf({ load: load("5s"), faults, duration: "20m" });
  assert.deepEqual([patient.completed, strict.completed], [6, 6]);
  assert.equal(patient.arrived, patient.completed + patient.failed + patient.rejected);
  assert.equal(patient.retried, patient.failed + patient.rejected);
  assert.equal(goodputPpm(patient), 1_000_000);
  // Each attempt that was answered took less than 5 s, but most requests took much longer.
  assert.ok(strict.good < 4, `${strict.good} good`);
});

Deno.test("What the server calls wrong is not tried again", () => {
  const services = [llm("chat", { replicas: 1, args: ["--max-model-len=256"] })];
  const { requests } = totalsOf({ services, load: [steady({ retries: { attempts: 5 } })] });
  assert.deepEqual([requests.arrived, requests.rejected, requests.retried], [60, 60, undefined]);
});

Deno.test("Retries after timeouts come where prefill and decode are apart too", () => {
  const service = llm("chat", { replicas: 1 });
  const prefill = { replicas: 1, template: service.spec.template };
  const services = [{ ...service, spec: { ...service.spec, prefill } }];
  const load = [
    steady({ output: fixed(1000), timeout: "3s", retries: { attempts: 2 }, rps: 0.5 }),
    users({ users: 3, end: "60s" }),
  ];
  const rows = rowsOf({ services, load });
  const of = (name: string) => rows.filter((row) => row.load === name);
  assert.deepEqual(
    [undefined, 2].map((number) => of("steady").filter(({ attempt }) => attempt === number).length),
    [30, 30],
  );
  assert.ok(of("steady").every(({ reason }) => reason === "timeout"));
  assert.ok(
    of("people").length > 60 && of("people").every(({ outcome }) => outcome === "completed"),
  );
});

Deno.test("A retry of a request of the warm-up belongs to the warm-up", () => {
  const load = [steady({ end: "10s", retries: { attempts: 3, backoff: "8s" } })];
  const { state } = run(scenarioOf({ services: noServers, load, warmup: "10s" }));
  const { measured, warmup } = state.services["chat"]!.revisions["stable"]!;
  assert.deepEqual([measured.requests.arrived, warmup.requests.arrived], [0, 30]);
});

Deno.test("A load's own slo judges its requests, and the service's those of the others", () => {
  const good = (fields: object, slo: object = {}) =>
    totalsOf({ slo, load: [steady(fields), steady({ name: "other" })] }).requests;
  const strict = { ttft: { p95: "1us" } };
  const easy = { ttft: { p95: "1h" } };
  assert.equal(good({}, {}).good, 0);
  assert.equal(good({}, { chat: strict }).good, 0);
  assert.equal(good({ slo: easy }, { chat: strict }).good, 60);
  assert.equal(good({ slo: strict }, { chat: easy }).good, 60);
  // Under no objective at all a request is good when it is completed.
  assert.equal(good({ slo: strict }).good, 60);
  assert.equal(good({ slo: easy }).good, 120);
});

Deno.test("plan() takes a goodput check of a service whose load has an slo, and of no other", () => {
  const expect = [{ kind: "metric", metric: "goodput", comparison: "above", threshold: "1%" }];
  assert.deepEqual(problems(scenarioOf({ expect, load: [steady()] })), {
    "expect[0]": 'Cannot measure goodput of "chat": it has no slo to meet',
  });
  const { services } = planned(scenarioOf({ expect, load: [steady({ slo: {} })] }));
  assert.deepEqual(services[0]!.slo, {});
});

Deno.test("plan() names the services and adapters that loads of any kind do not find", () => {
  const load = [users({ to: "chatt" }), steady({ adapter: "sql" })];
  assert.deepEqual(problems(scenarioOf({ load })), {
    "load[0].to": 'Cannot find the service "chatt": did you mean "chat"?',
    "load[1].adapter": 'Cannot send requests for the adapter "sql" to "chat": it has none',
  });
});

Deno.test("plan() warns of what a load asks for and never gets", () => {
  const services = [llm("chat", { replicas: 1, args: ["--max-model-len=1000"] })];
  const requests = {
    ...{ kind: "sharedPrefix", groups: 1, usersPerGroup: 1, systemTokens: 900 },
    ...{ questionTokens: { kind: "uniform", min: 100, max: 200 }, outputTokens: fixed(1) },
  };
  const { prompt: _prompt, output: _output, ...bare } = steady({ name: "b" });
  const spike = { ...lengths, kind: "spike", to: "chat", rps: 1, peak: 2, at: "2m", for: "1s" };
  const load = [
    steady({ prompt: fixed(1000) }),
    { ...bare, requests: { ...requests, multiTurn: { maxTokens: 1002 } } },
    users({ multiTurn: { maxTokens: 1001 }, prompt: { kind: "empirical", values: [9, 5000] } }),
    { ...spike, name: "c", end: "90s" },
    { ...spike, name: "d", at: "3m" },
    steady({ name: "e", start: "3m", end: "4m" }),
    steady({ name: "f", start: "1m" }),
  ];
  const { warnings } = planned(scenarioOf({ services, load }));
  assert.deepEqual(warnings.map(({ path, message }) => `${path}: ${message}`), [
    "load[0].prompt: Each of these is refused (400): prompts of 1000 tokens and more leave no room " +
    'for an answer in the 1000 of "chat"',
    "load[1].requests: Each of these is refused (400): prompts of 1000 tokens and more leave no " +
    'room for an answer in the 1000 of "chat"',
    "load[1].requests.multiTurn.maxTokens: Conversations begin anew earlier: the context of " +
    '"chat" is 1000',
    'load[2].multiTurn.maxTokens: Conversations begin anew earlier: the context of "chat" is 1000',
    "load[3].at: This never happens: the load ends first",
    "load[4].at: This never happens: the run ends first",
    "load[5].start: This never happens: the run ends first",
    "load[6].end: This never happens: the load ends before it starts",
  ]);
});

Deno.test("plan() names an adapter's load by its place, also behind one that cannot be read", () => {
  const load = [steady({ rps: 0 }), steady({ name: "other", adapter: "sql" })];
  assert.deepEqual(Object.keys(problems(scenarioOf({ load }))), ["load[0].rps", "load[1].adapter"]);
});

Deno.test("Simulation of every kind of load gives the same log for the same seed", () => {
  const requests = {
    ...{ kind: "sharedPrefix", groups: 2, usersPerGroup: 3, systemTokens: 100 },
    ...{ questionTokens: fixed(10), outputTokens: fixed(10), multiTurn: true },
  };
  const rate = { to: "chat", ...lengths };
  const load = [
    users({ think: { mean: "1s" }, retries: { attempts: 2 }, timeout: "4s" }),
    { kind: "gamma", name: "b", rps: 1, burstiness: 0.3, ...rate },
    { kind: "stages", name: "c", stages: [{ rampTo: 2, for: "1m" }], ...rate },
    { kind: "spike", name: "d", rps: 0, peak: 5, at: "5s", for: "9s", ...rate },
    { kind: "diurnal", name: "e", low: 0, high: 3, period: "1m", to: "chat", requests },
  ];
  const data = scenarioOf({ load });
  const [one, again, other] = [run(data), run(data), run(data, { seed: 2 })];
  assert.deepEqual(again.lines, one.lines);
  assert.notDeepEqual(other.lines, one.lines);
});
