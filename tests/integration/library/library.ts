// What every scenario of the library is held to: its golden summary, its margins, its negative controls.

import { match, ok, strictEqual } from "node:assert/strict";
import { assertGolden } from "../../golden/golden.ts";
import { deno, inTempDir, mtop } from "../program.ts";
import { fromFileUrl } from "../root.ts";

interface Controls {
  /**
   * What is taken away → the fields of the scenario, as source text, that do so; `original` is the
   * scenario: `{ "without the fault": "faults: []" }`. Each of them must exit 99.
   */
  readonly controls: Readonly<Record<string, string>>;
  /** How far each threshold is from its value at the least, as a share of itself; 0.2 when left out. */
  readonly margin?: number;
}

const MAX_LINES = 60;
/** Beside the scenario's own seed; the twenty that a scenario was written for are run by hand. */
const SEEDS = 3;

/** Registers the tests of `scenarios/<name>.ts`. */
export function testLibrary(name: string, { controls, margin = 0.2 }: Controls): void {
  const file = `scenarios/${name}.ts`;

  Deno.test(`${name} passes without a permission and prints its golden summary`, async () => {
    const { code, stdout, stderr } = await deno(["run", "--no-prompt", file]);
    strictEqual(code, 0, stdout + stderr);
    assertGolden(`library/${name}.txt`, stdout);
  });

  Deno.test(`${name} is at most ${MAX_LINES} lines with a header`, async () => {
    const text = await Deno.readTextFile(fromFileUrl(file));
    match(text, /^\/\/ \S/);
    const lines = text.trimEnd().split("\n").length;
    ok(lines <= MAX_LINES, `${file} has ${lines} lines`);
  });

  Deno.test(`${name} passes on seeds 1 to ${SEEDS}, no threshold near its value`, async () => {
    const args = ["run", "--no-prompt", file, "--seeds", String(SEEDS), "-o", "json"];
    const { code, stdout, stderr } = await deno(args);
    strictEqual(code, 0, stdout + stderr);
    const margins = [...stdout.matchAll(/"margin": (\d[\d.]*)/g)].map(([, text]) => Number(text));
    ok(Math.min(...margins) > margin, `a threshold is ${Math.min(...margins)} of itself away`);
  });

  for (const [what, fields] of Object.entries(controls)) {
    Deno.test(`${name} exits 99 ${what}`, async () => {
      await inTempDir(async (dir) => {
        const path = JSON.stringify(fromFileUrl(file));
        const source = `import { scenario } from "mtop";\nimport original from ${path};\n` +
          `export default scenario({ ...original, ${fields} });\n`;
        await Deno.writeTextFile(`${dir}/control.ts`, source);
        const { code, stdout, stderr } = await mtop(["run", `${dir}/control.ts`]);
        strictEqual(code, 99, stdout + stderr);
      });
    });
  }
}
