// Several scenario files as a pipeline runs them: patterns, what stops what, exit codes, annotations.

import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { deno, inTempDir, mtop, smallScenario } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const FAILING = smallScenario({
  name: '"fails"',
  expect: '[\n    metric.errorRate().above("1%"),\n  ]',
});
const INVALID = smallScenario({ name: '"bad"', warmup: '"3 days"' });

/** Files of these names and texts in a directory of their own. */
function inFolder(
  files: Readonly<Record<string, string>>,
  test: (dir: string) => Promise<void>,
): Promise<void> {
  return inTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/sub`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    await test(dir);
  });
}

const lines = (text: string) => text.trimEnd().split("\n");

Deno.test("mtop run expands patterns, sorts them, takes each file once, and has a line a file", () =>
  inFolder({
    "b.ts": smallScenario(),
    "a.ts": smallScenario({ name: '"first"' }),
    "sub/c.ts": smallScenario(),
    "notes.txt": "",
  }, async (cwd) => {
    const { code, stdout, stderr } = await mtop(["run", "sub/c.ts", "**/*.ts"], { cwd });
    strictEqual(code, 0, stderr);
    strictEqual(stderr, "");
    const files = lines(stdout).slice(0, -1).map((line) => /^✓ (\S+) +1 of 1/.exec(line)?.[1]);
    deepStrictEqual(files, ["sub/c.ts", "a.ts", "b.ts"]);
    strictEqual(lines(stdout).at(-1), "3 scenarios: 3 passed");
  }));

Deno.test("mtop run says when a pattern matches no file, and takes a file of that name as it is", () =>
  inFolder({ "[a].ts": smallScenario() }, async (cwd) => {
    const none = await mtop(["run", "scenarios/*.ts"], { cwd });
    strictEqual(none.code, 1);
    strictEqual(
      none.stderr,
      'error: Cannot find a scenario: no file matches "scenarios/*.ts"\n',
    );
    const { code, stdout, stderr } = await mtop(["run", "[a].ts"], { cwd });
    strictEqual(code, 0, stderr);
    match(stdout, /1 of 1 expectations held/);
  }));

Deno.test("mtop run says of a file that is no module that it is none, and of a log what shows it", () =>
  inFolder({ "run.jsonl": "{}\n", "page.html": "<p>" }, async (cwd) => {
    const log = await mtop(["run", "run.jsonl"], { cwd });
    strictEqual(log.code, 1);
    match(
      log.stderr,
      /^error: Cannot run "run\.jsonl": a scenario's file is .*; of a log there is mtop replay/,
    );
    const page = await mtop(["run", "page.html"], { cwd });
    strictEqual(page.code, 1);
    match(
      page.stderr,
      /^error: Cannot run "page\.html": a scenario's file is TypeScript or JavaScript\n$/,
    );
  }));

Deno.test("mtop run goes on after a file that cannot be run, and exits with the worst of them", () =>
  inFolder({
    "a.ts": INVALID,
    "b.ts": FAILING,
    "c.ts": "throw new Error('no')",
    "d.ts": smallScenario(),
  }, async (cwd) => {
    const { code, stdout, stderr } = await mtop(["run", "*.ts", "e.ts"], { cwd });
    strictEqual(code, 107);
    deepStrictEqual(lines(stdout).filter((line) => /^[✓✗]/.test(line)).map((line) => line[0]), [
      ..."✗✗✗✓✗",
    ]);
    strictEqual(
      lines(stdout).at(-1),
      "5 scenarios: 1 passed, 1 failed, 1 invalid, 1 threw, 1 could not be run",
    );
    match(stderr, /^a.ts: warmup: Invalid duration "3 days"/);
    match(stderr, /\nerror: The scenario "c.ts" threw Error: no/);
    match(stderr, /\nerror: Cannot find the scenario "e.ts": there is no such file\n$/);
    for (const [files, expected] of [["ab", 104], ["bd", 99], ["be", 1]] as const) {
      const { code } = await mtop(["run", ...[...files].map((file) => `${file}.ts`)], { cwd });
      strictEqual(code, expected, files);
    }
  }));

Deno.test("mtop run --bail stops at the first file that fails, and at the first seed", () =>
  inFolder({ "a.ts": smallScenario(), "b.ts": FAILING, "c.ts": smallScenario() }, async (cwd) => {
    const files = await mtop(["run", "*.ts", "--bail"], { cwd });
    strictEqual(files.code, 99);
    strictEqual(lines(files.stdout).at(-1), "3 scenarios: 1 passed, 1 failed, 1 not run");
    const seeds = await mtop(["run", "b.ts", "--bail", "--seeds", "20"], { cwd });
    strictEqual(seeds.code, 99);
    match(seeds.stdout, /^ {2}✗ seed 1, .*\n0 of 1 seeds passed/);
    strictEqual(seeds.stderr, "stopped at seed 1 of 20, the first that failed\n");
  }));

Deno.test("mtop run --bail keeps no log of a file that it says was not run, and counts it in the job's summary", () =>
  inFolder({ "a.ts": FAILING.replace("2m", "4m"), "b.ts": FAILING }, async (cwd) => {
    const env = { GITHUB_STEP_SUMMARY: `${cwd}/summary.md`, GITHUB_WORKSPACE: "" };
    const args = ["run", "*.ts", "--bail", "--jobs", "2", "--keep-failed", "kept", "--annotations"];
    const { code, stdout, stderr } = await mtop(args, { cwd, env });
    strictEqual(code, 99, stderr);
    strictEqual(lines(stdout).at(-1), "2 scenarios: 0 passed, 1 failed, 1 not run");
    deepStrictEqual([...Deno.readDirSync(`${cwd}/kept`)].map(({ name }) => name), [
      "fails-seed1.jsonl",
    ]);
    match(
      Deno.readTextFileSync(`${cwd}/summary.md`),
      /^### mtop: 0 of 2 scenarios passed, 1 not run\n/,
    );
  }));

Deno.test("mtop run of several files says of which one an error is", () =>
  inFolder({ "a.ts": smallScenario(), "b.ts": smallScenario() }, async (cwd) => {
    const { code, stderr } = await mtop(["run", "*.ts", "--set", "load.nobody.rps=1"], { cwd });
    strictEqual(code, 1);
    match(stderr, /^error: a\.ts: Cannot set "load\.nobody\.rps": .*\nerror: b\.ts: Cannot set /);
  }));

Deno.test("mtop run --filter chooses by the name of the scenario or the file", () =>
  inFolder({ "a.ts": FAILING, "b.ts": smallScenario(), "c.ts": INVALID }, async (cwd) => {
    const chosen = async (text: string) => {
      const { code, stdout } = await mtop(["run", "*.ts", "--filter", text], { cwd });
      return [code, ...stdout.matchAll(/^[✓✗] (\S+)/gm)].map((found) =>
        typeof found === "number" ? found : found[1]
      );
    };
    deepStrictEqual(await chosen("FAILS"), [99, "a.ts"]);
    deepStrictEqual(await chosen("b.ts"), [0, "b.ts"]);
    deepStrictEqual(await chosen("bad"), [104, "c.ts"]);
    const none = await mtop(["run", "*.ts", "--filter", "nobody"], { cwd });
    strictEqual(none.code, 1);
    strictEqual(none.stderr, `error: No scenario's name or file holds "nobody"\n`);
  }));

