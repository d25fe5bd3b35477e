// Each lint rule on planted violations and on near misses, and floors.ts against the tree.
import assert from "node:assert/strict";
import { EDGE_FILES, FLOORS } from "../../lint/floors.ts";
import plugin from "../../lint/plugin.ts";

const SRC = new URL("../../../src/", import.meta.url);

type Case = readonly [filename: string, source: string];

function messages(rule: string, [filename, source]: Case): readonly string[] {
  return Deno.lint.runPlugin(plugin, filename, source)
    .filter((one) => one.id === `mtop/${rule}`)
    .map((one) => one.message);
}

function refused(rule: string, cases: readonly Case[]): void {
  for (const one of cases) assert.equal(messages(rule, one).length, 1, one.join(": "));
}

function passed(rule: string, cases: readonly Case[]): void {
  for (const one of cases) assert.deepEqual(messages(rule, one), [], one.join(": "));
}

Deno.test("arrows refuses an import against the arrows when static, dynamic, re-exported or typed", () => {
  refused("arrows", [
    ["src/sim/clock.ts", 'import { fold } from "../fleet/fold.ts";'],
    ["src/sim/clock.ts", 'import type { State } from "../fleet/state.ts";'],
    ["src/sim/clock.ts", 'export { fold } from "../fleet/fold.ts";'],
    ["src/sim/clock.ts", 'export * from "../fleet/fold.ts";'],
    ["src/sim/clock.ts", 'await import("../fleet/fold.ts");'],
    ["src/sim/clock.ts", 'type State = import("../fleet/state.ts").State;'],
    ["src/load/deep/a.ts", 'import { fold } from "../../fleet/fold.ts";'],
    ["src/tui/loop.ts", 'import { fold } from "../fleet/fold.ts";'],
    ["src/view/table.ts", 'import { summary } from "../scenario/summary.ts";'],
    ["src/yaml.ts", 'import { fold } from "./fleet/fold.ts";'],
    ["src/mod.ts", 'import { mtop } from "./cli/mtop.ts";'],
    ["src/cli/run.ts", 'import { scenario } from "mtop";'],
    ["src/scenario/plan.ts", 'import { yaml } from "mtop/yaml";'],
    [`${SRC.pathname}sim/clock.ts`, 'import { fold } from "../fleet/fold.ts";'],
  ]);
});

Deno.test("arrows passes what the table allows", () => {
  passed("arrows", [
    ["src/fleet/fold.ts", 'import { Clock } from "../sim/clock.ts";'],
    ["src/fault/xid.ts", 'import { prefill } from "../serving/prefill.ts";'],
    ["src/scenario/run.ts", 'import { encode } from "../log/codec.ts";'],
    ["src/sim/clock.ts", 'import { Queue } from "./queue.ts"; export * from "./fleet/x.ts";'],
    ["src/cli/run.ts", 'import { render } from "../report/text.ts"; import "../yaml.ts";'],
    [
      "src/mod.ts",
      'export { main } from "./cli/scenario_main.ts"; export * from "./scenario/mod.ts";',
    ],
    ["src/fleet/fold.ts", 'const path = "../cli/run.ts"; await import(path);'],
    ["tests/unit/sim/clock_test.ts", 'import { fold } from "../../../src/fleet/fold.ts";'],
  ]);
});

Deno.test("arrows keeps files that touch the outside from floors that must not", () => {
  refused("arrows", [
    ["src/scenario/run.ts", 'import { open } from "../log/file.ts";'],
    ["src/report/text.ts", 'import { open } from "../log/file_reader.ts";'],
    ["src/log/codec.ts", 'import { open } from "./file.ts";'],
    ["src/view/table.ts", 'import type { File } from "../log/file.ts";'],
    ["src/scenario/run.ts", 'import type { File } from "../log/file.ts";'],
    ["src/fleet/fold.ts", 'import { Store } from "../kube/store.ts";'],
    ["src/kube/merge.ts", 'import { Store } from "./store.ts";'],
  ]);
  passed("arrows", [
    ["src/cli/run.ts", 'import { open } from "../log/file.ts"; import "../kube/store_mock.ts";'],
    ["src/tui/loop.ts", 'import { open } from "../log/file.ts";'],
    ["src/live/source.ts", 'import { open } from "../log/file_writer.ts";'],
    ["src/log/file_reader.ts", 'import { open } from "./file.ts";'],
    ["src/fleet/fold.ts", 'import type { Store } from "../kube/store.ts";'],
  ]);
});

