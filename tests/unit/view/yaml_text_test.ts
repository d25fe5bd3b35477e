import assert from "node:assert/strict";
import { load } from "js-yaml";
import { goJson } from "../../../src/view/go_value.ts";
import { yamlText } from "../../../src/view/yaml_text.ts";
import fc from "../../fast_check.ts";
import { assertGolden } from "../../golden/golden.ts";

/** Strings that need quotes of every kind, printed by `kubectl annotate --local -o json`. */
const SCALARS = JSON.parse(
  Deno.readTextFileSync(new URL("../../golden/kubectl/yaml-scalars.json", import.meta.url)),
);

Deno.test("yamlText() writes what kubectl writes, quotes, folds and order of keys", () => {
  assertGolden("kubectl/yaml-scalars.yaml", yamlText(SCALARS));
});

Deno.test("goJson() writes what kubectl writes", () => {
  assertGolden("kubectl/yaml-scalars.json", `${goJson(SCALARS, "    ")}\n`);
});

Deno.test("goJson() has keys in the order of their bytes, and one line without an indent", () => {
  assert.equal(
    goJson({ b: 1, 10: 2, 2: [], a: { x: null } }),
    '{"10":2,"2":[],"a":{"x":null},"b":1}',
  );
});

Deno.test("yamlText() has keys in the order of their numbers, letters last", () => {
  const keys = ["a1", "a10", "a2", "a02", "_", "B", "b", "1"];
  const text = yamlText(Object.fromEntries(keys.map((key) => [key, key])));
  const order = text.trimEnd().split("\n").map((line) => line.split(":")[0]!.replaceAll('"', ""));
  assert.deepEqual(order, ["_", "1", "B", "a1", "a2", "a02", "a10", "b"]);
});

Deno.test("yamlText() is read back as it was", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 120 }),
    fc.stringMatching(/^[ \na-z:#'"\-.]{0,200}$/),
    fc.constantFrom("", "~", "no", "1e3", "0x1", "2026-01-01", "- a", "a: b", "%", "`"),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z.\/-]{1,9}$/), tie("tree"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(fc.property(fc.array(tree, { maxLength: 3 }), (value) => {
    const object = { value } as never;
    assert.deepEqual(load(yamlText(object)), JSON.parse(JSON.stringify(object)));
  }));
});
