// Makes a failing scenario smaller for as long as it fails in the same way. Knows no invariant.

export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};

/** Why data fails, in words that are the same for the same failure; undefined when it does not. */
export type Failure = (data: Json) => string | undefined;

/** Runs that a shrink may take, unless asked otherwise. */
const DEFAULT_RUNS = 400;

/** Fields whose values are numbers that mean something else when they are halved. */
const KEPT = new Set(["seed", "xid", "kind"]);
const DURATION = /^(\d+)(ms|s|m|h)$/;

/**
 * The smallest data it finds that fails as `data` does: parts left out first, the largest first, then
 * numbers and durations made smaller. Deterministic; what is no valid scenario does not fail in that way.
 */
export function shrink(data: Json, fails: Failure, runs = DEFAULT_RUNS): Json {
  const wanted = fails(data);
  if (wanted === undefined) throw new Error("Cannot shrink what does not fail");
  let smallest = data;
  let left = runs;
  for (let found = true; found && left > 0;) {
    found = false;
    // Those that were refused once are not tried again until something else became smaller.
    for (const smaller of candidates(smallest)) {
      if (left-- <= 0) break;
      if (fails(smaller) !== wanted) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

function* candidates(data: Json): Generator<Json> {
  yield* withoutParts(data);
  yield* withSmallerLeaves(data);
}

/** The same without one element of a list or one field, outer ones first. */
function* withoutParts(data: Json): Generator<Json> {
  const levels: Generator<Json>[] = [];
  if (isList(data)) {
    for (const [index] of data.entries()) yield data.toSpliced(index, 1);
    for (const [index, item] of data.entries()) {
      levels.push(mapped(withoutParts(item), (smaller) => data.with(index, smaller)));
    }
  } else if (isMap(data)) {
    for (const key of Object.keys(data)) {
      const { [key]: _, ...rest } = data;
      yield rest;
    }
    for (const [key, value] of Object.entries(data)) {
      levels.push(mapped(withoutParts(value), (smaller) => ({ ...data, [key]: smaller })));
    }
  }
  for (const level of levels) yield* level;
}

function* withSmallerLeaves(data: Json, key = ""): Generator<Json> {
  if (isList(data)) {
    for (const [index, item] of data.entries()) {
      yield* mapped(withSmallerLeaves(item, key), (smaller) => data.with(index, smaller));
    }
  } else if (isMap(data)) {
    for (const [name, value] of Object.entries(data)) {
      yield* mapped(withSmallerLeaves(value, name), (smaller) => ({ ...data, [name]: smaller }));
    }
  } else yield* smallerLeaf(data, key);
}

function* smallerLeaf(leaf: Json, key: string): Generator<Json> {
  if (KEPT.has(key)) return;
  if (typeof leaf === "number") {
    if (leaf > 1) yield* new Set([1, Math.floor(leaf / 2)]);
  } else if (typeof leaf === "string") {
    const [, count = "0", unit = ""] = DURATION.exec(leaf) ?? [];
    if (Number(count) > 1) yield `${Math.floor(Number(count) / 2)}${unit}`;
  }
}

function* mapped(from: Generator<Json>, to: (value: Json) => Json): Generator<Json> {
  for (const value of from) yield to(value);
}

function isList(data: Json): data is readonly Json[] {
  return Array.isArray(data);
}

function isMap(data: Json): data is { readonly [key: string]: Json } {
  return typeof data === "object" && data !== null && !isList(data);
}
