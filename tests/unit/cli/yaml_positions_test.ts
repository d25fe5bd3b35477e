import assert from "node:assert/strict";
import { load } from "js-yaml";
import { keyPositions, positionKey } from "../../../src/cli/yaml_positions.ts";
import fc from "../../fast_check.ts";

Deno.test("keyPositions() counts lines and columns of keys and entries from 1", () => {
  const positions = keyPositions("# c\na:\n  b: 70\n  'c d': [x, {y: 1}]\nlist:\n- [z]\n- k: 1\n");
  const expected: readonly [PropertyKey[], number, number][] = [
    [["a"], 2, 1],
    [["a", "b"], 3, 3],
    [["a", "c d"], 4, 4],
    [["a", "c d", 0], 4, 11],
    [["a", "c d", 1], 4, 14],
    [["a", "c d", 1, "y"], 4, 15],
    [["list"], 5, 1],
    [["list", 0], 6, 3],
    [["list", 0, 0], 6, 4],
    [["list", 1], 7, 3],
    [["list", 1, "k"], 7, 3],
  ];
  assert.deepEqual(
    [...positions],
    expected.map(([path, line, column]) => [positionKey(path), { line, column }]),
  );
});

Deno.test("keyPositions() is not led astray by keys that are no scalars, nor by aliases", () => {
  const positions = keyPositions("? [p, q]\n: 1\na: &n 1\n*n : 2\nb: *n\nc: 3\n");
  assert.deepEqual(positions.get(positionKey(["b"])), { line: 5, column: 1 });
  assert.deepEqual(positions.get(positionKey(["c"])), { line: 6, column: 1 });
});

Deno.test("keyPositions() has the place of every key of whatever JSON", () => {
  const paths = (value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] =>
    typeof value !== "object" || value === null ? [] : Object.entries(value).flatMap(
      ([key, child]) => [[...path, key], ...paths(child, [...path, key])],
    );
  const key = fc.stringMatching(/^[a-z]{1,4}$/);
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  fc.assert(fc.property(tree, (tree) => {
    const text = JSON.stringify(tree, null, 2);
    assert.deepEqual(load(text), tree);
    const lines = text.split("\n");
    const positions = keyPositions(text);
    assert.deepEqual([...positions.keys()], paths(tree).map(positionKey));
    for (const [path, { line, column }] of positions) {
      const last = (JSON.parse(path) as string[]).at(-1)!;
      if (/[a-z]/.test(last)) assert.ok(lines[line - 1]!.slice(column - 1).startsWith(`${last}":`));
    }
  }));
});

Deno.test("keyPositions() of nothing is nothing", () => {
  for (const text of ["", "# c\n", "a"]) assert.equal(keyPositions(text).size, 0);
});
