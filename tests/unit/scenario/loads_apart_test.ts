// Loads that are counted apart: which they are, and that their counts are those of their requests.
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

const apart = (fields: Readonly<Record<string, unknown>>) =>
  loadsApart(planned(smallScenario(fields)).scenario).map(({ name }) => name);

const STRICT = { e2e: { p95: "700ms" } };

Deno.test("loadsApart() are those of services with several, where objectives tell them apart", () => {
  const two = [load("a"), load("b")];
  assert.deepEqual(apart({ load: two }), []);
  assert.deepEqual(apart({ load: two, slo: { chat: STRICT } }), []);
  assert.deepEqual(apart({ load: two, slo: { chat: { ...STRICT, goodput: "99%" } } }), ["a", "b"]);
  assert.deepEqual(apart({ load: [load("a"), load("b", { slo: STRICT })] }), ["a", "b"]);
  assert.deepEqual(apart({ load: [load("a", { slo: STRICT })] }), []);
  assert.deepEqual(apart({ load: [load("a", { slo: { goodput: "99%" } })] }), ["a"]);
  const other = load("c", { to: "other" });
  const services = [llm("chat"), llm("other")];
  const slo = { chat: { goodput: "99%" }, other: { goodput: "99%" } };
  assert.deepEqual(apart({ services, load: [...two, other], slo }), ["a", "b"]);
});

Deno.test("loadsApart() are also those that a check names", () => {
  const check = {
    ...{ kind: "metric", metric: "errorRate", comparison: "below", threshold: "1%" },
    load: "users",
  };
  assert.deepEqual(apart({ expect: [check] }), ["users"]);
  assert.deepEqual(apart({ expect: [{ kind: "always", check }] }), ["users"]);
  const found = problems(smallScenario({ expect: [{ ...check, load: "user" }] }));
  assert.deepEqual(found, {
    "expect[0].load": 'Cannot find the load "user": did you mean "users"?',
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
  const { slo, requests } = summarize(state).services["chat"]!;
  const rows = of("request").filter(({ warmup }) => !warmup);
  const total = { arrived: 0, completed: 0, failed: 0, rejected: 0 };
  for (const [name, limitUs] of [["a", 700_000], ["b", 1_500_000]] as const) {
    const counted = slo!.loads[name]!;
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
  const { slo } = summarize(state).services["chat"]!;
  assert.equal(slo!.budget!.objective, 0.9);
  assert.equal(slo!.loads["a"]!.budget!.objective, 0.9);
  assert.deepEqual(
    [slo!.loads["b"]!.budget!.objective, slo!.loads["b"]!.budget!.windowSeconds],
    [0.99, 3600],
  );
  // What has a budget of its own is in no other.
  assert.equal(slo!.budget!.spent, slo!.loads["a"]!.budget!.spent);
  const { goodput, budget } = slo!.loads["a"]!;
  assert.ok(Math.abs(budget!.spent! - (1 - goodput!) / 0.1) < 1e-5);
  assert.equal(slo!.loads["a"]!.priority, -1);
  const [verdict] = of("verdict");
  assert.equal(verdict!.about, "goodput above 10% for a");
  assert.equal(verdict!.got, `${goodput! * 100}%`);
  const text = runText(state);
  assert.match(text, /\n {4}budget {5}[\d.]+% of 10% bad requests spent by a alone, /);
  assert.deepEqual(slo!.budget!.loads, ["a"]);
  assert.match(
    text,
    /\n {4}load +inference priority +priority +arrived +errors +goodput +objective +budget spent\n/,
  );
});

Deno.test("summarize() has no slo where nothing is said of budgets", () => {
  const { state } = run(smallScenario({ slo: { chat: STRICT } }));
  assert.equal(summarize(state).services["chat"]!.slo, null);
  assert.doesNotMatch(runText(state), /budget/);
});
