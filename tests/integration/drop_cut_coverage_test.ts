// What the gate does with the coverage of programs that a test killed.

import assert from "node:assert/strict";
import { fromFileUrl } from "./root.ts";

const WHOLE = JSON.stringify(
  { url: "file:///a.ts", functions: [{ ranges: [{ count: 1 }] }] },
  null,
  2,
);

async function leftOf(texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(texts)) {
      Deno.writeTextFileSync(`${dir}/${name}`, text);
    }
    const script = fromFileUrl(".ci/drop_cut_coverage");
    const { code, stderr } = await new Deno.Command("sh", { args: [script, dir] }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(code, 0);
    return Array.from(Deno.readDirSync(dir), (entry) => entry.name).sort();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("drop_cut_coverage leaves whole files alone", async () => {
  assert.deepEqual(await leftOf({ "a.json": WHOLE, "b.json": `${WHOLE}\n` }), ["a.json", "b.json"]);
});

Deno.test("drop_cut_coverage removes a file that is cut, wherever it is, and an empty one", async () => {
  const cuts = Array.from({ length: WHOLE.length }, (_, at) => [`${at}.json`, WHOLE.slice(0, at)]);
  assert.deepEqual(await leftOf({ "whole.json": WHOLE, ...Object.fromEntries(cuts) }), [
    "whole.json",
  ]);
});
