// Scenarios with code of their own, as their users run them: in process, and in the worker of mtop run.
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { deno, inTempDir, mtop, mtopCommand } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const CONFIG = ["--config", fromFileUrl("deno.json")];

const SOURCE = `import { constant, defineFault, defineMetric, fixed, main, scenario } from "mtop";
import llama from ${
  JSON.stringify(fromFileUrl("mocks/crs/llama-3-70b.json"))
} with { type: "json" };

const crash = defineFault<{ count: number }>({
  name: "crash-some",
  about: "processes of pods die",
  targets: (sim, { count }) => sim.pods().slice(0, count).map(({ name }) => name),
  begin: (sim, targets) => targets.forEach((pod) => sim.crash(pod)),
});
const answers = defineMetric({
  name: "answers",
  about: "completed requests",
  read: ({ completed }) => completed,
});
const own = scenario({
  name: "own",
  duration: "5m",
  cluster: { nodes: [{ count: 2, gpus: "8xH100-SXM" }] },
  services: [llama],
  load: [constant("users", { to: "llama-3-70b", rps: 2, prompt: fixed(200), output: fixed(50) })],
  faults: [crash({ name: "crash", when: "2m", options: { count: 1 } })],
  expect: [answers().above(100)],
});
export default own;
if (import.meta.main) Deno.exitCode = await main(own);
`;

async function withScenario(source: string, test: (file: string, dir: string) => Promise<void>) {
  await inTempDir(async (dir) => {
    const file = `${dir}/own.ts`;
    await Deno.writeTextFile(file, source);
    await test(file, dir);
  });
}

const hashOf = (text: string) => /"logHash": "(\w+)"/.exec(text)?.[1];

Deno.test("own code gives one log in process and in the sandbox, and its log replays", async () => {
  await withScenario(SOURCE, async (file, dir) => {
    const here = await deno(["run", "--no-prompt", ...CONFIG, file, "-o", "json"]);
    strictEqual(here.code, 0, here.stderr);
    const log = `${dir}/run.jsonl`;
    const sandboxed = await mtop(["run", file, "-o", "json", "--record", log]);
    strictEqual(sandboxed.code, 0, sandboxed.stderr);
    ok(hashOf(here.stdout));
    strictEqual(hashOf(sandboxed.stdout), hashOf(here.stdout));
    const replayed = await mtop(["replay", log]);
    strictEqual(replayed.code, 0, replayed.stderr);
    match(replayed.stdout, /crash/);
    const verified = await mtop(["verify", log]);
    strictEqual(verified.code, 1);
    match(verified.stderr, /its scenario has code of its own, which a log does not hold/);
  });
});

/** A file as a program, under three seeds. */
function seedsOf(file: string, ...permissions: string[]) {
  return deno([
    "run",
    "--no-prompt",
    ...CONFIG,
    ...permissions,
    file,
    "--seeds",
    "3",
    "-o",
    "json",
  ]);
}

Deno.test("own code of a program runs in workers where they may read its file, and comes to the same", async () => {
  await withScenario(SOURCE, async (file) => {
    const [alone, together] = [await seedsOf(file), await seedsOf(file, "--allow-read")];
    strictEqual(together.code, 0, together.stderr);
    const hashes = (text: string) => text.match(/"logHash": "\w+"/g);
    strictEqual(hashes(alone.stdout)?.length, 3);
    deepStrictEqual(hashes(together.stdout), hashes(alone.stdout));
  });
  // Only a worker has somebody to post messages to.
  const asking = SOURCE.replace(
    "begin: (sim, targets) =>",
    'begin: (sim, targets) => "postMessage" in globalThis ? undefined : sim.pods()[99].name ??',
  );
  await withScenario(asking, async (file) => {
    strictEqual((await seedsOf(file, "--allow-read")).code, 0);
    ok((await seedsOf(file)).code !== 0);
  });
});

Deno.test("own code runs in the program itself where its file exports another scenario, or does not ask who it is", async () => {
  const other = SOURCE.replace("export default own;", "export default { ...own, seed: 7 };");
  const unasked = SOURCE.replace("if (import.meta.main) ", 'console.log("// read");');
  for (const source of [other, unasked]) {
    await withScenario(source, async (file) => {
      const [alone, together] = [await seedsOf(file), await seedsOf(file, "--allow-read")];
      strictEqual(together.code, 0, together.stderr);
      const withoutTimes = (text: string) => text.replace(/"wallSeconds": [\d.]+/g, "");
      strictEqual(withoutTimes(together.stdout), withoutTimes(alone.stdout));
    });
  }
});

