import assert from "node:assert/strict";
import { type Scenario, sweep } from "mtop";
import { listOf } from "../../../src/cli/sweep_commands.ts";
import { plan } from "../../../src/scenario/plan.ts";
import { parseSetting } from "../../../src/scenario/setting.ts";
import { readSweep, type SweepGrid } from "../../../src/scenario/sweep.ts";
import { smallScenario } from "./small_run.ts";

const SCENARIO = smallScenario() as unknown as Scenario;

function grid(...args: Parameters<typeof readSweep>): SweepGrid {
  const found = readSweep(...args);
  if ("problems" in found) assert.fail(JSON.stringify(found.problems));
  return found;
}

function problem(...args: Parameters<typeof readSweep>): [string, string] {
  const found = readSweep(...args);
  assert.ok("problems" in found);
  return [found.problems[0]!.path, found.problems[0]!.message];
}

Deno.test("readSweep() makes every combination, the last path varying fastest", () => {
  const { paths, points, seeds } = grid(sweep({
    scenario: SCENARIO,
    vary: { "load.users.rps": [1, 2, 3], "services[0].spec.replicas": [1, 2] },
    seeds: 4,
  }));
  assert.deepEqual([paths, seeds], [["load.users.rps", "services[0].spec.replicas"], 4]);
  assert.deepEqual(
    points.map(({ values }) => Object.values(values)),
    [[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2]],
  );
  const { load, services } = points[3]!.data as ReturnType<typeof smallScenario>;
  assert.equal(load[0]!["rps"], 2);
  assert.equal(services[0]!.spec.replicas, 2);
});

Deno.test("readSweep() takes a plain scenario, what is to be set first and what is to be varied", () => {
  const setting = parseSetting("duration=1m");
  assert.ok(!("problem" in setting));
  const { points, seeds } = grid(SCENARIO, { set: [setting], vary: { "load[0].rps": [1, 2] } });
  assert.equal(seeds, 10);
  assert.deepEqual(points.map(({ data }) => (data as { duration: string }).duration), ["1m", "1m"]);
  const file = sweep({ scenario: SCENARIO, vary: { "load[0].rps": [1, 2] }, seeds: 2 });
  const more = grid(file, { vary: { "load[0].rps": [5], warmup: ["1m", "2m"] }, seeds: 3 });
  assert.deepEqual(more.points.map(({ values }) => Object.values(values)), [[5, "1m"], [5, "2m"]]);
  assert.equal(more.seeds, 3);
});

Deno.test("readSweep() says what is wrong, and where", () => {
  assert.deepEqual(problem(SCENARIO), [
    "vary",
    "Cannot sweep over nothing: say vary, --vary path=v1,v2, --tp or --gpu",
  ]);
  const vary = (vary: unknown) => problem({ kind: "sweep", scenario: SCENARIO, vary });
  assert.deepEqual(vary({ "load.user.rps": [1] }), [
    "vary",
    'Cannot set "load.user.rps": there is no "user" in load, did you mean "users"?',
  ]);
  assert.match(vary({ "load[": [1] })[1], /Cannot vary "load\[": write a path/);
  assert.match(vary({ "load[0].rps": [] })[1], /name at least one value/);
  assert.equal(vary({ "load[0].rps": 3 })[0], "vary.load[0].rps");
  assert.match(
    problem(SCENARIO, { vary: { "load[0].rps": [1, 2] }, seeds: 50_001 })[1],
    /Cannot sweep over 100002 runs: 100000 is the most/,
  );
  assert.equal(problem({ kind: "sweep", scenario: SCENARIO, vary: {}, seed: 3 })[0], "seed");
});

Deno.test("plan() of a sweep says which command runs it", () => {
  const found = plan(sweep({ scenario: SCENARIO, vary: { seed: [1, 2] } }));
  assert.ok("problems" in found);
  assert.deepEqual(found.problems, [
    { path: "", message: "this is a sweep, many runs of a scenario: mtop sweep runs it" },
  ]);
});

Deno.test("listOf() takes commas apart outside of brackets and quotes", () => {
  assert.deepEqual(listOf("10,20,30"), [10, 20, 30]);
  assert.deepEqual(listOf('1s,"a,b",[1,2],{"a":[1,2]},x'), [
    "1s",
    "a,b",
    [1, 2],
    { a: [1, 2] },
    "x",
  ]);
});
