// What goes wrong in real life: strangers' files, wrong words, cut logs, full disks, Ctrl-C, closed pipes.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { encodeFooter } from "../../src/log/codec.ts";
import { RunHash } from "../../src/log/hash.ts";
import {
  deno,
  inTempDir,
  mtop,
  mtopCommand,
  type Outcome,
  smallScenario,
  text,
} from "./program.ts";
import { fromFileUrl } from "./root.ts";

/** One sentence on standard error, nothing of a stack, nothing on standard output. */
function assertOneSentence({ stdout, stderr }: Outcome): void {
  strictEqual(stdout, "");
  strictEqual(stderr.trimEnd().split("\n").length, 1, stderr);
  ok(!/\n\s+at |file:\/\//.test(stderr), stderr);
}

const strangers: readonly [string, string, RegExp][] = [
  [
    "reads a file",
    'export default Deno.readTextFileSync("/etc/hostname");',
    /may not read "\/etc\/hostname"/,
  ],
  [
    "reads the environment",
    'export default Deno.env.get("HOME");',
    /may not read the environment variable "HOME"/,
  ],
  [
    "reaches the network",
    'await fetch("http://127.0.0.1:18080/"); export default 1;',
    /may not reach the network at "127\.0\.0\.1:18080"/,
  ],
  [
    "imports a file from outside its project",
    'import text from "/etc/hostname" with { type: "text" }; export default text;',
    /may not read "\/etc\/hostname"/,
  ],
  [
    "imports a file while it runs",
    'const { name } = await import("./part.ts"); export default name;',
    /may not read ".*part\.ts": what it needs of its own project \(the nearest folder with \.git, .*\) it imports at its top/,
  ],
  [
    "imports a package by a name it computes",
    'await import(["npm:is", "odd@3.0.1"].join("-")); export default 1;',
    /imports "mtop", "mtop\/yaml" and files, no other packages/,
  ],
  [
    "imports from the network",
    'import x from "https://example.com/x.ts"; export default x;',
    /may not reach the network at "example\.com:443"/,
  ],
  [
    "runs a program",
    'new Deno.Command("ls").outputSync(); export default 1;',
    /may not run the program "ls"/,
  ],
  ["ends the process", "Deno.exit(0); export default 1;", /must not call Deno\.exit/],
  ["throws", 'throw new TypeError("no such thing");', /threw TypeError: no such thing/],
  ["is not TypeScript", "export default {;", /Cannot load "stranger\.ts": SyntaxError/],
];

for (const [what, source, words] of strangers) {
  Deno.test(`mtop run refuses a scenario that ${what}, with 107`, () =>
    inTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/stranger.ts`, source);
      const outcome = await mtop(["run", `${dir}/stranger.ts`]);
      strictEqual(outcome.code, 107, outcome.stderr);
      assertOneSentence(outcome);
      match(outcome.stderr, words);
    }));
}

Deno.test("what a scenario prints goes to standard error under its name, without control characters", () =>
  inTempDir(async (dir) => {
    const loud = `${smallScenario()}
console.log("hello\\x1b]0;title\\x07\\nerror: not mtop's own");
console.table([1]);
Deno.stdout.writeSync(new TextEncoder().encode("raw"));`;
    await Deno.writeTextFile(`${dir}/loud.ts`, loud);
    const { code, stdout, stderr } = await mtop(["run", "loud.ts", "-o", "json"], { cwd: dir });
    strictEqual(code, 0, stderr);
    JSON.parse(stdout);
    match(stderr, /^loud\.ts: hello\]0;title\nloud\.ts: error: not mtop's own\n/);
    ok(!stderr.includes("\x1b"), "what a stranger prints cannot reach the terminal");
  }));

Deno.test("a scenario cannot forge its result, nor stop the run, by what it does to its globals", () =>
  inTempDir(async (dir) => {
    const hostile = `${smallScenario({ expect: '[metric.ttft("p95").below("1ms")]' })}
self.onmessage = null; globalThis.setTimeout = () => 0; performance.now = () => 0;
for (const message of [null, 1, {}, { say: "failed" }, { say: "ended", result: null }]) self.postMessage(message);
MessagePort.prototype.postMessage = () => { throw 1; };
setInterval(() => { throw new Error("late"); }, 1);`;
    await Deno.writeTextFile(`${dir}/hostile.ts`, hostile);
    const { code, stdout, stderr } = await mtop(["run", "hostile.ts"], { cwd: dir });
    strictEqual(code, 99, stderr);
    match(stdout, /✗ ttft p95 below 1ms/);
    match(stderr, /^simulated [^\n]*\n$/);
  }));

Deno.test("a scenario that throws a megabyte is told in a short sentence", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/big.ts`, 'throw new Error("big ".repeat(250_000));');
    const outcome = await mtop(["run", "big.ts"], { cwd: dir });
    strictEqual(outcome.code, 107);
    assertOneSentence(outcome);
    ok(outcome.stderr.length < 1000);
  }));