Deno.test("mtop run -o json has a document a file, the same that the file has alone", () =>
  inFolder({ "a.ts": FAILING, "b.ts": smallScenario() }, async (cwd) => {
    const plain = (text: string) => text.replaceAll(/"wallSeconds": .*/g, "");
    const both = await mtop(["run", "*.ts", "-o", "json"], { cwd });
    strictEqual(both.code, 99);
    const alone = await Promise.all(
      ["a.ts", "b.ts"].map((file) => mtop(["run", file, "-o", "json"], { cwd })),
    );
    strictEqual(plain(both.stdout), plain(alone.map(({ stdout }) => stdout).join("")));
  }));

Deno.test("mtop run of several files gives one result with one job and with many", () =>
  inFolder({
    "a.ts": FAILING,
    "b.ts": smallScenario(),
    "c.ts": smallScenario({ seed: "7" }),
    "d.ts": INVALID,
  }, async (cwd) => {
    const run = (jobs: string) => mtop(["run", "*.ts", "--jobs", jobs], { cwd });
    deepStrictEqual(await run("3"), await run("1"));
  }));

Deno.test("mtop run --keep-failed records what failed, and nothing else, for replay and verify", () =>
  inFolder({ "a.ts": FAILING, "b.ts": smallScenario(), "sub/a.ts": FAILING }, async (cwd) => {
    const args = ["run", "**/*.ts", "--seeds", "2", "--keep-failed", "kept/here"];
    const { code, stderr } = await mtop(args, { cwd });
    strictEqual(code, 99);
    const names = [...Deno.readDirSync(`${cwd}/kept/here`)].map(({ name }) => name).sort();
    deepStrictEqual(names, [
      "fails-seed1-2.jsonl",
      "fails-seed1.jsonl",
      "fails-seed2-2.jsonl",
      "fails-seed2.jsonl",
    ]);
    for (const name of names) {
      match(stderr, new RegExp(`^kept "kept/here/${name}"$`, "m"));
      const { code, stderr: problem } = await mtop(["verify", `kept/here/${name}`], { cwd });
      strictEqual(code, 0, problem);
    }
    const replayed = await mtop(["replay", "kept/here/fails-seed2.jsonl"], { cwd });
    match(replayed.stdout, /fails at 2m00s of 2m00s, seed 2/);
  }));

