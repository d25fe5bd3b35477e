// `mtop sweep`: its table, its database, and what a kill -9 at any instant leaves of it.

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SweepStore } from "../../src/cli/sweep_store.ts";
import { Killer } from "./kill.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";

const SMALL = smallScenario({ duration: '"1m"' });
const VARY = ["--vary", "load.chat.rps=2,4", "--vary", "services[0].spec.replicas=1,2"];
const KILLS = 20;

/** Rows of a query, from a connection of its own. */
function query(path: string, sql: string): Record<string, unknown>[] {
  // Its writer may hold it for a moment, as when it makes it.
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    // As plain objects: these have no prototype.
    return database.prepare(sql).all().map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

function countRuns(path: string): number {
  return Number(query(path, "SELECT count(*) AS n FROM runs")[0]!["n"]);
}

Deno.test("mtop sweep tables every combination, keeps each run once and runs only what is new", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, SMALL);
    const sweep = (...args: string[]) =>
      mtop(["sweep", "small.ts", ...VARY, "--db", "s.db", ...args], { cwd: dir });
    const first = await sweep("--seeds", "2");
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stderr, "");
    const rows = first.stdout.trimEnd().split("\n");
    assert.match(
      rows[0]!,
      /^ {2}load\.chat\.rps {3}services\[0\]\.spec\.replicas {3}held {3}errors/,
    );
    assert.equal(rows.length, 5);
    assert.equal(countRuns(`${dir}/s.db`), 8);
    const again = await sweep("--seeds", "2");
    assert.equal(again.stderr, "8 of 8 runs were there\n");
    assert.equal(again.stdout, first.stdout);
    const more = await sweep("--seeds", "3", "-o", "json");
    assert.equal(more.stderr, "8 of 12 runs were there\n");
    assert.equal(countRuns(`${dir}/s.db`), 12);
    const { points } = JSON.parse(more.stdout);
    const alone = await mtop(
      [
        "run",
        "small.ts",
        "--set",
        "load.chat.rps=4",
        "--set",
        "services[0].spec.replicas=2",
        "--seed",
        "3",
        "-o",
        "json",
      ],
      { cwd: dir },
    );
    const run = JSON.parse(alone.stdout);
    assert.equal(points[3].runs[2].logHash, run.logHash);
    const stored = query(
      `${dir}/s.db`,
      `SELECT value FROM figures JOIN runs USING (scenario, seed, engine)
       WHERE log = '${run.logHash}' AND figure = 'ttftMs.p95'`,
    );
    assert.deepEqual(stored.map(({ value }) => value), [run.services["llama-3-70b"].ttftMs.p95]);
  }));

Deno.test("mtop sweep runs the sweep() of a file, without a database, and prints CSV", () =>
  inTempDir(async (dir) => {
    const source = SMALL.replace("export default scenario(", "const small = scenario(") +
      'export default mtop.sweep({ scenario: small, vary: { "load.chat.rps": [2, 4] }, seeds: 2 });\n';
    await Deno.writeTextFile(`${dir}/sweep.ts`, source);
    const { code, stdout, stderr } = await mtop(["sweep", "sweep.ts", "-o", "csv"], { cwd: dir });
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\r\n").map((line) => line.split(","));
    assert.deepEqual(lines.map(([rps, seed]) => [rps, seed]), [
      ["load.chat.rps", "seed"],
      ["2", "1"],
      ["2", "2"],
      ["4", "1"],
      ["4", "2"],
    ]);
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["sweep.ts"]);
  }));

Deno.test("mtop sweep refuses a combination that is invalid with 104, and a file that is no database of its own", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, SMALL);
    const invalid = await mtop(["sweep", "small.ts", "--vary", "load.chat.rps=2,-1"], { cwd: dir });
    assert.equal(invalid.code, 104);
    assert.match(invalid.stderr, /^small\.ts: load\[0\]\.rps: .* \(with load\.chat\.rps=-1\)\n$/);
    const other = new DatabaseSync(`${dir}/other.db`);
    other.exec("CREATE TABLE mine (a)");
    other.close();
    await Deno.writeTextFile(`${dir}/text.db`, "no database at all, but a text\n".repeat(200));
    for (
      const [name, words] of [
        ["other.db", /a database of another program/],
        ["text.db", /Cannot use "text\.db" for outcomes: file is not a database/],
        ["nowhere/x.db", /unable to open database file/],
      ] as const
    ) {
      const { code, stderr } = await mtop(["sweep", "small.ts", ...VARY, "--db", name], {
        cwd: dir,
      });
      assert.equal(code, 1);
      assert.match(stderr, words);
    }
  }));

Deno.test("mtop sweep does not mix what two engines simulated", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, SMALL);
    const sweep = (seeds: string) =>
      mtop(["sweep", "small.ts", "--vary", "load.chat.rps=2", "--db", "s.db", "--seeds", seeds], {
        cwd: dir,
      });
    assert.equal((await sweep("1")).code, 0);
    const database = new DatabaseSync(`${dir}/s.db`);
    database.exec("UPDATE runs SET log = 'as an engine before this one had it'");
    database.close();
    const { code, stdout, stderr } = await sweep("2");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /Cannot go on in "s\.db": this mtop has another engine/);
    assert.equal(countRuns(`${dir}/s.db`), 1);
  }));

