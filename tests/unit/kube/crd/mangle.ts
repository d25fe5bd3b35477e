// Makes manifests wrong, one seed one way: what a tired hand, a template or a wrong version does to one.

import { floatOf } from "./random.ts";

type Fields = Record<string, unknown>;

/** A source of numbers from 0 to 1. */
export type Random = () => number;

/** Values that stand where another type should, or at the edge of a range. */
const STRANGE: readonly unknown[] = [
  null,
  "",
  "x",
  "A b",
  "1",
  "50%",
  "a".repeat(300),
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  65536,
  1_000_001,
  9e18,
  true,
  [],
  {},
  [null],
  ["x", "x"],
  [{}],
  { name: "x" },
  { "a.b/c": "d" },
];

const KEYS = ["name", "spec", "replicas", "refs", "template", "extra", "a.b/c", "constructor"];

/** A copy with one to `most` places changed. */
export function mangled(document: unknown, random: Random, most = 3): unknown {
  const root: Fields = { [ROOT]: structuredClone(document) };
  for (let count = 1 + pickIndex(most, random); count > 0; count--) mangleOne(root, random);
  return root[ROOT];
}

interface Place {
  readonly holder: object;
  readonly key: string | number;
  readonly value: unknown;
}

type Change = (place: Place, random: Random, others: readonly Place[]) => void;

const CHANGES: readonly Change[] = [
  function remove({ holder, key }) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (key !== ROOT) delete (holder as Fields)[key];
  },
  function duplicate({ holder, key, value }) {
    if (Array.isArray(holder)) holder.push(structuredClone(value));
    else set(holder, key, structuredClone([value]));
  },
  function copyFromElsewhere({ holder, key }, random, others) {
    const other = pick(others, random);
    if (other.key !== ROOT) set(holder, key, structuredClone(other.value));
  },
  function insert({ holder, key, value }, random) {
    if (typeof value !== "object" || value === null) return set(holder, key, String(value));
    set(value, Array.isArray(value) ? value.length : pick(KEYS, random), strange(random));
  },
  function alter({ holder, key, value }, random) {
    if (typeof value === "number") set(holder, key, value * pick([-1, 0, 1000, 0.3], random));
    else if (typeof value === "string") set(holder, key, value + pick(["/", "X", " "], random));
    else set(holder, key, strange(random));
  },
  function replace({ holder, key }, random) {
    set(holder, key, strange(random));
  },
];

/** What the document itself is held by. */
const ROOT = "document";

function mangleOne(root: Fields, random: Random): void {
  const places = [...placesIn(root)];
  pick(CHANGES, random)(pick(places, random), random, places);
}

function strange(random: Random): unknown {
  return structuredClone(pick(STRANGE, random));
}

function set(holder: unknown, key: string | number, value: unknown): void {
  (holder as Fields)[key as string] = value;
}

function* placesIn(holder: unknown): Generator<Place> {
  if (typeof holder !== "object" || holder === null) return;
  for (const [key, value] of Object.entries(holder)) {
    yield { holder, key: Array.isArray(holder) ? Number(key) : key, value };
    yield* placesIn(value);
  }
}

export function pick<T>(items: readonly T[], random: Random): T {
  return items[pickIndex(items.length, random)]!;
}

export function pickIndex(length: number, random: Random): number {
  return Math.floor(random() * length);
}

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return floatOf(state);
  };
}