const GITHUB = { GITHUB_ACTIONS: "true" };

Deno.test("mtop run --keep-failed says before it runs that its folder is a file", () =>
  inFolder({ "a.ts": smallScenario() }, async (cwd) => {
    const { code, stdout, stderr } = await mtop(["run", "a.ts", "--keep-failed", "a.ts"], { cwd });
    deepStrictEqual([code, stdout], [1, ""]);
    strictEqual(stderr, `error: Cannot keep logs in "a.ts": it is a file\n`);
  }));

Deno.test("mtop run annotates what failed in a job of GitHub's, from the root of the checkout", () =>
  inFolder(
    { "sub/a.ts": FAILING, "sub/b.ts": INVALID, "sub/c.ts": smallScenario() },
    async (dir) => {
      const env = { ...GITHUB, GITHUB_WORKSPACE: dir, GITHUB_STEP_SUMMARY: `${dir}/summary.md` };
      await Deno.writeTextFile(`${dir}/summary.md`, "of the step before\n");
      const { stdout, stderr } = await mtop(["run", "*.ts"], { cwd: `${dir}/sub`, env });
      doesNotMatch(stdout, /::error/);
      const line = FAILING.split("\n").findIndex((text) => text.includes("expect: [")) + 1;
      ok(line > 1);
      const errors = lines(stderr).filter((text) => text.startsWith("::error"));
      strictEqual(errors.length, 2, stderr);
      match(
        errors[0]!,
        new RegExp(`^::error file=sub/a.ts,line=${line},title=fails%3A errorRate `),
      );
      match(errors[0]!, /::expected above 1%25, got 0%25 at 2m00s%0Aonce more: mtop run a.ts /);
      match(errors[1]!, /^::error file=sub\/b.ts,line=\d+,title=b%3A warmup::Invalid duration/);
      const summary = await Deno.readTextFile(`${dir}/summary.md`);
      match(summary, /^of the step before\n### mtop: 1 of 3 scenarios passed\n/);
    },
  ));

Deno.test("--annotations and --no-annotations say so whatever the environment does", () =>
  inFolder({ "a.ts": FAILING }, async (cwd) => {
    const annotates = async (args: readonly string[], env: Readonly<Record<string, string>>) =>
      (await mtop(["run", "a.ts", ...args], { cwd, env })).stderr.includes("::error file=a.ts");
    const off = { GITHUB_ACTIONS: "" };
    strictEqual(await annotates([], off), false);
    strictEqual(await annotates([], GITHUB), true);
    strictEqual(await annotates(["--annotations"], off), true);
    strictEqual(await annotates(["--no-annotations"], GITHUB), false);
  }));

Deno.test("a scenario file run on its own is quiet about GitHub when it may not read the environment", async () => {
  const file = fromFileUrl("scenarios/canary-failure.ts");
  const args = ["run", "--no-prompt", file, "--set", "faults=[]", "--set", "duration=6m", "-q"];
  const env = { ...GITHUB, GITHUB_STEP_SUMMARY: "/nowhere/summary.md" };
  const { code, stdout, stderr } = await deno(args, { env });
  strictEqual(code, 99);
  strictEqual(stdout, "");
  doesNotMatch(stderr, /::error|nowhere/);
});
