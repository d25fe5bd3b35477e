// Loads that are told apart: which they are, and that their counts are those of their requests.
import assert from "node:assert/strict";
import { summarize } from "../../../src/report/summary.ts";
import { runText } from "../../../src/report/text.ts";
import { loadsApart } from "../../../src/scenario/loads_apart.ts";
import { llm } from "../fleet/small_fleet.ts";
import { planned, problems, run, smallScenario } from "./small_run.ts";

const load = (name: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  ...{ kind: "poisson", name, to: "chat", rps: 2 },
  prompt: { kind: "fixed", tokens: 200 },
  output: { kind: "uniform", min: 1, max: 100 },
  ...fields,
});

/** Loads that are told apart, those that are timed with a star; and whose first load is what is left. */
function apart(fields: Readonly<Record<string, unknown>>) {
  const { counted, restOf } = loadsApart(planned(smallScenario(fields)).scenario);
  return {
    told: [...counted.values()].map(({ name, timed }) => timed ? `${name}*` : name),
    rest: Object.fromEntries([...restOf].map(([{ name }, services]) => [name, services])),
  };
}

const STRICT = { e2e: { p95: "700ms" } };

Deno.test("loadsApart() are all but the first of a service with several, and what is left is the first's", () => {
  const two = [load("a"), load("b")];
  const rest = { a: ["chat"] };
  assert.deepEqual(apart({ load: [load("a")] }), { told: [], rest: {} });
  assert.deepEqual(apart({ load: two }), { told: ["b*"], rest });
  // The first is the one that begins first.
  assert.deepEqual(apart({ load: [load("b", { start: "1m" }), load("a")] }), {
    told: ["b*"],
    rest,
  });
  const row = [load("a", { end: "1m" }), load("a2", { continues: "a", start: "1m" })];
  assert.deepEqual(apart({ load: row }), { told: [], rest: {} });
  assert.deepEqual(apart({ load: [...row, load("b")] }), { told: ["b*"], rest });
  const other = load("c", { to: "other" });
  const services = [llm("chat"), llm("other")];
  assert.deepEqual(apart({ services, load: [...two, other] }), { told: ["b*"], rest });
  assert.deepEqual(apart({ load: two, slo: { chat: { ...STRICT, goodput: "99%" } } }), {
    told: ["b*"],
    rest,
  });
});

Deno.test("loadsApart() are also those that have a budget of their own or that a check names", () => {
  assert.deepEqual(apart({ load: [load("a", { slo: STRICT })] }), { told: [], rest: {} });
  const budget = { slo: { goodput: "99%" } };
  assert.deepEqual(apart({ load: [load("a", budget)] }), { told: ["a"], rest: {} });
  assert.deepEqual(apart({ load: [load("a", budget), load("b")] }), {
    told: ["a", "b*"],
    rest: { a: ["chat"] },
  });
  const check = {
    ...{ kind: "metric", metric: "errorRate", comparison: "below", threshold: "1%" },
    load: "users",
  };
  assert.deepEqual(apart({ expect: [check] }).told, ["users"]);
  assert.deepEqual(apart({ expect: [{ kind: "always", check }] }).told, ["users"]);
  // Of a row of loads each is told by itself where one is asked for.
  const row = [load("users", { end: "1m" }), load("more", { continues: "users", start: "1m" })];
  assert.deepEqual(apart({ load: row, expect: [check] }), {
    told: ["users", "more*"],
    rest: { users: ["chat"] },
  });
});

Deno.test("plan() names a load that is not there, by its path, and those that are", () => {
  const check = {
    ...{ kind: "metric", metric: "ttft", comparison: "below", threshold: "1s" },
    load: "user",
  };
  const message = 'Cannot find the load "user": did you mean "users"?';
  const when = { kind: "whenever", check: { ...check, over: "1m" } };
  assert.deepEqual(problems(smallScenario({ expect: [check] })), { "expect[0].load": message });
  assert.deepEqual(problems(smallScenario({ expect: [{ kind: "always", check }] })), {
    "expect[0].check.load": message,
  });
  const on = { kind: "nodes", mode: "first" };
  const fault = { kind: "node-loss", on, when, for: "30s" };
  assert.deepEqual(problems(smallScenario({ faults: [fault] })), {
    "faults[0].when.check.load": message,
  });
  assert.deepEqual(problems(smallScenario({ expect: [{ ...check, load: "batch" }] })), {
    "expect[0].load": 'Cannot find the load "batch": known: users',
  });
  const services = [llm("chat"), llm("other")];
  const two = [load("users"), load("more", { to: "other" })];
  const elsewhere = { ...check, service: "chat", load: "more" };
  assert.deepEqual(problems(smallScenario({ services, load: two, expect: [elsewhere] })), {
    "expect[0].load": 'Cannot measure the load "more" of "chat", where it never goes: known: users',
  });
});

