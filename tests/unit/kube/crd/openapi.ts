// An API server's validation of a custom resource, straight from the CRD's own schema: what ours is
// held against. Written apart from it, by what Kubernetes does: nulls and unknown fields are pruned,
// defaults filled in, then the schema, then (if that holds) the rules.

import { compileRule } from "./cel.ts";

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly default?: unknown;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly { rule: string; message: string }[];
}

export interface Verdict {
  /** Paths of fields that the schema does not have. */
  readonly unknown: readonly string[];
  /** Paths of fields that are not what the schema says. */
  readonly wrong: readonly string[];
  /** `path: message` of rules that are broken; of a document with nothing wrong alone. */
  readonly rules: readonly string[];
}

type Fields = Record<string, unknown>;

/** What a server with this schema finds; metadata is not the schema's. */
export function judge(schema: Schema, { metadata: _, ...document }: Fields): Verdict {
  const unknown = new Set<string>();
  const whole = admitted(schema, document, "", unknown);
  const wrong = new Set<string>();
  check(schema, whole, "", wrong);
  const rules = new Set<string>();
  if (wrong.size === 0) checkRules(schema, whole, "", rules);
  return { unknown: [...unknown].sort(), wrong: [...wrong].sort(), rules: [...rules].sort() };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function child(path: string, key: string | number): string {
  const text = String(key);
  if (/^\d+$/.test(text) || /[./]/.test(text)) return `${path}[${text}]`;
  return path === "" ? text : `${path}.${text}`;
}

/** The value without what is pruned, and with its defaults. */
function admitted(schema: Schema, value: unknown, path: string, unknown: Set<string>): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return value;
    return value.map((item, index) => admitted(items, item, child(path, index), unknown));
  }
  if (!isObject(value) || schema.type !== "object") return value;
  const { properties = {}, additionalProperties } = schema;
  const result: Fields = {};
  for (const [key, field] of Object.entries(value)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (own === undefined) {
      if (schema["x-kubernetes-preserve-unknown-fields"]) result[key] = field;
      // A null that nobody knows of is dropped before anybody asks.
      else if (field !== null) unknown.add(child(path, key));
    } else if (field !== null) {
      result[key] = admitted(own, field, child(path, key), unknown);
    }
  }
  return { ...result, ...defaultsOf(properties, result) };
}

function defaultsOf(properties: Readonly<Record<string, Schema>>, given: Fields): Fields {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([key, own]) => own.default !== undefined && !Object.hasOwn(given, key))
      .map(([key, own]) => [key, admitted(own, structuredClone(own.default), key, new Set())]),
  );
}

const LIMITS: Readonly<Record<string, [number, number]>> = {
  int32: [-2147483648, 2147483647],
  int64: [-9223372036854775808, 9223372036854775807],
};

function check(schema: Schema, value: unknown, path: string, wrong: Set<string>): void {
  if (!isOfType(schema, value)) {
    wrong.add(path);
    return;
  }
  if (isOutside(schema, value)) wrong.add(path);
  if (Array.isArray(value)) {
    for (const index of alike(schema, value)) wrong.add(child(path, index));
    const { items } = schema;
    if (items) value.forEach((item, index) => check(items, item, child(path, index), wrong));
  } else if (isObject(value)) {
    const { properties = {}, additionalProperties, required = [] } = schema;
    for (const key of required) {
      if (!Object.hasOwn(value, key)) wrong.add(child(path, key));
    }
    for (const [key, field] of Object.entries(value)) {
      const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      if (own) check(own, field, child(path, key), wrong);
    }
  }
}

function isOfType(schema: Schema, value: unknown): boolean {
  if (schema["x-kubernetes-int-or-string"]) {
    return typeof value === "string" || Number.isInteger(value);
  }
  switch (schema.type) {
    case undefined:
      return true;
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    default:
      return typeof value === "string";
  }
}

function isOutside(schema: Schema, value: unknown): boolean {
  if (schema.enum && !schema.enum.includes(value)) return true;
  if (typeof value === "number") {
    return isBeyond(value, ...LIMITS[schema.format ?? ""] ?? []) ||
      isBeyond(value, schema.minimum, schema.maximum);
  }
  if (typeof value === "string") return isBadText(schema, value);
  if (Array.isArray(value)) return isBeyond(value.length, schema.minItems, schema.maxItems);
  if (!isObject(value)) return false;
  return isBeyond(Object.keys(value).length, schema.minProperties, schema.maxProperties);
}

function isBadText({ minLength, maxLength, pattern }: Schema, text: string): boolean {
  return isBeyond([...text].length, minLength, maxLength) ||
    (pattern !== undefined && !new RegExp(pattern).test(text));
}

function isBeyond(size: number, least = -Infinity, most = Infinity): boolean {
  return size < least || size > most;
}

/** The places of items that an earlier one is like, in a set or a list by keys. */
function alike(schema: Schema, items: readonly unknown[]): number[] {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (type !== "set" && type !== "map") return [];
  const identity = (item: unknown) =>
    JSON.stringify(type === "set" ? item : keys.map((key) => (item as Fields)[key]));
  const known: string[] = [];
  return items.flatMap((item, index) => {
    if (type === "map" && !isObject(item)) return [];
    const own = identity(item);
    if (known.includes(own)) return [index];
    known.push(own);
    return [];
  });
}

const compiled = new Map<string, (self: unknown) => boolean>();

function checkRules(schema: Schema, value: unknown, path: string, broken: Set<string>): void {
  for (const { rule, message } of schema["x-kubernetes-validations"] ?? []) {
    let obeys = compiled.get(rule);
    if (obeys === undefined) compiled.set(rule, obeys = compileRule(rule));
    if (!obeys(value)) broken.add(`${path}: ${message}`);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => checkRules(items, item, child(path, index), broken));
  } else if (isObject(value)) {
    const { properties = {}, additionalProperties } = schema;
    for (const [key, field] of Object.entries(value)) {
      const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      if (own) checkRules(own, field, child(path, key), broken);
    }
  }
}