Deno.test("arrows refuses packages a floor does not list, code outside src and other registries", () => {
  refused("arrows", [
    ["src/sim/clock.ts", 'import { Command } from "@commander-js/extra-typings";'],
    ["src/sim/clock.ts", 'import { randomNormal } from "d3-random";'],
    ["src/kube/merge.ts", 'import { load } from "js-yaml";'],
    ["src/cli/live.ts", 'import { KubeConfig } from "npm:@kubernetes/client-node@2.0.1";'],
    ["src/sim/clock.ts", 'import fs from "fs";'],
    ["src/sim/clock.ts", 'import { swarm } from "../../tests/swarm/main.ts";'],
    ["tests/unit/a_test.ts", 'import { assert } from "jsr:@std/assert";'],
    ["scenarios/a.ts", 'await import("https://example.com/a.ts");'],
    ["src/newfloor/a.ts", 'import { z } from "zod";'],
  ]);
  passed("arrows", [
    ["src/kube/schema.ts", 'import { z } from "zod"; import * as mini from "zod/mini";'],
    [
      "src/sim/random.ts",
      'import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";',
    ],
    ["src/kube/store_mock.ts", 'import { load } from "js-yaml";'],
    ["src/live/source.ts", 'import { KubeConfig } from "npm:@kubernetes/client-node@2.0.1";'],
    ["src/cli/version.ts", 'import config from "../../deno.json" with { type: "json" };'],
    ["tests/unit/a_test.ts", 'import fc from "fast-check";'],
  ]);
});

Deno.test("pure-floors refuses globals that reach outside", () => {
  const used = [
    "const at = Date.now();",
    "const at = new Date(0);",
    "const x = Math.random();",
    'const x = Math["random"]();',
    "const { random } = Math;",
    "setTimeout(() => {}, 0);",
    "setInterval(() => {}, 0);",
    "const t = performance.now();",
    'console.log("x");',
    "const a = Deno.args;",
    "const e = process.env;",
    'fetch("x");',
    "crypto.getRandomValues(bytes);",
    'new Worker("x");',
    "localStorage.clear();",
    "const e = globalThis.process;",
    "const o = { console };",
    "const o = { [process]: 1 };",
    "const at = Date as unknown;",
    "class Later extends Date {}",
    "declare const Deno: { args: string[] };",
    "function one(process: number) { return process; } const e = process;",
  ];
  refused("pure-floors", used.map((source) => ["src/sim/clock.ts", source]));
  refused("pure-floors", [["src/yaml.ts", "console.log(1);"], ["src/mod.ts", "fetch(1);"]]);
});

Deno.test("pure-floors passes names, types and local bindings that only look like them", () => {
  const used = [
    "const x = foo.process + foo?.console;",
    "const o = { process: 1, console() {}, Date: 2 };",
    "interface X { console: string; run(process: number): Date }",
    "type T = Date | typeof process | ((prompt: string) => void);",
    "function f(at: Date): Date { return at; }",
    "const at = value as Date;",
    "class A { process = 1; fetch() {} }",
    "class A implements Date {}",
    "const process = start(); process.run();",
    "function f({ prompt, fetch: [console = 1], ...self }) { return [prompt, console, self]; }",
    "const f = (location = 1) => location;",
    "for (const process of all) process.run();",
    "for (let self = 0; self < 1; self++) {}",
    "try { run(); } catch (process) { throw process; }",
    "switch (x) { case 1: { const self = 1; use(self); } }",
    'import { process } from "./process.ts"; process();',
    'import { process as one } from "./process.ts"; one();',
    "function fetch() {} fetch();",
    "export class Worker {} new Worker();",
    "process: for (;;) break process;",
    "const s = `Date ${one}`; const x = Math.floor(1.5); queueMicrotask(run);",
    "crypto.subtle.digest(one, two); const { floor } = Math;",
  ];
  passed("pure-floors", used.map((source) => ["src/sim/clock.ts", source]));
});

Deno.test("pure-floors refuses Node's modules but those that only compute", () => {
  const refusedSources = [
    'import { readFileSync } from "node:fs";',
    'import "node:process";',
    'import os from "node:os";',
    'import { setTimeout as wait } from "node:timers/promises";',
    'import { randomBytes } from "node:crypto";',
    'import * as crypto from "node:crypto";',
    'export { readFile } from "node:fs/promises";',
    'export * from "node:crypto";',
    'await import("node:child_process");',
  ];
  refused("pure-floors", refusedSources.map((source) => ["src/log/codec.ts", source]));
  passed("pure-floors", [
    ["src/log/codec.ts", 'import { createHash } from "node:crypto";'],
    ["src/log/codec.ts", 'import type { Stats } from "node:fs";'],
    ["src/log/codec.ts", 'import assert from "node:assert/strict";'],
  ]);
});