Deno.test("--record writes over an earlier log, and over nothing else", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    const source = await Deno.readTextFile(`${dir}/small.ts`);
    const outcome = await mtop(["run", "small.ts", "--record", "small.ts"], { cwd: dir });
    strictEqual(outcome.code, 1);
    assertOneSentence(outcome);
    match(outcome.stderr, /Cannot write "small\.ts": it holds something else than an mtop log/);
    strictEqual(await Deno.readTextFile(`${dir}/small.ts`), source);
    for (const _ of ["first", "again"]) {
      const { code, stderr } = await mtop(["run", "small.ts", "--record", "run.jsonl"], {
        cwd: dir,
      });
      strictEqual(code, 0, stderr);
    }
    await new Deno.Command("sh", { args: ["-c", "mkfifo pipe"], cwd: dir }).output();
    const pipe = await mtop(["run", "small.ts", "--record", "pipe"], { cwd: dir });
    strictEqual(pipe.code, 1);
    assertOneSentence(pipe);
  }));

Deno.test("--seeds refuses -o ndjson", async () => {
  const outcome = await mtop([
    "run",
    fromFileUrl("scenarios/canary-failure.ts"),
    "--seeds",
    "2",
    "-o",
    "ndjson",
  ]);
  strictEqual(outcome.code, 1);
  assertOneSentence(outcome);
});

Deno.test("mtop run says that there is no such file, with 1", async () => {
  const outcome = await mtop(["run", "nowhere.ts"]);
  strictEqual(outcome.code, 1);
  assertOneSentence(outcome);
  match(outcome.stderr, /Cannot find the scenario "nowhere\.ts"/);
});

Deno.test("mtop run refuses an export that is no scenario, with 104", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/x.ts`, "export default 42;");
    const outcome = await mtop(["run", `${dir}/x.ts`]);
    strictEqual(outcome.code, 104);
    match(outcome.stderr, /this is not a scenario/);
  }));

const CANARY = (steps: string) =>
  `[canary("llama-3-70b", { at: "1m", to: { image: "x" }, steps: [${steps}] })]`;

const invalid: readonly [string, Record<string, string>, RegExp][] = [
  [
    "weight 140",
    { rollouts: CANARY("setWeight(140)") },
    /rollouts\[0\]\.steps\[0\]\.weight: Cannot set weight of "llama-3-70b": 140 is above 100/,
  ],
  [
    "duration 5 minuts",
    { duration: '"5 minuts"' },
    /duration: Invalid duration "5 minuts": write a number and a unit/,
  ],
  [
    "a fault on an unknown service",
    { faults: '[gpuXid(79, { on: pods({ service: "lama-3-70b" }).first(), when: "1m" })]' },
    /faults\[0\]\.on\.service: .*"lama-3-70b".*did you mean "llama-3-70b"\?/,
  ],
];

for (const [what, changes, words] of invalid) {
  Deno.test(`a scenario with ${what} is invalid in the sandbox and on its own, with 104`, () =>
    inTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/x.ts`, smallScenario(changes));
      const outcome = await mtop(["run", `${dir}/x.ts`]);
      strictEqual(outcome.code, 104, outcome.stderr);
      assertOneSentence(outcome);
      match(outcome.stderr, words);
      await Deno.writeTextFile(
        `${dir}/main.ts`,
        `import { main } from "mtop"; import x from "./x.ts"; Deno.exitCode = await main(x);`,
      );
      const config = `--config=${fromFileUrl("deno.json")}`;
      const alone = await deno(["run", "--no-prompt", config, `${dir}/main.ts`], { cwd: dir });
      strictEqual(alone.code, 104, alone.stderr);
      match(alone.stderr, words);
    }));
}

Deno.test("usage errors exit 1 with a hint", async () => {
  for (
    const [args, words] of [
      [["runn"], /Did you mean this\?\n\trun\n/],
      [["run"], /missing required argument/],
      [["run", "x.ts", "--sed", "1"], /did you mean --seed, --set\?/],
      [["run", "x.ts", "--seed", "abc"], /Write a whole number from 0/],
      [["run", "x.ts", "--speed", "fast"], /Write a factor such as 60x/],
      [["replay", "x.jsonl", "--at", "noon"], /Write a time such as 12m30s/],
    ] as const
  ) {
    const { code, stderr } = await mtop(args);
    strictEqual(code, 1, stderr);
    match(stderr, words);
  }
});

