// JUnit's XML of the program as a pipeline runs it: valid, whole or not there, whatever happened.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { junitXml } from "../../src/report/junit.ts";
import fc from "../fast_check.ts";
import { expectation, failed, outcome, run } from "../unit/report/outcomes.ts";
import { assertJunit, schemaErrors } from "./junit.ts";
import { deno, inTempDir, mtop, mtopCommand, smallScenario } from "./program.ts";
import { fromFileUrl } from "./root.ts";

/** Files of a folder that is not asked for one by one. */
const names = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

Deno.test("the schema refuses what Jenkins refuses", async () => {
  const refused = [
    `<testsuites><testsuite name="a"/></testsuites>`,
    `<testsuites><testsuite name="a" tests="1" failures="0" errors="0" time="1e-3"/></testsuites>`,
    `<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase/></testsuite></testsuites>`,
    `<testsuites><testcase name="a"/></testsuites>`,
    `<testsuites name="\u0001"/>`,
  ];
  for (const xml of refused) ok((await schemaErrors(xml)).length > 0, xml);
});

Deno.test("junitXml() is valid, whatever scenarios say of themselves", async () => {
  const text = fc.string({ unit: "binary" });
  const one = fc.record({
    file: text,
    overSeeds: fc.boolean(),
    runs: fc.array(
      fc.tuple(fc.nat(), text, text, fc.boolean()).map(([seed, about, got, passed]) =>
        run(seed, [passed ? expectation({ about, got }) : failed({ about, got })])
      ),
    ),
    message: fc.option(text),
  });
  const outcomes = fc.sample(one, { numRuns: 200, seed: 7 }).map(({ message, ...fields }) =>
    outcome({ ...fields, ...(message === null ? {} : { trouble: { kind: "threw", message } }) })
  );
  await assertJunit(junitXml(outcomes));
  await assertJunit(junitXml([]));
});

Deno.test("mtop run --junit reports what passed, failed, is invalid and threw, in one file", () =>
  inTempDir(async (dir) => {
    const write = (name: string, text: string) => Deno.writeTextFile(`${dir}/${name}.ts`, text);
    await write("a-good", smallScenario());
    await write("b-failed", smallScenario({ expect: '[metric.errorRate().above("1%")]' }));
    await write("c-invalid", smallScenario({ warmup: '"3 days"' }));
    await write("d-threw", 'throw new Error("a <b> & ]]> \\u0007");');
    const args = ["run", "*.ts", "nowhere.ts", "--junit", "out.xml"];
    const { code } = await mtop(args, { cwd: dir });
    strictEqual(code, 107);
    const xml = await Deno.readTextFile(`${dir}/out.xml`);
    await assertJunit(xml);
    match(xml, /<testsuites name="mtop" tests="5" failures="1" errors="3"/);
    for (const file of ["a-good", "b-failed", "c-invalid", "d-threw", "nowhere"]) {
      match(xml, new RegExp(` file="${file}.ts"`));
    }
    match(xml, /once more: mtop run b-failed.ts --seed 1</);
    match(xml, /c-invalid.ts: warmup: Invalid duration/);
    ok(!names(dir).some((name) => name.includes("part")), names(dir).join());
  }));

Deno.test("mtop run --junit has a suite a seed", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    const args = ["run", "small.ts", "--seeds", "3", "--junit", "out.xml"];
    const { code, stderr } = await mtop(args, { cwd: dir });
    strictEqual(code, 0, stderr);
    const xml = await Deno.readTextFile(`${dir}/out.xml`);
    await assertJunit(xml);
    deepStrictEqual(
      [...xml.matchAll(/<testsuite name="([^"]*)"/g)].map(([, name]) => name),
      ["small, seed 1", "small, seed 2", "small, seed 3"],
    );
  }));

Deno.test("mtop run --junit is written when the run is interrupted, with an error", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/long.ts`, smallScenario({ duration: '"2000h"' }));
    const args = ["run", "long.ts", "--junit", "out.xml", "-o", "ndjson"];
    const child = mtopCommand(args, { cwd: dir, stdout: "piped", stderr: "null" }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGINT");
    while (!(await reader.read()).done);
    strictEqual((await child.status).code, 105);
    const xml = await Deno.readTextFile(`${dir}/out.xml`);
    await assertJunit(xml);
    match(xml, /<error type="Interrupted" message="Interrupted at /);
  }));

Deno.test("a scenario file run on its own says which permissions --junit needs, and then needs no others", () =>
  inTempDir(async (dir) => {
    const file = fromFileUrl("scenarios/canary-failure.ts");
    const path = `${dir}/out.xml`;
    const refused = await deno(["run", "--no-prompt", file, "--junit", path]);
    strictEqual(refused.code, 1);
    const [, allowed] = /without permission: deno run (.*) --junit/.exec(refused.stderr)!;
    const args = ["run", "--no-prompt", ...allowed!.split(" "), "--junit", path];
    const { code, stderr } = await deno(args);
    strictEqual(code, 0, stderr);
    await assertJunit(await Deno.readTextFile(path));
  }));

Deno.test("mtop run says before it simulates that --junit cannot be written", async () => {
  const file = fromFileUrl("scenarios/canary-failure.ts");
  const { code, stdout, stderr } = await mtop(["run", file, "--junit", "/nowhere/out.xml"]);
  strictEqual(code, 1);
  strictEqual(stdout, "");
  match(stderr, /^error: Cannot write "\/nowhere\/out.xml": No such file or directory\n$/);
});
