// The file of a simulated present: sections of JSON, so that who lists services reads none of their pods.

import type { FleetState } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";

/** What is kept of a present beside its log. */
export interface KeptPresent {
  readonly state: FleetState;
  /** What was to be said about files that could not be read. */
  readonly warnings: readonly string[];
}

/** Fields of a state, its objects by kind, and the warnings; bytes of each in the first line. */
type Index = readonly (readonly [name: string, bytes: number])[];

const OBJECTS = "objects/";
const WARNINGS = "warnings";
/** The first line has a few dozen names. */
const MAX_INDEX_BYTES = 65_536;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Objects = Record<string, KubeObject>;

/** Objects in the order in which the file has them: read back, they are as they were. */
export function byKind(objects: Objects): ReadonlyMap<string, Objects> {
  const kinds = new Map<string, Objects>();
  for (const [key, object] of Object.entries(objects)) {
    const { kind } = object;
    const those = kinds.get(kind) ?? {};
    those[key] = object;
    kinds.set(kind, those);
  }
  return kinds;
}

export function writePresent(path: string, { state, warnings }: KeptPresent): void {
  const { objects, ...fields } = state;
  const values: [string, unknown][] = [
    [WARNINGS, warnings],
    ...Object.entries(fields).filter(([, value]) => value !== undefined),
    ...[...byKind(objects)].map(([kind, those]): [string, Objects] => [OBJECTS + kind, those]),
  ];
  const sections = values.map(([name, value]) =>
    [name, encoder.encode(JSON.stringify(value))] as const
  );
  const index: Index = sections.map(([name, bytes]) => [name, bytes.length]);
  using file = Deno.openSync(path, { create: true, truncate: true, write: true });
  const first = encoder.encode(`${JSON.stringify(index)}\n`);
  for (const bytes of [first, ...sections.map(([, bytes]) => bytes)]) {
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  }
}

/** With `kinds` there are objects of these kinds only. Throws when the file is not whole. */
export function readPresent(path: string, kinds?: readonly string[]): KeptPresent {
  using file = Deno.openSync(path);
  const head = new Uint8Array(MAX_INDEX_BYTES);
  const length = head.subarray(0, file.readSync(head) ?? 0).indexOf(0x0a);
  const index: Index = JSON.parse(decoder.decode(head.subarray(0, Math.max(0, length))));
  const objects: Objects = {};
  const state = { objects };
  let warnings: readonly string[] = [];
  let offset = length + 1;
  for (const [name, bytes] of index) {
    const section = { offset, bytes };
    if (name === WARNINGS) warnings = parse(file, section);
    else if (!name.startsWith(OBJECTS)) defineField(state, name, path, section);
    else if (kinds?.includes(name.slice(OBJECTS.length)) ?? true) {
      Object.assign(objects, parse(file, section));
    }
    offset += bytes;
  }
  if (offset !== file.statSync().size) throw new Error("it was cut off");
  return { state: state as FleetState, warnings };
}

interface Section {
  readonly offset: number;
  readonly bytes: number;
}

function parse<T>(file: Deno.FsFile, { offset, bytes: length }: Section): T {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let have = 0; have < length;) {
    const read = file.readSync(bytes.subarray(have));
    if (read === null) throw new Error("it was cut off");
    have += read;
  }
  return JSON.parse(decoder.decode(bytes));
}

/** Read when it is first asked for: the figures of all services are a third of a state. */
function defineField(target: object, name: string, path: string, section: Section): void {
  const options = { configurable: true, enumerable: true };
  Object.defineProperty(target, name, {
    ...options,
    get: () => {
      using file = Deno.openSync(path);
      const value = parse(file, section);
      Object.defineProperty(target, name, { ...options, value, writable: true });
      return value;
    },
  });
}
