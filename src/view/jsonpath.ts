// kubectl's JSONPath: what a template finds in an object, and the text it makes of it.
//
// After client-go's util/jsonpath/jsonpath.go, with missing keys allowed as kubectl allows them.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json } from "../kube/object.ts";
import { goJson, goText, goType, sortedEntries } from "./go_value.ts";
import { JsonPathError, type Node, parseTemplate, type Path } from "./jsonpath_parse.ts";

export { JsonPathError } from "./jsonpath_parse.ts";

/** A template that was read; throws a {@linkcode JsonPathError} where it cannot be. */
export class JsonPath {
  readonly #paths: readonly Path[];

  constructor(template: string) {
    this.#paths = parseTemplate(template);
  }

  /** What each piece of text and each action found, in order. */
  find(data: Json): Json[][] {
    const results: Json[][] = [];
    const next = run(this.#paths, 0, data, results);
    if (next < this.#paths.length) throw new JsonPathError("not in range, nothing to end");
    return results;
  }

  /** The template filled in; lists and maps as JSON. */
  print(data: Json): string {
    return this.find(data).map((found) => found.map(printed).join(" ")).join("");
  }
}

/** `name`, `.name`, `{name}` and `{.name}` as a template, as `--sort-by` and custom columns take it. */
export function relaxedPath(text: string): string {
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (match === null) {
    throw new JsonPathError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or " +
        "'{name1.name2}' or '{.name1.name2}'",
    );
  }
  return `{.${match[1] ?? match[2]}}`;
}

function printed(value: Json): string {
  if (isMap(value) || isList(value)) return goJson(value);
  return goText(value);
}

/** Runs paths from `start` to the end or to the `{end}` of this range; returns the index of it. */
function run(
  paths: readonly Path[],
  start: number,
  data: Json | undefined,
  results: Json[][],
): number {
  const current = data === undefined ? [] : [data];
  for (let index = start; index < paths.length; index++) {
    const path = paths[index]!;
    const [first] = path;
    if (first?.type === "identifier" && first.name === "end") return index;
    if (first?.type !== "identifier" || first.name !== "range") {
      results.push(walk(current, path));
      continue;
    }
    const items = walk(current, path.slice(1));
    // A range over nothing is read all the same, to find its end.
    let end = items.length === 0 ? run(paths, index + 1, undefined, []) : index;
    for (const item of items) end = run(paths, index + 1, item, results);
    index = end;
  }
  return paths.length;
}

function walk(input: readonly Json[], path: Path): Json[] {
  return path.reduce((values, node) => step(values, node), [...input]);
}

function step(values: Json[], node: Node): Json[] {
  switch (node.type) {
    case "text":
      return [node.text];
    case "number":
    case "bool":
      return values.map(() => node.value);
    case "field":
      return values.flatMap((value) => field(value, node.name));
    case "wildcard":
      return values.flatMap(children);
    case "recursive":
      return values.flatMap(descendants);
    case "union":
      return node.paths.flatMap((path) => walk(values, path));
    case "slice":
      return values.flatMap((value) => slice(value, node));
    case "filter":
      return values.flatMap((value) => filter(value, node));
    case "identifier":
      throw new JsonPathError(`unrecognized identifier ${node.name}`);
  }
}

function field(value: Json, name: string): Json[] {
  if (!isMap(value) || !Object.hasOwn(value, name)) return [];
  const found = value[name];
  return found === undefined ? [] : [found];
}

function children(value: Json): Json[] {
  if (isList(value)) return [...value];
  return isMap(value) ? sortedEntries(value).map(([, item]) => item) : [];
}

/** The value and everything below it that has something in it. */
function descendants(value: Json): Json[] {
  const below = children(value);
  return below.length === 0 ? [] : [value, ...below.flatMap(descendants)];
}

function slice(value: Json, node: Extract<Node, { type: "slice" }>): Json[] {
  if (value === null) return [];
  if (!isList(value)) throw new JsonPathError(`${goType(value)} is not array or slice`);
  const { length } = value;
  const { step = 1 } = node;
  const from = fromEnd(node.from ?? 0, length);
  // `[-1]` ends where the list does.
  const to = node.single && node.to === 0 ? length : fromEnd(node.to ?? length, length);
  checkBounds(from, to, length);
  if (step <= 0) throw new JsonPathError("step must be > 0");
  return value.slice(from, to).filter((_, index) => index % step === 0);
}

function fromEnd(index: number, length: number): number {
  return index < 0 ? index + length : index;
}

function checkBounds(from: number, to: number, length: number): void {
  // Nothing of nothing is no error.
  if (from === to) return;
  if (from >= length || from < 0) throw outOfBounds(from, length);
  if (to > length) throw outOfBounds(to - 1, length);
}

function outOfBounds(index: number, length: number): JsonPathError {
  return new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
}

function filter(value: Json, node: Extract<Node, { type: "filter" }>): Json[] {
  if (!isList(value)) {
    throw new JsonPathError(`${goText(value)} is not array or slice and cannot be filtered`);
  }
  return value.filter((item) => {
    const lefts = walk([item], node.left);
    if (node.operator === "exists") return lefts.length > 0;
    const rights = walk([item], node.right);
    if (lefts.length === 0 || rights.length === 0) return false;
    if (lefts.length > 1 || rights.length > 1) {
      throw new JsonPathError("can only compare one element at a time");
    }
    return compare(lefts[0]!, node.operator, rights[0]!);
  });
}

function compare(left: Json, operator: string, right: Json): boolean {
  const holds = COMPARE[operator];
  if (holds === undefined) throw new JsonPathError(`unrecognized filter operator ${operator}`);
  if (isMap(left) || isList(left) || left === null || right === null) {
    throw new JsonPathError("invalid type for comparison");
  }
  if (goType(left) !== goType(right)) {
    throw new JsonPathError("incompatible types for comparison");
  }
  return holds(left, right as typeof left);
}

type Scalar = string | number | boolean;

const COMPARE: Readonly<Record<string, (left: Scalar, right: Scalar) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};
