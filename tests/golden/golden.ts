// Texts that were looked at and found right; `deno test … -- --update` writes them anew.
import assert from "node:assert/strict";

/** Fails when the text is not that of the file of this name in `tests/golden`. */
export function assertGolden(name: string, text: string): void {
  const file = new URL(name, import.meta.url);
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(file, text);
  assert.equal(text, Deno.readTextFileSync(file), `tests/golden/${name} is another`);
}
