// Objects as YAML, to the byte as kubectl writes them. Reads no YAML.
//
// After go-yaml v2 (encode.go, sorter.go, emitterc.go), which kubectl prints with: keys in natural
// order, lists at the indent of their key, strings quoted where they would read as something else,
// lines broken at the first blank behind column 80.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, JsonObject } from "../kube/object.ts";
import { scalarText } from "./yaml_scalar.ts";

/** One document, ending with a newline. */
export function yamlText(value: Json): string {
  return `${node(value, 0, 0).trimStart()}\n`;
}

/**
 * A value behind its key or dash, with the blank or the line end before it. `indent` is the column
 * of a block that would stand here, `column` how many characters stand on the line already.
 */
function node(value: Json, indent: number, column: number): string {
  if (isList(value)) return value.length === 0 ? " []" : `\n${list(value, indent)}`;
  if (isMap(value)) {
    return keysOf(value).length === 0 ? " {}" : `\n${map(value, indent)}`;
  }
  return ` ${scalarText(value, { indent, column: column + 1, key: false })}`;
}

function map(value: JsonObject, indent: number): string {
  const blanks = " ".repeat(indent);
  const lines = keysOf(value).map((key) => {
    const item = value[key]!;
    const name = scalarText(key, { indent: indent + 2, column: indent, key: true });
    // A list stands at its key's own indent: the dash is indent enough.
    const inner = isList(item) ? indent : indent + 2;
    return `${name}:${node(item, inner, indent + name.length + 1)}`;
  });
  return blanks + lines.join(`\n${blanks}`);
}

function list(value: readonly Json[], indent: number): string {
  const blanks = " ".repeat(indent);
  const lines = value.map((item) => {
    const text = node(item, indent + 2, indent + 1);
    // What a dash opens begins on its own line: `- name: x`, `- - 1`.
    return `-${text.startsWith("\n") ? ` ${text.trimStart()}` : text}`;
  });
  return blanks + lines.join(`\n${blanks}`);
}

function keysOf(map: JsonObject): string[] {
  return Object.keys(map).filter((key) => map[key] !== undefined).sort(compareKeys);
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/** go-yaml's order of keys: numbers by value, letters after all else. */
function compareKeys(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [x, y] = [a[index]!, b[index]!];
    if (x === y) continue;
    return compareFrom(a, b, index);
  }
  return a.length - b.length;
}

/** The order of two keys that differ at `index` for the first time. */
function compareFrom(a: readonly string[], b: readonly string[], index: number): number {
  const [x, y] = [a[index]!, b[index]!];
  const letters = [LETTER.test(x), LETTER.test(y)];
  if (letters[0] && letters[1]) return order(x, y);
  if (letters[0] !== letters[1]) return letters[1] ? -1 : 1;
  const [left, right] = [digits(a, index), digits(b, index)];
  // A 0 behind another digit counts, one at the beginning of a number does not.
  const inside = (x === "0" || y === "0") && followsNumber(a, index);
  const byValue = inside ? 0 : Number(left) - Number(right);
  return byValue || left.length - right.length || order(x, y);
}

function digits(text: readonly string[], from: number): string {
  let end = from;
  while (end < text.length && DIGIT.test(text[end]!)) end++;
  return text.slice(from, end).join("");
}

/** Whether a number other than 0 goes on here: then a 0 is one of its digits. */
function followsNumber(text: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0 && DIGIT.test(text[at]!); at--) {
    if (text[at] !== "0") return true;
  }
  return false;
}

function order(x: string, y: string): number {
  return x.codePointAt(0)! - y.codePointAt(0)!;
}
