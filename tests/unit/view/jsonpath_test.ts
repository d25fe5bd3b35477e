// The answers are kubectl 1.32.4's: `kubectl annotate --local -f … -o jsonpath=…` of this object.
import assert from "node:assert/strict";
import { JsonPath, JsonPathError, relaxedPath } from "../../../src/view/jsonpath.ts";

const OBJECT = {
  kind: "LLMInferenceService",
  metadata: {
    name: "x",
    annotations: { a10: "1", a2: "y", ac: "<a&b>", c: "1_000", "a.b": "dotted" },
  },
  spec: {
    b: true,
    big: 12345678,
    e: {},
    f: 1.5,
    l: [],
    list: [[1, 2], ["a", { b: "c" }], []],
    maps: [{ a: 1, b: { c: 2 } }],
    replicas: 3,
    nothing: null,
  },
};

const PRINTED: readonly [string, string][] = [
  [
    "{.metadata.annotations}",
    '{"a.b":"dotted","a10":"1","a2":"y","ac":"\\u003ca\\u0026b\\u003e","c":"1_000"}',
  ],
  ["{.spec.n}", ""],
  ["{.spec.n.x}", ""],
  ["{.spec.list[0]}", "[1,2]"],
  ["{.spec.list[-1]}", "[]"],
  ["{.spec.list[-1:]}", "[]"],
  ["{.spec.list[0:2]}", '[1,2] ["a",{"b":"c"}]'],
  ["{.spec.list[::2]}", "[1,2] []"],
  ["{.spec.list[*][*]}", '1 2 a {"b":"c"}'],
  ["{..c}", "1_000 2"],
  ['{.spec.f}{"\\t"}{.spec.big}', "1.5\t12345678"],
  ["{range .spec.nope[*]}a{end}x", "x"],
  ["{range .spec.maps[*]}{.a}", "1"],
  ["{range .spec.list[*]}<{range @[*]}[{@}]{end}>{end}.", '<[1][2]><[a][{"b":"c"}]><>.'],
  ["{.spec.maps[?(@.a==1)].b}", '{"c":2}'],
  ["{.spec.maps[?(@.zz==1)].b}", ""],
  ["{.spec.maps[?(@.a>0)].b.c}", "2"],
  ["{.spec.maps[?(@.b)].a}", "1"],
  ["{.spec.maps[?(@.b.c!=3)].a}", "1"],
  ["{.metadata.annotations['a10','a2']}", "1 y"],
  ["{.metadata['name']}", "x"],
  ["{.metadata.annotations.a\\.b}", "dotted"],
  ["{.spec.b}{.spec.e}{.spec.l}", "true{}[]"],
  ["plain {.spec.b} text", "plain true text"],
  ["{.spec.maps[0].*}", '1 {"c":2}'],
  ["{1}{true}{1.5}", "1true1.5"],
  ["{$.kind}", "LLMInferenceService"],
  ["{'single'}", "single"],
  ['{"a\\"b\\u0041"}', 'a"bA'],
];

const NOT_PARSED: readonly [string, string][] = [
  ["{.items[*}", "unterminated array"],
  ["{.a,.b}", "unrecognized character in action: U+002C ','"],
  ["{.spec.b", "unclosed action"],
  ['{"abc}', "unterminated quoted string"],
  ["{.spec.maps[?(@.a==1]}", "unterminated filter"],
  ['{.spec.maps[?(@.a=="x)].b}', "unterminated filter"],
  ["{.spec.maps[?(@.a==1)}", "unclosed array expect ]"],
  ["{.spec.maps[?(@.a=~1)]}", "unrecognized character in action: U+007E '~'"],
  ["{.spec.list[x]}", "invalid array index x"],
  ["{....x}", "invalid multiple recursive descent"],
  ["{/}", "unrecognized character in action: U+002F '/'"],
  ['{"\\q"}', 'unquote string "\\q" error invalid syntax'],
];

const NOT_PRINTED: readonly [string, string][] = [
  ["{.spec.list[9]}", "array index out of bounds: index 9, length 3"],
  ["{.spec.list[0:9]}", "array index out of bounds: index 8, length 3"],
  ["{range .spec.list[*]}{@[0]}{end}", "array index out of bounds: index 0, length 0"],
  ["{.spec.list[0:2:0]}", "step must be > 0"],
  ["{.kind}{end}", "not in range, nothing to end"],
  ['{.spec.maps[?(@.a=="1")].b}', "incompatible types for comparison"],
  ["{.spec.replicas[0]}", "int64 is not array or slice"],
  ["{foo}", "unrecognized identifier foo"],
  [
    "{.spec.maps[0].b[?(@.x==1)]}",
    "map[c:2] is not array or slice and cannot be filtered",
  ],
];

Deno.test("JsonPath.print() prints what kubectl prints", () => {
  for (const [template, text] of PRINTED) {
    assert.equal(new JsonPath(template).print(OBJECT), text, template);
  }
});

Deno.test("JsonPath() refuses what it cannot parse in kubectl's words", () => {
  for (const [template, message] of NOT_PARSED) {
    assert.throws(() => new JsonPath(template), { name: "JsonPathError", message }, template);
  }
});

Deno.test("JsonPath.print() refuses what an object does not have in kubectl's words", () => {
  for (const [template, message] of NOT_PRINTED) {
    const path = new JsonPath(template);
    assert.throws(() => path.print(OBJECT), { name: "JsonPathError", message }, template);
  }
});

Deno.test("relaxedPath() takes a field with or without braces and dot", () => {
  for (const text of ["a.b", ".a.b", "{a.b}", "{.a.b}"]) {
    assert.equal(relaxedPath(text), "{.a.b}");
  }
  assert.throws(() => relaxedPath("{.a}{.b}"), JsonPathError);
});
