// What the words behind `get` and `describe` mean: types, names, and a name alone as a service.

import type { KubeObject } from "../kube/object.ts";
import {
  asksForOld,
  findResource,
  type Resource,
  RESOURCES,
  SERVICE_RESOURCE,
} from "../kube/resources.ts";
import { CliError } from "./exit.ts";

/** Objects of one type: those named, or all of them. */
export interface Selection {
  readonly resource: Resource;
  /** Undefined is all. */
  readonly name?: string;
  /** In KServe's first version. */
  readonly old?: boolean;
}

/** What kubectl takes `all` for, of the types that mtop knows. */
const ALL = ["pods", "services", "deployments"];

/**
 * `TYPE`, `T1,T2`, `TYPE NAME…`, `TYPE/NAME…` and mtop's own `NAME`, a service. `services` are the
 * names that such a word may be. Throws a CliError in kubectl's words for what it does not understand.
 */
export function parseArguments(
  words: readonly string[],
  services: () => readonly string[],
): Selection[] {
  const [first = "", ...names] = words;
  if (words.some((word) => word.includes("/"))) return words.map(typeAndName);
  const alone = names.length === 0 && !first.includes(",") && first !== "all";
  if (alone && findResource(first) === undefined) return [serviceNamed(first, services())];
  const types = first.split(",").flatMap((type) => type === "all" ? ALL : [type]);
  return types.flatMap((type) => {
    const what = selected(type);
    return names.length === 0 ? [what] : names.map((name) => ({ ...what, name }));
  });
}

/** All kinds that the words may mean; of services also the names do. */
export function kindsOf(words: readonly string[]): string[] {
  const types = words.flatMap((word) => word.split("/", 1)[0]!.split(","))
    .flatMap((type) => type === "all" ? ALL : [type]);
  const kinds = types.flatMap((type) => findResource(type)?.kind ?? []);
  return [...new Set([SERVICE_RESOURCE.kind, ...kinds])];
}

function typeAndName(word: string): Selection {
  const [type = "", name = "", ...rest] = word.split("/");
  if (!word.includes("/")) {
    throw new CliError(
      "there is no need to specify a resource type as a separate argument when passing arguments " +
        "in resource/name form (e.g. 'mtop get resource/<resource_name>' instead of " +
        "'mtop get resource resource/<resource_name>'",
    );
  }
  if (rest.length > 0 || type === "" || name === "") {
    throw new CliError(
      "arguments in resource/name form must have a single resource and name",
    );
  }
  return { ...selected(type), name };
}

function selected(type: string): Selection {
  return { resource: knownResource(type), ...(asksForOld(type) && { old: true }) };
}

export function knownResource(word: string): Resource {
  const resource = findResource(word);
  if (resource !== undefined) return resource;
  throw new CliError(`the server doesn't have a resource type "${word}"`);
}

/** A word alone that is no type: most likely a service, unless a type was mistyped. */
function serviceNamed(word: string, services: readonly string[]): Selection {
  if (!services.includes(word)) {
    const toType = distanceToType(word.toLowerCase());
    const toService = Math.min(Infinity, ...services.map((name) => distance(word, name)));
    if (toType < Infinity && toType <= toService) knownResource(word);
  }
  return { resource: SERVICE_RESOURCE, name: word };
}

/**
 * What may have been meant by a word alone that is no type and no service of `namespace`, in a
 * sentence. `services` are those of all namespaces.
 */
export function wordHint(
  word: string,
  services: readonly KubeObject[],
  namespace: string,
): string {
  const types = RESOURCES.flatMap(({ plural, singular, shortNames }) =>
    [plural, singular, ...shortNames].map((name) => ({
      letters: distance(word.toLowerCase(), name),
      text: `did you mean the type "${name}"?`,
    }))
  );
  const names = services.map(({ metadata }) => {
    const { namespace: home = "" } = metadata;
    const elsewhere = home === namespace ? "" : ` of the namespace "${home}"`;
    const text = `did you mean the service "${metadata.name}"${elsewhere}?`;
    return { letters: distance(word, metadata.name), text };
  });
  const best = [...types, ...names].reduce((near, one) => one.letters < near.letters ? one : near);
  // Of a short word one letter makes it another, of a very short one any does.
  const most = word.length < 3 ? 0 : word.length < 5 ? 1 : 2;
  return best.letters <= most
    ? best.text
    : `"${word}" is no type, either: "mtop api-resources" lists those there are`;
}

/** How many letters a word is away from that of a type; Infinity where it is another word. */
function distanceToType(word: string): number {
  const distances = RESOURCES.flatMap(({ plural, singular, shortNames }) =>
    [plural, singular, ...shortNames].map((known) => {
      // `llmservice` has a type in it.
      if (known.length >= 5 && word.includes(known)) return word.length - known.length;
      const letters = distance(word, known);
      return letters <= allowedTypos(word, known) ? letters : Infinity;
    })
  );
  return Math.min(...distances);
}

/** Of four letters one may be missing or too many, but another one makes another word. */
function allowedTypos(word: string, known: string): number {
  if (known.length >= 8) return 2;
  if (known.length >= 5) return 1;
  return known.length === 4 && word.length !== known.length ? 1 : 0;
}

/** Letters to add, to drop, to change or to swap with their neighbour. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, changed));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
      }
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
