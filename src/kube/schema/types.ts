// The types that a CRD's schema is made of, as zod: an issue where a value is not what its type says.
// Words for it are ../validate_schema.ts's, and whether null is absent is settled before. Knows no kind.

import { z } from "zod";
import { isRecord } from "../fields.ts";

type Type = z.ZodType;
type Payload<T> = z.core.ParsePayload<T>;

/** A rule of several fields (CEL): whether a value obeys, and what is said when it does not. */
export interface Rule {
  readonly message: string;
  // deno-lint-ignore no-explicit-any -- a rule reads a value that its shape has judged already
  obeys(self: any): boolean;
}

export interface TextLimits {
  /** In characters. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

export function text({ min = 0, max = Infinity, pattern }: TextLimits = {}): Type {
  if (min === 0 && max === Infinity && pattern === undefined) return z.string();
  const expression = pattern === undefined ? undefined : new RegExp(pattern);
  return z.string().check(({ value, issues }) => {
    const length = value.length > max ? [...value].length : value.length;
    const common = { input: value, origin: "string", inclusive: true } as const;
    if (length < min) issues.push({ ...common, code: "too_small", minimum: min });
    if (length > max) issues.push({ ...common, code: "too_big", maximum: max });
    // Some patterns take time that grows with the square of the length: no hour for a megabyte.
    else if (expression?.test(value) === false) {
      issues.push({ ...common, code: "invalid_format", format: "regex", pattern: pattern! });
    }
  });
}

export function oneOf(values: readonly (string | number)[]): Type {
  const base = typeof values[0] === "number" ? wholeNumber("integer") : z.string();
  return base.check(({ value, issues }) => {
    if (values.includes(value as string)) return;
    issues.push({ code: "invalid_value", values: [...values], input: value });
  });
}

const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  integer: [-Infinity, Infinity],
} as const;

/** A number without a fraction, in the range of its format and in its own. */
export function wholeNumber(format: keyof typeof RANGES, min = -Infinity, max = Infinity): Type {
  const [least, most] = RANGES[format];
  return z.number().check(({ value, issues }) => {
    const common = { input: value, origin: "int", inclusive: true } as const;
    if (!Number.isInteger(value)) {
      issues.push({ code: "invalid_type", expected: "int", input: value });
    } else if (value < least || value > most) {
      issues.push({ code: "custom", input: value, params: { format } });
    } else {
      if (value < min) issues.push({ ...common, code: "too_small", minimum: min });
      if (value > max) issues.push({ ...common, code: "too_big", maximum: max });
    }
  });
}

const QUANTITY =
  /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

export const INT_OR_STRING: Type = z.union([wholeNumber("integer"), z.string()]);
/** `4`, `"500m"`, `"16Gi"`. */
export const QUANTITY_TYPE: Type = INT_OR_STRING.check(({ value, issues }) => {
  if (typeof value !== "string" || QUANTITY.test(value)) return;
  const pattern = String(QUANTITY);
  issues.push({ code: "invalid_format", format: "regex", pattern, input: value });
});

export interface ListLimits {
  readonly min?: number;
  readonly max?: number;
  /** No two items alike in these fields, or none alike at all when there are none. */
  readonly unique?: readonly string[];
}

export function list(item: Type, { min = 0, max = Infinity, unique }: ListLimits = {}): Type {
  return z.array(item).check(
    always(({ value, issues }) => {
      if (!Array.isArray(value)) return;
      const common = { input: value, origin: "array", inclusive: true } as const;
      if (value.length < min) issues.push({ ...common, code: "too_small", minimum: min });
      if (value.length > max) issues.push({ ...common, code: "too_big", maximum: max });
      if (unique === undefined) return;
      for (const [index, key] of repeated(value, unique)) {
        issues.push({ code: "custom", input: value, path: [index], params: { duplicate: key } });
      }
    }),
  );
}

/** The items that an earlier one is like, with what they have in common. */
function* repeated(
  items: readonly unknown[],
  names: readonly string[],
): Generator<[number, unknown]> {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (names.length > 0 && !isRecord(item)) continue;
    const key = names.length === 0
      ? item
      : Object.fromEntries(names.map((name) => [name, (item as Record<string, unknown>)[name]]));
    const said = JSON.stringify(key);
    if (seen.has(said)) yield [index, key];
    seen.add(said);
  }
}

export function map(value: Type, min = 0, max = Infinity): Type {
  return z.record(z.string(), value).check(
    always(({ value, issues }) => {
      if (!isRecord(value)) return;
      const common = { input: value, origin: "object", inclusive: true } as const;
      const { length } = Object.keys(value);
      if (length < min) issues.push({ ...common, code: "too_small", minimum: min });
      if (length > max) issues.push({ ...common, code: "too_big", maximum: max });
    }),
  );
}

/** Anything, and an object of anything: what the CRD takes as it is. */
export const ANY: Type = z.unknown();
export const ANY_OBJECT: Type = z.looseObject({});
export const BOOLEAN: Type = z.boolean();

/**
 * An object of these fields and no others. A field whose name ends with `!` is required; one with a
 * default is never absent.
 */
export function object(fields: Readonly<Record<string, Type>>): Type {
  return z.strictObject(Object.fromEntries(
    Object.entries(fields).map(([name, type]) => {
      if (name.endsWith("!")) return [name.slice(0, -1), type];
      return [name, type instanceof z.ZodDefault ? type : type.optional()];
    }),
  ));
}

/** With the rules that the CRD has for it; they judge what its type has found good. */
export function ruled(type: Type, rules: readonly Rule[] = []): Type {
  if (rules.length === 0) return type;
  return type.check(
    checked(({ value, issues }) => {
      for (const { message, obeys } of rules) {
        if (obeys(value)) continue;
        issues.push({ code: "custom", message, input: value, params: RULE, continue: true });
      }
    }, ({ issues }) => issues.every(isBeside)),
  );
}

const RULE = { rule: true };

/** Another rule's, or of a field that is dropped: the value's own fields are as they should be. */
function isBeside(issue: z.core.$ZodRawIssue): boolean {
  return issue.continue === true || issue.code === "unrecognized_keys";
}

/** A check that is made also where something in the value is wrong already. */
function always<T>(check: (payload: Payload<T>) => void): z.core.$ZodCheck<T> {
  return checked(check, () => true);
}

function checked<T>(
  check: (payload: Payload<T>) => void,
  when: (payload: z.core.ParsePayload) => boolean,
): z.core.$ZodCheck<T> {
  const made = z.check<T>(check);
  made._zod.def.when = when;
  return made;
}
