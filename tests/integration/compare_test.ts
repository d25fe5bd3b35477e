// `mtop compare`: two scenarios under the same seeds, on one core and on many.

import assert from "node:assert/strict";
import { inTempDir, mtop, smallScenario } from "./program.ts";
import { root } from "./root.ts";

Deno.test("mtop compare finds what a change does, the same on one core and on two", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.ts`, smallScenario({ duration: '"1m"' }));
    const compare = (...args: string[]) =>
      mtop(["compare", "a.ts", "--seeds", "4", ...args], { cwd: dir });
    const set = ["--set", "load.chat.rps=12"];
    const [one, two] = [
      await compare(...set, "-o", "json", "--jobs", "1"),
      await compare(...set, "-o", "json", "--jobs", "2"),
    ];
    assert.equal(one.code, 0, one.stderr);
    assert.equal(two.stdout, one.stdout);
    const { a, b, seeds, confidence, services } = JSON.parse(one.stdout);
    assert.deepEqual(
      [a, b, seeds, confidence],
      ["a.ts", "a.ts --set 'load.chat.rps=12'", 4, 0.95],
    );
    assert.equal(services["llama-3-70b"]["itlMs.mean"].verdict, "worse");
    const { stdout } = await compare(...set);
    assert.match(stdout, /itl mean .* worse\n/);
  }));

Deno.test("mtop compare pairs two files, and finds no difference where there is none", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.ts`, smallScenario({ duration: '"1m"' }));
    await Deno.writeTextFile(`${dir}/b.ts`, smallScenario({ duration: '"1m"', name: '"other"' }));
    const { code, stdout } = await mtop(
      ["compare", "a.ts", "b.ts", "--seeds", "3", "-o", "json"],
      { cwd: dir },
    );
    assert.equal(code, 0);
    const figures = Object.values<{ verdict: string }>(JSON.parse(stdout).services["llama-3-70b"]);
    assert.ok(figures.length > 20);
    assert.ok(figures.every(({ verdict }) => verdict === "same"));
  }));

Deno.test("mtop compare says in a sentence what is missing, and what is invalid with 104", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.ts`, smallScenario());
    const compare = (...args: string[]) => mtop(["compare", ...args], { cwd: dir });
    const alone = await compare("a.ts");
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /Cannot compare a scenario with itself: name another, or add --set/);
    assert.equal((await compare("a.ts", "a.ts", "a.ts")).code, 1);
    const apart = await compare("a.ts", `${root}/scenarios/burst.ts`);
    assert.deepEqual([apart.code, apart.stderr], [
      1,
      "error: Cannot compare: no service is in both, a has llama-3-70b and b has llama-3-1-8b\n",
    ]);
    const invalid = await compare("a.ts", "--set", "duration=soon");
    assert.equal(invalid.code, 104);
    assert.match(invalid.stderr, /^a\.ts --set 'duration=soon': duration: Invalid duration "soon"/);
  }));

Deno.test("mtop compare changes both before b, and b's service in all that a shape is", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.ts`, smallScenario());
    const compare = (...args: string[]) =>
      mtop(["compare", "a.ts", "--both", "duration=1m", "--seeds", "2", ...args], { cwd: dir });
    const { code, stdout, stderr } = await compare("--tp", "8", "--gpu", "H200-SXM", "-o", "json");
    assert.equal(code, 0, stderr);
    const { a, b, services } = JSON.parse(stdout);
    assert.deepEqual([a, b], [
      "a.ts --set 'duration=1m'",
      "a.ts --set 'duration=1m' --tp 8 --gpu H200-SXM",
    ]);
    const figures = services["llama-3-70b"];
    assert.equal(figures["requests.arrived"].difference, 0);
    assert.ok(Math.abs(figures["gpuHours"].b / figures["gpuHours"].a - 2) < 0.01);
    assert.equal(figures["itlMs.mean"].verdict, "better");
    const none = await compare("--tp", "3");
    assert.equal(none.code, 104);
    assert.match(
      none.stderr,
      /^a\.ts --set 'duration=1m' --tp 3: .*divisible by tensor parallel size/,
    );
  }));
