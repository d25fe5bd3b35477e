// Reads a table of shapes, the compact notation of pod_spec.ts and gateway.ts, and makes zod of it.
//
//   Port: number! int32 1..65535          a shape: its fields, `!` where one is required
//   Origin = string 1..253 /^https?:/     another name for a type
//   [Port] 1..8 by number                 a list of 1 to 8, no two of one number; `set`: none alike
//   {quantity} 1..                        a map of at least one
//   string in A,B = "A"                   one of two, and what it is when absent
//   Tight: ...Loose; name! string         all that Loose has, but its name is required
//
// A shape's zod is made when it is first asked for, and once.

import type { z } from "zod";
import {
  ANY,
  ANY_OBJECT,
  BOOLEAN,
  INT_OR_STRING,
  list,
  map,
  object,
  oneOf,
  QUANTITY_TYPE,
  type Rule,
  ruled,
  text,
  wholeNumber,
} from "./types.ts";

/** Rules by shape, `HTTPRouteRule`, or by a list in one, `HTTPRouteRule.filters`. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

export class Shapes {
  readonly #lines = new Map<string, string>();
  readonly #aliases = new Map<string, string>();
  readonly #made = new Map<string, z.ZodType>();
  readonly #rules: Rules;
  readonly #templated: boolean;

  /**
   * `templated` is for values that may be Go templates: what a text looks like, least sizes and rules
   * are not asked for, as in the CRD of configs.
   */
  constructor(tables: readonly string[], rules: Rules, { templated = false } = {}) {
    this.#rules = templated ? {} : rules;
    this.#templated = templated;
    // A line that begins with white space goes on with the one before.
    const lines = tables.join("\n").replace(/\n[ ]+/g, " ").split("\n");
    for (const line of lines) {
      const [, name = "", sign, rest = ""] = /^(\w+)( =|:) (.*)$/.exec(line) ?? [];
      if (sign !== undefined) (sign === ":" ? this.#lines : this.#aliases).set(name, rest);
    }
  }

  /** The zod of a shape. Throws for a name that no table has: that is a fault of the tables. */
  get(name: string): z.ZodType {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const fields = Object.fromEntries(
      [...this.#fieldsOf(name)].map(([field, type]) => {
        const of = `${name}.${field.replace("!", "")}`;
        return [field, this.#type(type, this.#rules[of])];
      }),
    );
    const shape = ruled(object(fields), this.#rules[name]);
    this.#made.set(name, shape);
    return shape;
  }

  #fieldsOf(name: string): Map<string, string> {
    const line = this.#lines.get(name);
    if (line === undefined) throw new Error(`No shape is named "${name}"`);
    const fields = new Map<string, string>();
    for (const part of line.split("; ")) {
      if (part.startsWith("...")) {
        for (const [field, type] of this.#fieldsOf(part.slice(3))) fields.set(field, type);
        continue;
      }
      const space = part.indexOf(" ");
      const field = part.slice(0, space);
      fields.delete(field.replace("!", ""));
      fields.set(field, part.slice(space + 1));
    }
    return fields;
  }

  #type(expression: string, rules?: readonly Rule[]): z.ZodType {
    const equals = expression.indexOf(" = ");
    if (equals < 0) return ruled(this.#plain(expression), rules);
    const type = this.#type(expression.slice(0, equals), rules);
    const value = JSON.parse(expression.slice(equals + 3));
    return type.default(() => structuredClone(value));
  }

  #plain(expression: string): z.ZodType {
    const alias = this.#aliases.get(expression);
    if (alias !== undefined) return this.#plain(alias);
    const [, words = "", pattern] = /^(.*?)(?: \/(.*)\/)?$/.exec(expression)!;
    const [base = "", ...more] = words.split(" ");
    const limits = this.#limitsOf(base, more);
    const inner = base.slice(1, -1);
    if (base.startsWith("[")) return list(this.#plain(inner), limits);
    if (base.startsWith("{")) return map(this.#plain(inner), limits.min, limits.max);
    return limits.values ? valuesOf(base, limits.values) : this.#single(base, limits, pattern);
  }

  #single(base: string, limits: Limits, pattern: string | undefined): z.ZodType {
    switch (base) {
      case "string":
        return text({ ...limits, ...(pattern !== undefined && !this.#templated && { pattern }) });
      case "int32":
      case "int64":
      case "integer":
        return wholeNumber(base, limits.min, limits.max);
      case "quantity":
        return this.#templated ? INT_OR_STRING : QUANTITY_TYPE;
      default:
        return SIMPLE[base] ?? this.get(base);
    }
  }

  #limitsOf(base: string, words: readonly string[]): Limits {
    const { min, ...limits } = limitsOf(words);
    const isDropped = min === undefined || (this.#templated && !base.startsWith("int"));
    return isDropped ? limits : { ...limits, min };
  }
}

function valuesOf(base: string, values: readonly string[]): z.ZodType {
  return oneOf(base === "string" ? values : values.map(Number));
}

const SIMPLE: Readonly<Record<string, z.ZodType>> = {
  any: ANY,
  boolean: BOOLEAN,
  empty: object({}),
  intOrString: INT_OR_STRING,
  object: ANY_OBJECT,
};

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly unique?: readonly string[];
  readonly values?: readonly string[];
}

/** The words behind a type: `1..8`, `by a,b`, `set`, `in A,B`. */
function limitsOf(words: readonly string[]): Limits {
  const range = words.find((word) => word.includes(".."))?.split("..");
  const [min = "", max = ""] = range ?? [];
  const listAfter = (word: string) => words[words.indexOf(word) + 1]?.split(",") ?? [];
  return {
    ...(min !== "" && { min: Number(min) }),
    ...(max !== "" && { max: Number(max) }),
    ...(words.includes("set") && { unique: [] }),
    ...(words.includes("by") && { unique: listAfter("by") }),
    ...(words.includes("in") && { values: listAfter("in") }),
  };
}