/** Records the small scenario and hands its log to the test. */
function withLog(name: string, test: (log: string, dir: string) => Promise<void>): Promise<void> {
  return inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    const { code, stderr } = await mtop(["run", "small.ts", "--record", name], { cwd: dir });
    strictEqual(code, 0, stderr);
    await test(`${dir}/${name}`, dir);
  });
}

for (const name of ["run.jsonl", "run.jsonl.zst"]) {
  Deno.test(`mtop replay and verify read back ${name}`, () =>
    withLog(name, async (log) => {
      const verified = await mtop(["verify", log]);
      strictEqual(verified.code, 0, verified.stderr);
      match(verified.stdout, /is whole and simulates again to the same/);
      const replayed = await mtop(["replay", log, "--at", "00:01:00"]);
      strictEqual(replayed.code, 0, replayed.stderr);
      match(replayed.stdout, /^small at 1m00s of 2m00s, seed 1\n/);
      const json = JSON.parse((await mtop(["replay", log, "-o", "json"])).stdout);
      strictEqual(json.ended, true);
      deepStrictEqual(json.expectations.map(({ passed }: { passed: boolean }) => passed), [true]);
    }));
}

Deno.test("a log cut in half replays to its last whole line with a warning, and does not verify", () =>
  withLog("run.jsonl", async (log) => {
    const bytes = await Deno.readFile(log);
    await Deno.writeFile(log, bytes.subarray(0, bytes.length / 2));
    const replayed = await mtop(["replay", log]);
    strictEqual(replayed.code, 0, replayed.stderr);
    match(replayed.stderr, /^warning: [^\n]*\n$/);
    match(replayed.stdout, /^small at (?:\d\ds|1m\d\ds) of 2m00s/);
    const verified = await mtop(["verify", log]);
    strictEqual(verified.code, 1);
    assertOneSentence(verified);
  }));

Deno.test("mtop verify says that the file changed when one digit of it did", () =>
  withLog("run.jsonl", async (log) => {
    const lines = (await Deno.readTextFile(log)).split("\n");
    const place = lines.findIndex((line) => line.includes('"window"'));
    lines[place] = lines[place]!.replace(/"arrived":\d+/, '"arrived":999');
    await Deno.writeTextFile(log, lines.join("\n"));
    const verified = await mtop(["verify", log]);
    strictEqual(verified.code, 1);
    assertOneSentence(verified);
    match(verified.stderr, /file changed/);
  }));

Deno.test("mtop verify says that the file changed when its head did", () =>
  withLog("run.jsonl", async (log) => {
    const text = await Deno.readTextFile(log);
    for (
      const [from, to] of [['"seed":1', '"seed":2'], ['"rps":4', '"rps":5'], [
        '"services[0]":"',
        '"services[0]":"0',
      ]] as const
    ) {
      ok(text.includes(from), from);
      await Deno.writeTextFile(log, text.replace(from, to));
      const verified = await mtop(["verify", log]);
      strictEqual(verified.code, 1);
      assertOneSentence(verified);
      match(verified.stderr, /file changed: .* in the head of/);
    }
  }));

Deno.test("mtop verify says that the engine changed when another one wrote the log", () =>
  withLog("run.jsonl", async (log) => {
    // As an engine of another mind would have written it: another figure, and the hash that goes with it.
    const [header, ...lines] = (await Deno.readTextFile(log)).trimEnd().split("\n");
    const events = lines.slice(0, -1);
    const place = events.findIndex((line) => line.includes('"window"'));
    events[place] = events[place]!.replace(/"promptTokens":\d+/, '"promptTokens":1');
    const hash = new RunHash();
    for (const line of events) hash.add(line);
    const footer = encodeFooter({ events: hash.events, hash: hash.digest() });
    await Deno.writeTextFile(log, [header, ...events, footer, ""].join("\n"));
    const verified = await mtop(["verify", log]);
    strictEqual(verified.code, 1);
    assertOneSentence(verified);
    match(verified.stderr, /engine changed: event \d+ \(window\) at/);
  }));

