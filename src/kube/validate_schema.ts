// What the schema finds in an object: fields that it does not know, and causes in the words in which
// the API server tells them.

import type { z } from "zod";
import { isRecord, typeName } from "./fields.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The paths of the fields that the schema has none of. */
export function unknownFields(issues: readonly Issue[]): Path[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : []
  );
}

/** All other issues, each as kube-openapi words it. */
export function issueCauses(issues: readonly Issue[], document: unknown): string[] {
  return issues.filter(({ code }) => code !== "unrecognized_keys")
    .map((issue) => issueCause(issue, document));
}

/** Go's field.Path: `spec.template.containers[0].name`, `metadata.labels[a.b/c]`. */
export function fieldPath(path: Path): string {
  return path.map(String).reduce((text, part) => {
    if (/^\d+$/.test(part) || /[./]/.test(part)) return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** `spec.replicas: Invalid value: -1: spec.replicas in body should be …` */
function issueCause(issue: Issue, document: unknown): string {
  const field = fieldPath(issue.path);
  const value = valueAt(document, issue.path);
  if (value === undefined) return `${field}: Required value`;
  switch (issue.code) {
    case "custom":
      return ruleCause(field, value, issue);
    case "invalid_value":
      return `${field}: Unsupported value: ${JSON.stringify(value)}: supported values: ` +
        issue.values.map((one) => JSON.stringify(one)).join(", ");
    case "too_big":
      if (issue.origin === "string") {
        return `${field}: Too long: may not be more than ${issue.maximum} bytes`;
      }
      if (issue.origin !== "int") {
        return `${field}: Too many: ${sizeOf(value)}: must have at most ${issue.maximum} items`;
      }
  }
  const { said = JSON.stringify(value), rule } = bodyRule(issue, value);
  return `${field}: Invalid value: ${said}: ${field} in body ${rule}`;
}

/** What types.ts raises that zod has no code for. */
function ruleCause(
  field: string,
  value: unknown,
  { params, message }: Issue & { params?: unknown },
) {
  const { duplicate, format } = isRecord(params) ? params : {};
  if (duplicate !== undefined) return `${field}: Duplicate value: ${JSON.stringify(duplicate)}`;
  if (format === undefined) {
    return `${field}: Invalid value: ${JSON.stringify(typeName(value))}: ${message}`;
  }
  return `${field}: Invalid value: ${JSON.stringify(value)}: Checked value must be of type ` +
    `integer with format ${format} in ${field}`;
}

function bodyRule(issue: Issue, value: unknown): { said?: string; rule: string } {
  const type = JSON.stringify(typeName(value));
  switch (issue.code) {
    case "invalid_type":
      return {
        said: type,
        rule: `must be of type ${TYPES[issue.expected] ?? issue.expected}: ${type}`,
      };
    case "invalid_union":
      return { said: type, rule: `must be of type integer or string: ${type}` };
    case "too_small":
      return tooSmall(issue, value);
    case "too_big":
      return { rule: `should be less than or equal to ${issue.maximum}` };
    case "invalid_format":
      return {
        rule: `should match '${
          String((issue as { pattern?: string }).pattern).replace(/^\/|\/$/g, "")
        }'`,
      };
    default:
      return { rule: issue.message };
  }
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall, value: unknown) {
  switch (origin) {
    case "string":
      return { rule: `should be at least ${minimum} chars long` };
    case "array":
      return { said: String(sizeOf(value)), rule: `should have at least ${minimum} items` };
    case "object":
      return { said: String(sizeOf(value)), rule: `should have at least ${minimum} properties` };
    default:
      return { rule: `should be greater than or equal to ${minimum}` };
  }
}

/** The schema's numbers are all whole. */
const TYPES: Readonly<Record<string, string>> = {
  int: "integer",
  number: "integer",
  record: "object",
};

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isRecord(value) && Object.hasOwn(value, part) ? value[String(part)] : undefined;
  }, document);
}
