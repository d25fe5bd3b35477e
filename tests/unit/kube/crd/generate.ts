// Documents out of a CRD's own schema, so that also those fields are tried that no sample has: most of
// them right, some of them wrong.

import { pick, pickIndex, type Random } from "./mangle.ts";
import type { Schema } from "./openapi.ts";

/** Text for patterns: one that most of them take, and others that few do. */
const TEXTS = ["a", "abc-1", "a.b", "10m", "1Gi", "/x", "5s", "A", "", "*", "x y", "50%"];
const NUMBERS = [0, 1, 2, 80, 443, 8000, -1, 301, 500, 70_000];

/** Below the first levels few fields are chosen: a document stays one that a person could read. */
export function generated(schema: Schema, random: Random, depth = 0): unknown {
  if (random() < 0.003) return pick([null, 1, "a", true, [], {}], random);
  if (schema.enum) return pick(schema.enum, random);
  if (schema["x-kubernetes-int-or-string"]) return pick([1, 0, "1Gi", "25%", "x"], random);
  switch (schema.type) {
    case "object":
      return objectOf(schema, random, depth);
    case "array":
      return Array.from(
        { length: Math.max(schema.minItems ?? 0, pickIndex(3, random)) },
        () => generated(schema.items ?? {}, random, depth + 1),
      );
    case "integer":
      return pick([schema.minimum ?? 1, schema.minimum ?? 1, ...NUMBERS], random);
    case "boolean":
      return random() < 0.5;
    case "string":
      return textOf(schema, random);
    default:
      return { a: 1 };
  }
}

function objectOf(schema: Schema, random: Random, depth: number): unknown {
  const { properties = {}, additionalProperties, required = [] } = schema;
  if (additionalProperties) {
    return { [pick(["a", "b.c/d"], random)]: generated(additionalProperties, random, depth + 1) };
  }
  const names = Object.keys(properties);
  const share = Math.min(1, (depth < 0 ? 6 : depth < 4 ? 4 : 2.5) / names.length);
  if (random() < 0.003) return { [pick(["extra", "a.b/c", "constructor"], random)]: 1 };
  return Object.fromEntries(
    names.filter((name) => required.includes(name) ? random() < 0.99 : random() < share)
      .map((name) => [name, generated(properties[name]!, random, depth + 1)]),
  );
}

/** Mostly one that the pattern takes. */
function textOf({ pattern }: Schema, random: Random): string {
  if (pattern === undefined || random() < 0.02) return pick(TEXTS, random);
  const expression = new RegExp(pattern);
  return pick(TEXTS.filter((text) => expression.test(text)), random) ?? "a";
}