Deno.test("a full disk while recording leaves the verdict, one sentence and 1", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario({ duration: '"10m"' }));
    // A file-size limit stops the writer in mid-run, as a full disk does; the signal of it is ignored.
    // Coverage is written by files too, and must not be cut.
    const script = `unset DENO_COVERAGE_DIR; trap '' XFSZ; ulimit -f 64; exec "$@"`;
    const args = [
      "-c",
      script,
      "sh",
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
    ];
    const program = new Deno.Command("sh", {
      args: [...args, fromFileUrl("main.ts"), "run", "small.ts", "--record", "run.jsonl"],
      cwd: dir,
      env: { NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = text(await program.output());
    strictEqual(code, 1, stderr);
    match(stdout, /1 of 1 expectations held/);
    match(stderr, /error: Cannot write "run\.jsonl": [^\n]*; the recording is not whole\n$/);
    ok(!/\n\s+at /.test(stderr), stderr);
    const replayed = await mtop(["replay", "run.jsonl"], { cwd: dir });
    strictEqual(replayed.code, 0, replayed.stderr);
    match(replayed.stderr, /^warning: /);
  }));

Deno.test("deno run scenario.ts --record says which permission it needs, before it simulates", async () => {
  const outcome = await deno([
    "run",
    "--no-prompt",
    "scenarios/canary-failure.ts",
    "--record",
    "x.jsonl",
  ]);
  strictEqual(outcome.code, 1);
  assertOneSentence(outcome);
  match(outcome.stderr, /--allow-write=x\.jsonl/);
});

Deno.test("Ctrl-C at --speed max ends a run with 105 and leaves a whole log without a footer", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/long.ts`, smallScenario({ duration: '"2000h"' }));
    const child = mtopCommand(["run", "long.ts", "--record", "run.jsonl", "--speed", "max"], {
      cwd: dir,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await untilLarger(`${dir}/run.jsonl`, 200_000);
    child.kill("SIGINT");
    const outcome = text(await child.output());
    strictEqual(outcome.code, 105, outcome.stderr);
    assertOneSentence(outcome);
    match(outcome.stderr, /Interrupted at .* of 2000h.*"run\.jsonl" holds all events up to then/);
    const last = (await Deno.readTextFile(`${dir}/run.jsonl`)).trimEnd().split("\n").at(-1)!;
    ok(JSON.parse(last).kind, "the last line is a whole event");
    const replayed = await mtop(["replay", "run.jsonl"], { cwd: dir });
    strictEqual(replayed.code, 0, replayed.stderr);
  }));

async function untilLarger(path: string, bytes: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const size = await Deno.stat(path).then((file) => file.size, () => 0);
    if (size > bytes) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${path} did not grow to ${bytes} bytes`);
}

Deno.test("Ctrl-C ends a scenario that never yields", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/stuck.ts`, "while (true);");
    const child = mtopCommand(["run", "stuck.ts"], { cwd: dir, stdout: "piped", stderr: "piped" })
      .spawn();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill("SIGINT");
    const outcome = text(await child.output());
    strictEqual(outcome.code, 105, outcome.stderr);
    assertOneSentence(outcome);
  }));

for (
  const [output, said] of [["text", /^simulated 30m00s in [^\n]*\n$/], ["ndjson", /^$/]] as const
) {
  Deno.test(`a reader that goes away early ends -o ${output} quietly with 0`, async () => {
    const child = mtopCommand(["run", fromFileUrl("scenarios/canary-failure.ts"), "-o", output], {
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    if (output === "ndjson") await reader.read();
    await reader.cancel();
    const { code } = await child.status;
    match(await new Response(child.stderr).text(), said);
    strictEqual(code, 0);
  });
}

Deno.test("main.ts refuses an older Deno in one sentence", async () => {
  const old =
    `Object.defineProperty(globalThis, "Deno", { value: { ...Deno, version: { deno: "2.3.1" }, exit: Deno.exit } });` +
    `await import(${JSON.stringify(new URL("../../main.ts", import.meta.url).href)});`;
  const outcome = await deno(["eval", old]);
  strictEqual(outcome.code, 1);
  assertOneSentence(outcome);
  match(outcome.stderr, /mtop needs Deno 2\.9 or newer, this is 2\.3\.1/);
});

Deno.test("main.ts without its permissions says in one sentence which, and how it is started", async () => {
  for (const command of ["list", "top"]) {
    const outcome = await deno(["run", "--no-prompt", "--allow-read", "main.ts", command]);
    strictEqual(outcome.code, 1);
    assertOneSentence(outcome);
    match(outcome.stderr, /env access to "\w+", run again .*--allow-env.*"deno task mtop"/);
  }
});
