// How a scenario's own code travels with its data: under symbols, which no log and no hash sees.

import type { Definition } from "../fleet/policy/definition.ts";
import { sha256 } from "../log/hash.ts";

/** Of an entry: the definition that it refers to by name. */
export const DEFINITION = Symbol.for("mtop.definition");
/** Of a scenario: all definitions that it has. */
export const DEFINITIONS = Symbol.for("mtop.definitions");

/** A definition as it stands in the frozen data: by its code the scenario's hash is another. */
export interface PolicyData {
  readonly type: Definition["type"];
  readonly name: string;
  readonly about: string;
  /** SHA-256 of the text of its functions. */
  readonly code: string;
}

export function policyData(definition: Definition): PolicyData {
  const { type, name, about } = definition;
  const functions = Object.values(definition).filter((field) => typeof field === "function");
  return { type, name, about, code: sha256(functions.map(String).join("\n")) };
}

/** Whether it is a definition rather than the data of one. */
export function isDefinition(policy: unknown): policy is Definition {
  return typeof policy === "object" && policy !== null &&
    Object.values(policy).some((field) => typeof field === "function");
}

/** The definition that an entry of a scenario carries. */
export function definitionOf(entry: object): Definition | undefined {
  return (entry as { [DEFINITION]?: Definition })[DEFINITION];
}

/** The definitions that travel with a scenario; none with data that was read from a file. */
export function definitionsOf(scenario: unknown): readonly Definition[] {
  if (typeof scenario !== "object" || scenario === null) return [];
  return (scenario as { [DEFINITIONS]?: readonly Definition[] })[DEFINITIONS] ?? [];
}
