// Every field of a CRD's schema, one at a time, and what is tried on it.

import type { Schema } from "./openapi.ts";

/** A field's name, or what stands for an item of a list and a value of a map. */
type Step = string | { readonly of: "list" | "map" };

interface Field {
  readonly path: readonly Step[];
  readonly schema: Schema;
}

/** An object's fields once: a pod's spec that stands in many places is the same in all of them. */
export function* fieldsOf(
  schema: Schema,
  seen: Set<string>,
  path: readonly Step[] = [],
): Generator<Field> {
  const own = JSON.stringify(schema);
  if (seen.has(own)) return;
  seen.add(own);
  const below = [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.items ? [[{ of: "list" }, schema.items] as const] : []),
    ...(schema.additionalProperties ? [[{ of: "map" }, schema.additionalProperties] as const] : []),
  ] as readonly (readonly [Step, Schema])[];
  for (const [step, field] of below) {
    const at = [...path, step];
    yield { path: at, schema: field };
    yield* fieldsOf(field, seen, at);
  }
}

/** A document that has the value there, and else what leads to it. */
export function documentOf(path: readonly Step[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, step) => {
    if (typeof step === "string") return { [step]: inner };
    return step.of === "list" ? [inner, inner] : { "a.b/c": inner };
  }, value) as Record<string, unknown>;
}

/** A value of each type, and those at both sides of each limit. */
export function triedOn(schema: Schema): unknown[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const around = (limit: number | undefined) =>
    limit === undefined ? [] : [limit - 1, limit, limit + 1];
  return [
    null,
    true,
    "a",
    1,
    1.5,
    [],
    {},
    { extra: 1 },
    Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, 1.5])),
    ...(schema.type === "integer" ? [2 ** 31, -(2 ** 31) - 1] : []),
    ...[...around(minimum), ...around(maximum)],
    ...[...around(minLength), ...around(maxLength)].map((size) => "a".repeat(Math.max(0, size))),
    ...[...around(minItems), ...around(maxItems)]
      .map((size) => Array.from({ length: Math.max(0, size) }, (_, index) => `a${index}`)),
    ...(schema.enum ?? []),
    ...(schema.pattern === undefined ? [] : ["A b", "a.b", "*", "1Gi", "/x%"]),
    ...(schema.required ? [Object.fromEntries(schema.required.map((name) => [name, "a"]))] : []),
  ];
}
