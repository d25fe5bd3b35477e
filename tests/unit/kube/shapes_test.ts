// Tests of the notation in which the schema's tables are written.
import assert from "node:assert/strict";
import { Shapes } from "../../../src/kube/schema/shapes.ts";
import { issueCauses, unknownFields } from "../../../src/kube/validate_schema.ts";

const TABLE = String.raw`
Word = string 1..3 /^[a-z]+$/
Port: number! int32 1..65535; protocol string in TCP,UDP = "TCP"
Loose: name Word; ports [Port] 1..2 by number,protocol; tags [Word] set; sizes {quantity} 1..;
  code integer in 301,302; any object; free any
Tight: ...Loose; name! Word; ports [Port]
`;

const RULES = {
  Port: [{ message: "no 22", obeys: ({ number }: { number: number }) => number !== 22 }],
  "Loose.tags": [{ message: "no x", obeys: (tags: string[]) => !tags.includes("x") }],
};

function judged(name: string, value: unknown, templated = false) {
  const parsed = new Shapes([TABLE], RULES, { templated }).get(name).safeParse(value);
  const issues = parsed.error?.issues ?? [];
  return { value: parsed.data, causes: issueCauses(issues, value), unknown: unknownFields(issues) };
}

Deno.test("Shapes.get() takes what its table says, and fills in defaults", () => {
  const value = {
    name: "ab",
    ports: [{ number: 80 }, { number: 80, protocol: "UDP" }],
    tags: ["a", "b"],
    sizes: { "a.b/c": "1Gi", d: 4 },
    code: 301,
    any: { thing: [null] },
    free: 7,
  };
  assert.deepEqual(judged("Loose", value), {
    value: { ...value, ports: [{ number: 80, protocol: "TCP" }, value.ports[1]] },
    causes: [],
    unknown: [],
  });
});

for (
  const [what, name, value, causes] of [
    ["a text that is too long", "Loose", { name: "abcd" }, [
      "name: Too long: may not be more than 3",
    ]],
    ["a text of another look", "Loose", { name: "A" }, [
      'name: Invalid value: "A": name in body sho',
    ]],
    ["a field that is required", "Tight", {}, ["name: Required value"]],
    ["an empty list", "Loose", { ports: [] }, [
      "ports: Invalid value: 0: ports in body should have",
    ]],
    ["an empty map", "Loose", { sizes: {} }, [
      "sizes: Invalid value: 0: sizes in body should have",
    ]],
    [
      "items of one key, a default among them",
      "Loose",
      { ports: [{ number: 80 }, { number: 80, protocol: "TCP" }] },
      ['ports[1]: Duplicate value: {"number":80,"protocol":"TCP"}'],
    ],
    ["items alike", "Loose", { tags: ["a", "a"] }, ['tags[1]: Duplicate value: "a"']],
    ["a word of no list", "Loose", { code: 303 }, [
      "code: Unsupported value: 303: supported values",
    ]],
    ["what breaks a rule", "Port", { number: 22 }, [': Invalid value: "object": no 22']],
    ["a list that breaks one", "Loose", { tags: ["x"] }, ['tags: Invalid value: "array": no x']],
    ["null in a list", "Loose", { tags: [null] }, [
      'tags[0]: Invalid value: "null": tags[0] in bo',
    ]],
    ["several things at once", "Tight", { name: 1, ports: [{ number: 0 }, {}] }, [
      'name: Invalid value: "integer": name in body must be of type string: "integer"',
      "ports[0].number: Invalid value: 0: ports[0].number in body should be greater than or equal",
      "ports[1].number: Required value",
    ]],
  ] as const
) {
  Deno.test(`Shapes.get() refuses ${what}`, () => {
    const found = judged(name, value).causes;
    assert.equal(found.length, causes.length, found.join("\n"));
    const sorted = found.toSorted();
    for (const [index, cause] of causes.toSorted().entries()) {
      assert.ok(sorted[index]!.startsWith(cause), sorted[index]);
    }
  });
}

Deno.test("Shapes.get() tells of unknown fields apart, and judges the rest all the same", () => {
  const { causes, unknown } = judged("Loose", { extra: 1, ports: [{ number: 22, x: 1 }] });
  assert.deepEqual(unknown, [["ports", 0, "x"], ["extra"]]);
  assert.deepEqual(causes, ['ports[0]: Invalid value: "object": no 22']);
});

Deno.test("Shapes.get() asks of templates only for their types and greatest sizes", () => {
  const templated = (value: unknown) => judged("Loose", value, true).causes;
  assert.deepEqual(templated({ name: "{{", ports: [{ number: 22 }], tags: ["x"] }), []);
  assert.deepEqual(templated({ ports: [], sizes: { a: "{{ .Size }}" }, name: "" }), []);
  assert.equal(templated({ name: "{{ .Name }}", ports: [{ number: 0 }] }).length, 2);
});

Deno.test("Shapes.get() faults for a name that no table has", () => {
  assert.throws(() => new Shapes([TABLE], {}).get("Nope"), /No shape is named "Nope"/);
});
