// The YAML parser of a store, in a file of its own: a folder of JSON never loads it.

import { CORE_SCHEMA, loadAll, mergeTag, YAMLException } from "js-yaml";

/** YAML 1.2, and the `<<` of 1.1 that manifests use. Its times stay text, as in JSON. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/** Values of a document, aliases written out; etcd's 1.5 MB hold fewer. */
const MAX_EXPANDED = 1_000_000;

/** Where and why a text is no YAML; lines and columns count from 1. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly reason: string;
  readonly line: number;

  constructor(reason: string, line: number, column: number) {
    super(`${reason} at line ${line}, column ${column}`);
    this.reason = reason;
    this.line = line;
  }
}

/** All documents of a text; an empty one is null. Throws a {@linkcode YamlError}. */
export function parseYaml(text: string): unknown[] {
  try {
    const documents = loadAll(text, { schema: SCHEMA });
    if (text.includes("&")) refuseBomb(documents);
    return documents;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line = 0, column = 0 } = error.mark ?? {};
    throw new YamlError(error.reason, line + 1, column + 1);
  }
}

/** Aliases of aliases let a hundred bytes stand for a billion values: whoever walks them never ends. */
function refuseBomb(documents: readonly unknown[]): void {
  const sizes = new Map<object, number>();
  const sizeOf = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    // An alias inside of what it names has no end at all.
    sizes.set(value, Infinity);
    const size = Object.values(value).reduce((sum: number, member) => sum + sizeOf(member), 1);
    sizes.set(value, size);
    return size;
  };
  if (documents.every((document) => sizeOf(document) <= MAX_EXPANDED)) return;
  throw new YamlError(`its aliases stand for more than ${MAX_EXPANDED} values`, 1, 1);
}