Deno.test("pure-floors leaves impure floors and files alone", () => {
  const source = 'import "node:fs"; console.log(Date.now(), Deno.args);';
  const impure = ["cli/run", "tui/loop", "live/a", "serve/a", "log/file", "kube/store_mock"];
  passed("pure-floors", impure.map((name) => [`src/${name}.ts`, source]));
  passed("pure-floors", [["tests/unit/a_test.ts", source], ["main.ts", source]]);
});

const TWELVE = `if (a) {} a ? 1 : 2; for (;;) {} for (const x in a) {} for (const x of a) {}
  while (a) {} do {} while (a); switch (a) { case 1: default: } try {} catch {} a && b; a || b;`;

Deno.test("complexity counts every decision and names the function above 12", () => {
  const file = "tests/unit/a_test.ts";
  passed("complexity", [[file, `function f() { ${TWELVE} }`], [file, `${TWELVE} a ?? b;`]]);
  const above: readonly Case[] = [
    [file, `function f() { ${TWELVE} a ?? b; }`],
    [file, `const f = () => { ${TWELVE} a ?? b; };`],
    [file, `class A { f() { ${TWELVE} a ?? b; } }`],
    [file, `class A { f = function () { ${TWELVE} a ?? b; }; }`],
    [file, `const o = { f: () => { ${TWELVE} a ?? b; } };`],
    [file, `f = () => { ${TWELVE} a ?? b; };`],
  ];
  for (const one of above) {
    assert.deepEqual(messages("complexity", one), ['Complexity of "f" is 13, above 12']);
  }
  assert.deepEqual(messages("complexity", [file, `Deno.test("x", () => { ${TWELVE} a ?? b; });`]), [
    'Complexity of the function passed to "Deno.test" is 13, above 12',
  ]);
  assert.deepEqual(messages("complexity", [file, `export default () => { ${TWELVE} a ?? b; };`]), [
    "Complexity of anonymous function is 13, above 12",
  ]);
});

Deno.test("complexity counts nested functions apart", () => {
  passed("complexity", [["main.ts", `function f() { ${TWELVE} function g() { ${TWELVE} } }`]]);
  refused("complexity", [[
    "main.ts",
    `function f() { ${TWELVE} (() => { ${TWELVE} })(); a ?? b; }`,
  ]]);
});

Deno.test("import-order wants imports first, in groups, each by name", () => {
  const file = "src/sim/clock.ts";
  const ordered = [
    'import assert from "node:assert/strict";',
    'import { join } from "node:path";',
    'import type { Command } from "@commander-js/extra-typings";',
    'import { z } from "zod";',
    'import { main } from "mtop";',
    'import { yaml } from "mtop/yaml";',
    'import { f } from "../../f.ts";',
    'import type { g } from "../a/g.ts";',
    'import { h } from "../h.ts";',
    'import a from "./a.ts";',
  ];
  passed("import-order", [[file, `// Header.\n${ordered.join("\n")}\nexport * from "./b.ts";`]]);
  ordered.slice(1).forEach((line, index) => {
    refused("import-order", [[file, `${line}\n${ordered[index]}`]]);
  });
  refused("import-order", [
    [file, 'const a = 1;\nimport { z } from "zod";'],
    [file, 'export * from "./a.ts";\nimport { z } from "zod";'],
  ]);
});

Deno.test("FLOORS names every folder and file at the top of src", () => {
  const names = new Set(FLOORS.map((floor) => floor.name));
  for (const entry of Deno.readDirSync(SRC)) assert.ok(names.has(entry.name), entry.name);
});

Deno.test("FLOORS has no cycle and names no floor that it lacks", () => {
  const left = new Map(FLOORS.map((floor) => [floor.name, floor.mayImport]));
  assert.equal(left.size, FLOORS.length);
  for (const name of FLOORS.flatMap((floor) => floor.mayImport)) assert.ok(left.has(name), name);
  for (const readers of EDGE_FILES.flatMap((files) => files.readers)) assert.ok(left.has(readers));
  while (left.size > 0) {
    const free = [...left].filter(([, mayImport]) => !mayImport.some((name) => left.has(name)));
    assert.ok(free.length > 0, `cycle among ${[...left.keys()].join(", ")}`);
    for (const [name] of free) left.delete(name);
  }
});
