import assert from "node:assert/strict";
import {
  idlePaths,
  sweepCsv,
  sweepJson,
  type SweepOutcome,
  sweepText,
} from "../../../src/report/sweep_table.ts";

function run(seed: number, goodput: number | null, passed: number) {
  const figures = { chat: { goodput, "ttftMs.p95": 100 * seed, costUsd: null } };
  const calibration = { chat: "uncalibrated" };
  return { seed, log: `hash${seed}`, passed, expectations: 2, calibration, figures };
}

const OUTCOMES: readonly SweepOutcome[] = [
  { values: { rps: 10, image: 'a "b", c' }, scenario: "s1", runs: [run(1, 1, 2), run(2, 0.5, 1)] },
  { values: { rps: 20, image: "d" }, scenario: "s2", runs: [run(1, null, 0), run(2, null, 0)] },
];

Deno.test("sweepText() has a row for each combination: how many held, means, and the calibration", () => {
  assert.equal(
    sweepText(["rps", "image"], OUTCOMES, {}),
    [
      "  rps      image   held   goodput   ttft p95   calibration",
      '   10   a "b", c   1/2        75%      150ms   uncalibrated',
      "   20          d   0/2          -      150ms   uncalibrated",
      "",
    ].join("\n"),
  );
});

Deno.test("a sweep of a scenario that expects nothing says of no run that it held", () => {
  const [first] = OUTCOMES;
  const runs = [{ ...run(1, 1, 0), expectations: 0 }];
  const outcomes = [{ ...first!, runs }];
  assert.match(sweepText(["rps", "image"], outcomes, {}), / {3}- {9}100% /);
  assert.equal(JSON.parse(sweepJson(["rps", "image"], outcomes)).points[0].held, null);
});

Deno.test("sweepText() calls fields by the ends of their paths where the terminal is narrow", () => {
  const outcomes = OUTCOMES.map(({ runs, scenario }, index): SweepOutcome => ({
    values: { "services[0].spec.replicas": index, "services[0].spec.prefill.replicas": 2 },
    ...{ scenario, runs },
  }));
  const paths = ["services[0].spec.replicas", "services[0].spec.prefill.replicas"];
  const headAt = (width: number) => sweepText(paths, outcomes, { width }).split("\n")[0];
  assert.equal(
    headAt(100),
    "  spec.replicas   prefill.replicas   held   goodput   ttft p95   calibration",
  );
  assert.match(headAt(120)!, /^ {2}services\[0\]\.spec\.replicas {3}services/);
  assert.equal(headAt(60), "  spec.replicas   prefill.replicas   held   calibration");
});

Deno.test("sweepJson() has the spread of every figure, unknown as null", () => {
  const { paths, points } = JSON.parse(sweepJson(["rps", "image"], OUTCOMES));
  assert.deepEqual(paths, ["rps", "image"]);
  assert.equal(points[0].held, 1);
  assert.deepEqual(points[0].services.chat.figures.goodput, { mean: 0.75, min: 0.5, max: 1 });
  assert.equal(points[1].services.chat.figures.goodput, null);
  assert.deepEqual(points[1].runs[1], { seed: 2, logHash: "hash2", passed: 0, expectations: 2 });
});

Deno.test("sweepCsv() has a line for each run, quotes what must be, and leaves the unknown empty", () => {
  const lines = sweepCsv(["rps", "image"], OUTCOMES).split("\r\n");
  assert.equal(lines.length, 6);
  assert.match(lines[0]!, /^rps,image,seed,service,passed,expectations,requests\.arrived,/);
  assert.match(lines[1]!, /^10,"a ""b"", c",1,chat,2,2,/);
  const columns = lines[0]!.split(",");
  const cells = lines[3]!.split(",");
  assert.equal(cells.length, columns.length);
  assert.equal(cells[columns.indexOf("goodput")], "");
  assert.equal(cells[columns.indexOf("ttftMs.p95")], "100");
});

Deno.test("idlePaths() names fields by whose values alone no figure differs", () => {
  const point = (a: number, b: number, goodput: number): SweepOutcome => ({
    values: { a, b, fixed: 1 },
    scenario: `${a} ${b}`,
    runs: [run(1, goodput, 1)],
  });
  const paths = ["a", "b", "fixed"];
  const idle = [point(1, 1, 0.5), point(1, 2, 0.5), point(2, 1, 0.7), point(2, 2, 0.7)];
  assert.deepEqual(idlePaths(paths, idle), ["b"]);
  assert.deepEqual(idlePaths(paths, [...idle.slice(1), point(1, 1, 0.6)]), []);
});
