// The examples in the documentation of own policies: each is a file that type-checks, and runs.
import { strictEqual } from "node:assert/strict";
import { deno, inTempDir } from "./program.ts";
import { fromFileUrl } from "./root.ts";

const FILE = fromFileUrl("src/scenario/define.ts");

/** The blocks of code in doc comments. */
function examples(text: string): string[] {
  return [...text.matchAll(/^ \* ```ts\n((?: \*.*\n)*?) \* ```$/gm)]
    .map(([, block]) => block!.replace(/^ \* ?/gm, ""));
}

Deno.test("every example of own policies type-checks and runs", async () => {
  const found = examples(await Deno.readTextFile(FILE));
  const defined = [...(await Deno.readTextFile(FILE)).matchAll(/^export function define/gm)];
  strictEqual(found.length, defined.length, "each word has an example");
  await inTempDir(async (dir) => {
    const files = found.map((_, index) => `${dir}/example_${index}.ts`);
    for (const [index, file] of files.entries()) await Deno.writeTextFile(file, found[index]!);
    const config = ["--config", fromFileUrl("deno.json")];
    for (const args of [["check", ...config, ...files], ["run", ...config, files[0]!]]) {
      const { code, stderr } = await deno(args);
      strictEqual(code, 0, stderr);
    }
  });
});