Deno.test("SweepStore.add() keeps a run that is there as it is", () => {
  using store = SweepStore.open(undefined);
  const run = {
    ...{ scenario: "s", seed: 1, engine: "1", log: "first", events: 3, passed: 1, expectations: 1 },
    ...{ calibration: {}, prices: {}, figures: { chat: { goodput: 1, costUsd: null } } },
  };
  store.add(run);
  store.add({ ...run, log: "second", figures: { chat: { goodput: 0 } } });
  store.add({ ...run, seed: 9 });
  assert.deepEqual(store.runs("s", "1", 5), [run]);
  assert.deepEqual(store.runs("s", "2", 5), []);
});

Deno.test("mtop sweep that is killed 20 times leaves a whole database, goes on, and comes to the same table", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario({ duration: '"20m"' }));
    // Two at a time: with many, all of them would be done at once.
    const args = ["sweep", "small.ts", ...VARY, "--seeds", "10", "--jobs", "2"];
    const db = `${dir}/killed.db`;
    const killer = new Killer(dir);
    let between = 0;
    let startMs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = runsIn(db);
      const sinceMs = performance.now();
      const wait = () => performance.now() - sinceMs;
      // Half of them while it runs, half of them while it starts or makes the database, which takes
      // as long as the machine lets it.
      const sooner = Math.random() * startMs;
      await killer.kill(
        [...args, "--db", "killed.db"],
        kill % 2 === 1 ? () => wait() >= sooner : () => {
          if (runsIn(db) <= before) return false;
          startMs = wait();
          return true;
        },
        kill % 2 === 1 ? 0 : Math.random() * 40,
      );
      const now = runsIn(db);
      assert.ok(now >= before, "no run is lost");
      if (now > before && now < 40) between++;
    }
    assert.ok(between > 3, `${between} kills came between two runs`);
    const resumed = await mtop([...args, "--db", "killed.db"], { cwd: dir });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(runsIn(db), 40);
    const whole = await mtop([...args, "--db", "whole.db"], { cwd: dir });
    assert.equal(resumed.stdout, whole.stdout);
    const logs = "SELECT scenario, seed, log FROM runs ORDER BY scenario, seed";
    assert.deepEqual(query(db, logs), query(`${dir}/whole.db`, logs));
  }));

/** How many runs a database holds, which must be a whole one. */
function runsIn(path: string): number {
  if (!exists(path)) return 0;
  assert.deepEqual(query(path, "PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  const tables = query(path, "SELECT name FROM sqlite_schema WHERE name = 'figures'");
  if (tables.length === 0) return 0;
  const torn = "SELECT count(*) AS n FROM figures LEFT JOIN runs USING (scenario, seed, engine) " +
    "WHERE log IS NULL";
  assert.deepEqual(query(path, torn), [{ n: 0 }]);
  return countRuns(path);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("mtop sweep varies tensor parallelism and GPUs with all that goes with them, and leaves out what cannot be", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, SMALL);
    const args = ["sweep", "small.ts", "--tp", "1,4,8", "--gpu", "H100-SXM,L40S", "--seeds", "1"];
    const { code, stdout, stderr } = await mtop([...args, "-o", "json"], { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^left out: tp 1 on H100-SXM: torch\.OutOfMemoryError: CUDA out of memory\n/,
    );
    const { paths, points } = JSON.parse(stdout);
    assert.deepEqual(paths, ["gpu", "tp"]);
    const shapes = points.map(({ values }: { values: { gpu: string; tp: number } }) =>
      `${values.tp} ${values.gpu}`
    );
    assert.deepEqual(shapes, ["4 H100-SXM", "8 H100-SXM", "8 L40S"]);
    const hours = points.map((
      { services }: { services: Record<string, { figures: Record<string, { mean: number }> }> },
    ) => services["llama-3-70b"]!.figures["gpuHours"]!.mean);
    assert.ok(Math.abs(hours[1] / hours[0] - 2) < 0.01, `${hours}`);
    const none = await mtop(["sweep", "small.ts", "--tp", "3", "--seeds", "1"], { cwd: dir });
    assert.deepEqual([none.code, none.stdout], [104, ""]);
    assert.match(none.stderr, /^small\.ts: .*must be divisible by tensor parallel size \(3\)/);
  }));

Deno.test("mtop sweep says with which field no figure changes", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, SMALL);
    const vary = [
      "--vary",
      "services[0].metadata.labels.tier=gold,silver",
      "--vary",
      "load.chat.rps=2,4",
    ];
    const { code, stderr } = await mtop(["sweep", "small.ts", ...vary, "--seeds", "1"], {
      cwd: dir,
    });
    assert.equal(code, 0);
    assert.equal(
      stderr,
      "note: no figure changes with services[0].metadata.labels.tier: is it the field that is meant?\n",
    );
  }));
