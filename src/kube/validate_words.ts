// How the rules of several fields read their fields, and in which forms they complain.

import { isRecord } from "./manifest.ts";

/** A part of a spec of which nothing is known yet. */
export type Fields = Record<string, unknown>;

/** The causes of the rules that are broken. */
export function broken(
  ...rules: readonly (readonly [isBroken: boolean, cause: string])[]
): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, cause]) => cause);
}

/** A rule in the CRD's schema: API servers of Kubernetes 1.32 and before name the value's type. */
export function cel(field: string, message: string): string {
  return `${field}: Invalid value: "object": ${message}`;
}

export function invalid(field: string, value: unknown, message: string): string {
  return `${field}: Invalid value: ${JSON.stringify(value)}: ${message}`;
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

/** Whether a number is below; false for what is none. */
export function isBelow(value: unknown, minimum: number): boolean {
  return typeof value === "number" && value < minimum;
}