Deno.test("own code runs under many seeds, and beside other files", async () => {
  await withScenario(SOURCE, async (file) => {
    const seeds = await mtop(["run", file, "--seeds", "3"]);
    strictEqual(seeds.code, 0, seeds.stderr);
    match(seeds.stdout, /3 of 3 seeds passed/);
    const both = await mtop(["run", file, fromFileUrl("scenarios/canary-failure.ts")]);
    strictEqual(both.code, 0, both.stderr);
  });
});

Deno.test("mtop run --plan names own code, and --set reaches its options", async () => {
  await withScenario(SOURCE, async (file) => {
    const planned = await mtop(["run", file, "--plan"]);
    match(planned.stdout, /fault crash-some: processes of pods die/);
    const set = await mtop(["run", file, "--set", "faults.crash.options.count=0", "-o", "json"]);
    strictEqual(set.code, 0, set.stderr);
    const plain = await mtop(["run", file, "-o", "json"]);
    ok(hashOf(set.stdout) !== hashOf(plain.stdout));
  });
});

Deno.test("mtop run --from branches a run of own code where its file is named, and says so where not", async () => {
  await withScenario(SOURCE, async (file, dir) => {
    const branch = (...args: string[]) =>
      mtop(["run", "--from", "run.jsonl", "--at", "3m", ...args], { cwd: dir });
    strictEqual((await mtop(["run", file, "-q", "--record", `${dir}/run.jsonl`])).code, 0);
    const alone = await branch("--set", "load.users.rps=6");
    strictEqual(alone.code, 1);
    match(alone.stderr, /^error: Cannot branch .* alone: its scenario has code of its own, /);
    const fork = await branch(file, "--set", "load.users.rps=6", "--record", "fork.jsonl");
    strictEqual(fork.code, 0, fork.stderr);
    match(fork.stderr, /^the past up to 3m00s is that of "run\.jsonl", \d+ events\n/);
    const linesOf = (name: string) =>
      Deno.readTextFileSync(`${dir}/${name}`).trimEnd().split("\n").slice(2, -1);
    const [past, forked] = [linesOf("run.jsonl"), linesOf("fork.jsonl")].map((lines) =>
      lines.filter((line) => JSON.parse(line).at < 180e6)
    );
    deepStrictEqual(forked, past);
    ok(past!.some((line) => JSON.parse(line).fault === "crash"));
    const altered = await branch(file, "--set", "faults.crash.options.count=2");
    strictEqual(altered.code, 1);
    match(
      altered.stderr,
      /the change alters the past: event \d+ at 2m00s, fault of crash: targets/,
    );
    const other = `${dir}/other.ts`;
    await Deno.writeTextFile(other, SOURCE.replace("slice(0, count)", "slice(1, 1 + count)"));
    const recoded = await branch(other);
    strictEqual(recoded.code, 1);
    match(
      recoded.stderr,
      /the scenario's own code is not what it was when "run\.jsonl" was recorded/,
    );
  });
});

