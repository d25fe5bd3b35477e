// Reading data of which nothing is known yet: maps, lists and their types. Knows no kind.

/** A map of which nothing is known but that it is one. */
export type Fields = Record<string, unknown>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON value's type as the API server names it. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

export function has(fields: Fields | undefined, name: string): boolean {
  return fields?.[name] !== undefined && fields[name] !== null;
}

/** Undefined where there is none, and where it is something else: that is the schema's to tell. */
export function mapOf(fields: Fields | undefined, name: string): Fields | undefined {
  const value = fields?.[name];
  return isRecord(value) ? value : undefined;
}

export function listOf(fields: Fields | undefined, name: string): readonly Fields[] {
  const value = fields?.[name];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The map without some of its fields. */
export function without(fields: Fields, ...names: readonly string[]): Fields {
  if (!names.some((name) => Object.hasOwn(fields, name))) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
