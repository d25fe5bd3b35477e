// `--seeds` as its user meets it: the same whoever simulates, and an end at any time.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { deno, inTempDir, mtop, mtopCommand, smallScenario } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const FILE = fromFileUrl("scenarios/canary-failure.ts");

Deno.test("--seeds gives the same text with workers, without, and without any permission", () =>
  inTempDir(async (cwd) => {
    const args = ["--seeds", "3", "--set", "duration=20m"];
    const [three, one, alone, alike] = await Promise.all([
      mtop(["run", FILE, ...args, "--jobs", "3"], { cwd }),
      mtop(["run", FILE, ...args, "--jobs", "1"], { cwd }),
      deno(["run", "--no-prompt", FILE, ...args], { cwd }),
      deno(["run", "--no-prompt", "--allow-read", FILE, ...args, "--jobs", "2"], { cwd }),
    ]);
    deepStrictEqual(three, one);
    deepStrictEqual(alone, one);
    deepStrictEqual(alike, one);
    match(
      one.stdout,
      /^ {2}✓ seed 1, .*\n {2}✓ seed 2, .*\n {2}✓ seed 3, .*\n3 of 3 seeds passed: 100%/,
    );
    match(one.stdout, /\nnearest to a threshold: mtop run \S+ --set 'duration=20m' --seed \d\n$/);
  }));

Deno.test("--seeds -o json is one document: the aggregate, and under runs what each run says alone", () =>
  inTempDir(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/small.ts`, smallScenario());
    const { stdout } = await mtop(["run", "small.ts", "--seeds", "4", "-o", "json"], { cwd });
    const { scenario, seeds, passed, passRate, worst, services, expectations, runs } = JSON.parse(
      stdout,
    );
    deepStrictEqual([scenario, seeds, passed, passRate.rate], ["small", 4, 4, 1]);
    ok(worst.seed >= 1 && worst.seed <= 4);
    ok(services["llama-3-70b"].ttftP95Ms.p5 > 0);
    strictEqual(expectations[0].held, 4);
    strictEqual(runs.length, 4);
    const alone = await mtop(["run", "small.ts", "--seed", "3", "-o", "json"], { cwd });
    const { events: _events, wallSeconds: _wall, ...run } = JSON.parse(alone.stdout);
    deepStrictEqual(runs[2], run);
  }));

Deno.test("--seeds has workers in a project whose own configuration knows no workers without permissions", () =>
  inTempDir(async (cwd) => {
    const { imports } = JSON.parse(await Deno.readTextFile(fromFileUrl("deno.json")));
    const config = { imports: { ...imports, mtop: fromFileUrl("src/mod.ts") } };
    await Deno.writeTextFile(`${cwd}/deno.json`, JSON.stringify(config));
    await Deno.writeTextFile(
      `${cwd}/small.ts`,
      `${smallScenario().replace("export default", "const small =")}
if (import.meta.main) Deno.exitCode = await mtop.main(small);`,
    );
    const args = ["run", "--no-prompt", "--allow-read", "small.ts", "--seeds", "3", "--jobs"];
    const [one, two] = [await deno([...args, "1"], { cwd }), await deno([...args, "2"], { cwd })];
    strictEqual(two.code, 0, two.stderr);
    strictEqual(two.stdout, one.stdout);
    match(two.stdout, /3 of 3 seeds passed/);
  }));

const OWN = smallScenario({
  expect:
    '[mtop.defineMetric({ name: "done", about: "answers", read: (of) => of.completed })().above(9)]',
});

Deno.test("--seeds of a scenario with code of its own gives the same text however many run at a time", () =>
  inTempDir(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/own.ts`, OWN);
    const run = (jobs: string) => mtop(["run", "own.ts", "--seeds", "4", "--jobs", jobs], { cwd });
    const one = await run("1");
    strictEqual(one.code, 0, one.stderr);
    deepStrictEqual(await run("3"), one);
  }));

/** The promise is 200 ms, and a benchmark's matter; what hangs would never end. */
const MOST_MS = 20_000;

/** Waits for the first output of a process, whose streams are piped. */
async function interruptMs(
  child: Deno.ChildProcess,
): Promise<{ ms: number; code: number; text: string }> {
  const reader = child.stdout.getReader();
  await reader.read();
  const startMs = performance.now();
  child.kill("SIGINT");
  const [{ code, stderr }] = await Promise.all([
    (async () => {
      const [status, text] = await Promise.all([child.status, new Response(child.stderr).text()]);
      return { code: status.code, stderr: text };
    })(),
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ]);
  return { ms: performance.now() - startMs, code, text: stderr };
}

for (const jobs of ["1", "2"]) {
  Deno.test(`Ctrl-C ends --seeds --jobs ${jobs} with 105 and says how far it was`, () =>
    inTempDir(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/small.ts`, smallScenario());
      const args = ["run", "small.ts", "--seeds", "100000", "--jobs", jobs];
      const child = mtopCommand(args, { cwd, stdout: "piped", stderr: "piped" }).spawn();
      const { ms, code, text } = await interruptMs(child);
      strictEqual(code, 105);
      match(text, /^error: Interrupted at seed \d+ of 100000\n$/);
      ok(ms < MOST_MS, `${Math.round(ms)} ms`);
    }));
}

Deno.test("Ctrl-C ends a batch of files with 105, and what was done stays told", () =>
  inTempDir(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/a.ts`, smallScenario());
    await Deno.writeTextFile(`${cwd}/b.ts`, smallScenario({ duration: '"2000h"' }));
    await Deno.writeTextFile(`${cwd}/c.ts`, smallScenario());
    const args = ["run", "a.ts", "b.ts", "c.ts", "--junit", "out.xml"];
    const child = mtopCommand(args, { cwd, stdout: "piped", stderr: "piped" }).spawn();
    const { ms, code, text } = await interruptMs(child);
    strictEqual(code, 105);
    match(text, /^error: b\.ts: Interrupted/);
    ok(ms < MOST_MS, `${Math.round(ms)} ms`);
    const xml = await Deno.readTextFile(`${cwd}/out.xml`);
    match(xml, /file="a.ts"[\s\S]*file="b.ts"[\s\S]*type="Interrupted"/);
  }));
