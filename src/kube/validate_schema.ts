// An issue that zod found, in the words in which the API server tells one of a CRD's schema.

import type { z } from "zod";
import { isRecord, typeName } from "./fields.ts";

type Issue = z.core.$ZodIssue;

/** `spec.replicas: Invalid value: -1: spec.replicas in body should be …`, as kube-openapi words it. */
export function issueCause(issue: Issue, document: unknown): string {
  const field = fieldPath(issue.path);
  const value = valueAt(document, issue.path);
  if (issue.code === "custom") return customCause(field, value, issue.message);
  if (value === undefined) return `${field}: Required value`;
  const { said = JSON.stringify(value), rule } = ruleOf(issue, value);
  if (rule === undefined) return `${field}: Invalid value: ${said}: ${issue.message}`;
  return `${field}: Invalid value: ${said}: ${field} in body ${rule}`;
}

/** Go's field.Path: `spec.template.containers[0].name`, `metadata.labels[a.b/c]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.map(String).reduce((text, part) => {
    if (/^\d+$/.test(part) || /[./]/.test(part)) return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** The webhook's own rules that stand in the schema are about fields that are not there. */
function customCause(field: string, value: unknown, message: string): string {
  if (value === undefined) return `${field}: Required value: ${message}`;
  return `${field}: Invalid value: ${JSON.stringify(value)}: ${message}`;
}

function ruleOf(issue: Issue, value: unknown): { said?: string; rule?: string } {
  switch (issue.code) {
    case "invalid_type": {
      const expected = TYPES[issue.expected] ?? issue.expected;
      const said = JSON.stringify(typeName(value));
      return { said, rule: `must be of type ${expected}: ${said}` };
    }
    case "too_small":
      return issue.origin === "string"
        ? { rule: `should be at least ${issue.minimum} chars long` }
        : { rule: `should be greater than or equal to ${issue.minimum}` };
    case "too_big":
      return issue.origin === "string"
        ? { rule: `should be at most ${issue.maximum} chars long` }
        : { rule: `should be less than or equal to ${issue.maximum}` };
    case "invalid_format":
      return "pattern" in issue
        ? { rule: `should match '${String(issue.pattern).replace(/^\/|\/$/g, "")}'` }
        : {};
    case "invalid_union": {
      const said = JSON.stringify(typeName(value));
      return { said, rule: `must be of type integer or string: ${said}` };
    }
    default:
      return {};
  }
}

/** The schema's numbers are all whole. */
const TYPES: Readonly<Record<string, string>> = {
  int: "integer",
  number: "integer",
  record: "object",
};

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isRecord(value) ? value[String(part)] : undefined;
  }, document);
}
