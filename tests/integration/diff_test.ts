// `mtop diff`: two run files on disk, where they part, what they came to, and the exit code of it.

import assert from "node:assert/strict";
import { encodeEvent } from "../../src/log/codec.ts";
import { compareLogs } from "../../src/log/file_diff.ts";
import { openLog } from "../../src/log/file_reader.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { RunHash } from "../../src/log/hash.ts";
import fc from "../fast_check.ts";
import { assertGolden } from "../golden/golden.ts";
import { HEADER, windowEvents } from "../unit/log/sample_log.ts";
import { inTempDir, mtop, smallScenario } from "./program.ts";
import { fromFileUrl } from "./root.ts";

/** About 1 MB: several blocks, and frames where it is compressed. */
const EVENTS = windowEvents(1000);

function write(path: string, events: readonly unknown[], footer = true): void {
  const writer = LogFileWriter.open(path, HEADER);
  const hash = new RunHash();
  for (const event of events) {
    const line = encodeEvent(event as never);
    hash.add(line);
    writer.append(line);
  }
  writer.close(footer ? { events: hash.events, hash: hash.digest() } : undefined);
}

async function compared(a: string, b: string) {
  return await compareLogs(await openLog(a), await openLog(b));
}

Deno.test("compareLogs() finds the first event that differs, wherever it stands and however it is stored", () =>
  inTempDir(async (dir) => {
    const [a, b] = [`${dir}/a.jsonl`, `${dir}/b.jsonl.zst`];
    write(a, EVENTS);
    const edit = fc.constantFrom("changed", "left out", "cut");
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 999 }), edit, async (n, how) => {
      const rest = how === "cut" ? [] : EVENTS.slice(n + 1);
      const changed = how === "changed" ? [{ ...EVENTS[n]!, note: "another" }] : [];
      write(b, [...EVENTS.slice(0, n), ...changed, ...rest]);
      const { first, started } = await compared(a, b);
      assert.deepEqual(started.a, EVENTS[0]);
      assert.deepEqual(started.b, EVENTS[0]);
      assert.deepEqual(first?.a, EVENTS[n]);
      assert.deepEqual(first?.b, changed[0] ?? rest[0]);
    });
    await fc.assert(property, { numRuns: 25 });
  }));

Deno.test("compareLogs() finds none in logs of the same events, and says where a footer is missing", () =>
  inTempDir(async (dir) => {
    const [a, b, died] = [`${dir}/a.jsonl`, `${dir}/b.jsonl.zst`, `${dir}/died.jsonl`];
    write(a, EVENTS);
    write(b, EVENTS);
    write(died, EVENTS, false);
    const same = await compared(a, b);
    assert.equal(same.first, undefined);
    assert.equal(same.footers.a?.events, 1000);
    assert.deepEqual(same.footers.a, same.footers.b);
    const footless = await compared(died, b);
    assert.equal(footless.first, undefined);
    assert.deepEqual(Object.values(footless.footers).map((each) => each?.events), [
      undefined,
      1000,
    ]);
  }));

Deno.test("compareLogs() differs in the first event alone where that is so", () =>
  inTempDir(async (dir) => {
    const [a, b] = [`${dir}/a.jsonl`, `${dir}/b.jsonl`];
    write(a, EVENTS);
    write(b, [{ ...EVENTS[0]!, note: "another scenario" }, ...EVENTS.slice(1)]);
    const { started, first } = await compared(a, b);
    assert.notDeepEqual(started.a, started.b);
    assert.equal(first, undefined);
  }));

Deno.test("mtop diff shows where canary-failure and the same without its fault part, and exits with 1", () =>
  inTempDir(async (dir) => {
    const file = fromFileUrl("scenarios/canary-failure.ts");
    const record = (name: string, ...more: string[]) =>
      mtop(["run", file, "-q", "--record", name, ...more], { cwd: dir });
    await record("failure.jsonl");
    await record("healthy.jsonl.zst", "--set", "faults=[]");
    const diff = (...args: string[]) =>
      mtop(["diff", "failure.jsonl", "healthy.jsonl.zst", ...args], { cwd: dir });
    const { code, stdout, stderr } = await diff();
    assert.deepEqual([code, stderr], [1, ""]);
    assertGolden("diff-canary-failure.txt", stdout);
    const json = JSON.parse((await diff("-o", "json")).stdout);
    assert.deepEqual(json.scenario.map(({ path }: { path: string }) => path), ["faults[0]"]);
    assert.deepEqual([json.first.a.kind, json.first.b.kind], ["fault", "measurement"]);
    const { a, b, difference } = json.services["llama-3-70b"]["requests.failed"];
    assert.equal(difference, b - a);
    assert.ok(a > 0 && b === 0);
  }));

Deno.test("mtop diff exits with 0 on the same events, and with 2 when it cannot tell", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    for (const name of ["a.jsonl", "b.jsonl.zst"]) {
      await mtop(["run", "small.ts", "-q", "--record", name], { cwd: dir });
    }
    const diff = (...args: string[]) => mtop(["diff", ...args], { cwd: dir });
    const same = await diff("a.jsonl", "b.jsonl.zst");
    assert.equal(same.code, 0);
    assert.match(
      same.stdout,
      /^"a\.jsonl" and "b\.jsonl\.zst" hold the same [\d,]+ events, log [0-9a-f]{12}\n$/,
    );
    assert.equal(
      JSON.parse((await diff("a.jsonl", "b.jsonl.zst", "-o", "json")).stdout).same,
      true,
    );
    assert.deepEqual(await diff("a.jsonl", "b.jsonl.zst", "-q"), {
      code: 0,
      stdout: "",
      stderr: "",
    });
    const troubles: [string[], RegExp][] = [
      [["a.jsonl"], /name two logs/],
      [["a.jsonl", "nowhere.jsonl"], /no such file/],
      [["a.jsonl", "small.ts"], /not an mtop log/],
      [["a.jsonl", "b.jsonl.zst", "--colour"], /unknown flag/],
    ];
    for (const [args, words] of troubles) {
      const { code, stdout, stderr } = await diff(...args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, words);
    }
  }));

Deno.test("mtop diff tells a log that ends early from its whole one", () =>
  inTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/small.ts`, smallScenario());
    await mtop(["run", "small.ts", "-q", "--record", "whole.jsonl"], { cwd: dir });
    const lines = (await Deno.readTextFile(`${dir}/whole.jsonl`)).split("\n");
    await Deno.writeTextFile(`${dir}/cut.jsonl`, lines.slice(0, 101).join("\n") + '\n{"at":9');
    const { code, stdout } = await mtop(["diff", "whole.jsonl", "cut.jsonl"], { cwd: dir });
    assert.equal(code, 1);
    assert.match(stdout, /first difference: event 100 at .*\n {4}a goes on with .*, b has no more/);
  }));