/** Two classes on one service; a node is lost, so that some requests fail. */
const TWO_CLASSES = smallScenario({
  warmup: "1m",
  slo: { chat: { e2e: { p95: "700ms" }, goodput: "90%" } },
  load: [
    load("a", { priority: -1, retries: { attempts: 2 } }),
    load("b", { slo: { e2e: { p95: "1500ms" }, goodput: "99%", window: "1h" } }),
  ],
  faults: [{
    ...{ kind: "node-loss", name: "loss", when: "5m", for: "30s" },
    on: { kind: "nodes", mode: "first" },
  }],
  expect: [{
    ...{ kind: "metric", metric: "goodput", load: "a", comparison: "above", threshold: "10%" },
  }],
});

Deno.test("a load's counts are those of its requests' rows, and all of them are the service's", () => {
  const { state, of } = run(TWO_CLASSES, { recordRequests: true });
  const { loads, requests } = summarize(state).services["chat"]!;
  const rows = of("request").filter(({ warmup }) => !warmup);
  const total = { arrived: 0, completed: 0, failed: 0, rejected: 0 };
  for (const [name, limitUs] of [["a", 700_000], ["b", 1_500_000]] as const) {
    const counted = loads[name]!;
    const mine = rows.filter((row) => row.load === name);
    const outcomes = (outcome: string) => mine.filter((row) => row.outcome === outcome).length;
    assert.equal(counted.requests.completed, outcomes("completed"), name);
    assert.equal(counted.requests.failed, outcomes("failed"), name);
    for (const key of ["arrived", "completed", "failed", "rejected"] as const) {
      total[key] += counted.requests[key];
    }
    // Of the first attempts alone: what was tried before counts as well, and no row has it.
    if (mine.some(({ attempt }) => attempt !== undefined)) continue;
    const good = mine.filter(({ e2eUs }) => e2eUs !== undefined && e2eUs <= limitUs).length;
    assert.ok(Math.abs(counted.goodput! - good / mine.length) < 1e-6, name);
  }
  const { arrived, completed, failed, rejected } = requests;
  assert.deepEqual(total, { arrived, completed, failed, rejected });
});

Deno.test("summarize() has a budget of the service and of each load, by its own objective", () => {
  const { state, of } = run(TWO_CLASSES);
  const { slo, loads } = summarize(state).services["chat"]!;
  assert.equal(slo!.budget.objective, 0.9);
  assert.equal(loads["a"]!.budget!.objective, 0.9);
  assert.deepEqual(
    [loads["b"]!.budget!.objective, loads["b"]!.budget!.windowSeconds],
    [0.99, 3600],
  );
  // What has a budget of its own is in no other.
  assert.equal(slo!.budget.spent, loads["a"]!.budget!.spent);
  const { goodput, budget } = loads["a"]!;
  assert.ok(Math.abs(budget!.spent! - (1 - goodput!) / 0.1) < 1e-5);
  assert.equal(loads["a"]!.priority, -1);
  const [verdict] = of("verdict");
  assert.equal(verdict!.about, "goodput above 10% for a");
  assert.equal(verdict!.got, `${goodput! * 100}%`);
  const text = runText(state);
  assert.match(text, /\n {4}budget {5}[\d.]+% of 10% bad requests spent by a alone, /);
  assert.deepEqual(slo!.budget.loads, ["a"]);
  // Neither has a priority of its InferenceObjective's.
  assert.match(
    text,
    /\n {4}load +priority +arrived +errors +goodput +objective +budget spent +ttft p95 +/,
  );
});

Deno.test("summarize() has no slo where nothing is said of budgets", () => {
  const { state } = run(smallScenario({ slo: { chat: STRICT } }));
  const { slo, loads } = summarize(state).services["chat"]!;
  assert.deepEqual([slo, loads], [null, {}]);
  assert.doesNotMatch(runText(state), /budget|\n +load /);
});