Deno.test("mtop sweep takes no kept run for one of own code whose imports changed, though its text did not", async () => {
  const source = `import { shift } from "./shift.ts";\n` +
    SOURCE.replace("slice(0, count)", "slice(shift, shift + count)");
  await withScenario(source, async (file, dir) => {
    const shift = (by: number) =>
      Deno.writeTextFile(`${dir}/shift.ts`, `export const shift = ${by};`);
    const args = ["sweep", file, "--vary", "load.users.rps=1,2", "--seeds", "1", "--db", "s.db"];
    const sweep = () => mtop(args, { cwd: dir });
    await shift(0);
    const first = await sweep();
    strictEqual(first.code, 0, first.stderr);
    const again = await sweep();
    strictEqual(again.stderr, "2 of 2 runs were there\n");
    strictEqual(again.stdout, first.stdout);
    await shift(1);
    const changed = await sweep();
    strictEqual(changed.code, 1, changed.stdout);
    match(changed.stderr, /Cannot go on in "s\.db": .* with other code than the scenario's now/);
  });
});

Deno.test("mtop size refuses to size what an autoscaler of its own scales", async () => {
  const source = SOURCE.replace("constant, ", "constant, defineAutoscaler, ")
    .replace(
      "  faults: [",
      `  slo: { "llama-3-70b": { ttft: { p95: "2s" } } },
  autoscalers: [two({ service: "llama-3-70b", min: 1, max: 2 })],
  faults: [`,
    )
    .replace(
      "const own =",
      'const two = defineAutoscaler({ name: "two", about: "two", replicas: () => 2 });\nconst own =',
    );
  await withScenario(source, async (file) => {
    const { code, stderr } = await mtop(["size", file]);
    strictEqual(code, 1);
    match(
      stderr,
      /an autoscaler decides on its replicas; try --max-rps, .* --set autoscalers=\[\]\n$/,
    );
    const fixed = ["--set", "autoscalers=[]", "--seeds", "1", "--max-replicas", "2"];
    const sized = await mtop(["size", file, ...fixed]);
    strictEqual(sized.code, 0, sized.stderr);
  });
});

Deno.test("a run of own code hears Ctrl-C while it tells more than can be judged at once", async () => {
  const endless = SOURCE.replace('duration: "5m"', 'duration: "10000h"');
  await withScenario(endless, async (file, dir) => {
    const command = mtopCommand(["run", file, "-q", "--record", "run.jsonl"], {
      ...{ cwd: dir, env: { NO_COLOR: "1" }, stdout: "null", stderr: "piped" },
    });
    const child = command.spawn();
    let ended = false;
    child.status.then(() => void (ended = true));
    // Bounded, and long enough for a machine that does much else.
    const late = setTimeout(() => child.kill("SIGKILL"), 60_000);
    try {
      const isUnderWay = () =>
        [...Deno.readDirSync(dir)].some(({ name }) =>
          name === "run.jsonl" && Deno.statSync(`${dir}/${name}`).size > 100_000
        );
      while (!isUnderWay() && !ended) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill("SIGINT");
      const [stderr, { code }] = await Promise.all([
        new Response(child.stderr).text(),
        child.status,
      ]);
      strictEqual(code, 105, stderr);
      match(stderr, /^error: Interrupted at .* of 10000h00m00s; "run\.jsonl" holds all events/);
    } finally {
      clearTimeout(late);
    }
  });
});

Deno.test("own code that throws ends with 107 and its policy's name, in either way", async () => {
  const broken = SOURCE.replace("sim.crash(pod)", 'sim.crash("nobody")');
  await withScenario(broken, async (file) => {
    for (const run of [deno(["run", "--no-prompt", ...CONFIG, file]), mtop(["run", file])]) {
      const { code, stderr } = await run;
      strictEqual(code, 107, stderr);
      match(
        stderr,
        /^error: The fault "crash-some" of the scenario threw RangeError: there is no pod/,
      );
      strictEqual(stderr.trim().split("\n").length, 1);
    }
  });
});

Deno.test("a definition that lacks a function ends with 104 and its place, in either way", async () => {
  const lame = SOURCE.replace(
    "begin: (sim, targets) => targets.forEach((pod) => sim.crash(pod)),",
    "",
  )
    .replace("defineFault<{ count: number }>({", "(defineFault as any)({");
  await withScenario(lame, async (file) => {
    const ways = [
      await deno(["run", "--no-prompt", ...CONFIG, file]),
      await mtop(["run", file]),
      await mtop(["run", file, "--plan"]),
      await mtop(["run", file, "--seeds", "2"]),
    ];
    for (const { code, stderr } of ways) {
      match(stderr, /policies\[0\]: Cannot run the fault "crash-some": it has no begin\n/);
      strictEqual(code, 104, stderr);
    }
  });
});

Deno.test("own code may not draw from the machine's chance", async () => {
  const chancy = SOURCE.replace("slice(0, count)", "slice(0, count + Math.random())");
  await withScenario(chancy, async (file) => {
    for (const run of [deno(["run", "--no-prompt", ...CONFIG, file]), mtop(["run", file])]) {
      const { code, stderr } = await run;
      strictEqual(code, 107, stderr);
      match(stderr, /own code must not call Math\.random: draw from what your code is handed/);
    }
  });
});

Deno.test("own code in the sandbox may touch nothing", async () => {
  const nosy = SOURCE.replace("sim.crash(pod)", 'Deno.readTextFileSync("/etc/hostname")');
  await withScenario(nosy, async (file) => {
    const { code, stderr } = await mtop(["run", file]);
    strictEqual(code, 107, stderr);
    match(stderr, /read access/);
  });
});

Deno.test("mtop run says with 104 that policies are none, whatever they are", async () => {
  await inTempDir(async (dir) => {
    const original = JSON.stringify(fromFileUrl("scenarios/canary-failure.ts"));
    const source = `import original from ${original};
export default { ...original, policies: [null, 3, {}] };`;
    await Deno.writeTextFile(`${dir}/none.ts`, source);
    const { code, stderr } = await mtop(["run", `${dir}/none.ts`]);
    strictEqual(code, 104, stderr);
    match(stderr, /policies\[0\]: /);
  });
});
