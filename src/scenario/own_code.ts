// How a scenario's own code travels with its data: under symbols, which no log and no hash sees.

import { type Definition, ELSEWHERE } from "../fleet/policy/definition.ts";
import { isRecord } from "../kube/fields.ts";
import { sha256 } from "../log/hash.ts";
import { DEFINITION, DEFINITIONS } from "./definition_marks.ts";

/** The functions that definitions have, by `type/name`. */
export type KnownFunctions = Readonly<Record<string, readonly string[]>>;

/** What a definition of each type must bring. */
export const FUNCTIONS: Readonly<Record<Definition["type"], readonly string[]>> = {
  fault: ["targets", "begin"],
  step: ["take"],
  load: ["requests"],
  scorer: ["score"],
  autoscaler: ["replicas"],
  metric: ["read"],
  process: ["run"],
};

/** Of a stand-in: the code of the definition that it stands for. */
const CODE = Symbol("code");

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
  const { [CODE]: known } = definition as { [CODE]?: string };
  if (known !== undefined) return { type, name, about, code: known };
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

/** The same scenario with these definitions. */
export function withDefinitions<T>(scenario: T, definitions: readonly Definition[]): T {
  if (definitions.length === 0) return scenario;
  return { ...scenario, [DEFINITIONS]: definitions };
}

/**
 * The data of a scenario whose code is elsewhere, with a stand-in for each of its policies that has the
 * functions which are there: so it can be planned here, and be run by `elsewhere`. As it was given where
 * it has none.
 */
export function withStandIns(data: unknown, elsewhere: unknown, there: KnownFunctions): unknown {
  const { policies } = (data ?? {}) as { policies?: unknown };
  // What is no list of policies is told by the plan.
  if (!Array.isArray(policies) || !policies.every(isRecord)) return data;
  const known = policies as unknown as readonly PolicyData[];
  return withDefinitions(data, known.map((policy) => standIn(policy, elsewhere, there)));
}

/** Whether they stand in for code that is run by somebody else. */
export function isElsewhere([first]: readonly Definition[]): boolean {
  return first !== undefined && ELSEWHERE in first;
}

function standIn(
  { type, name, about, code }: PolicyData,
  elsewhere: unknown,
  there: KnownFunctions,
): Definition {
  const call = () => {
    throw new Error(`Cannot call the ${type} "${name}" here: its code is elsewhere`);
  };
  const key = `${type}/${name}`;
  const names = Object.hasOwn(there, key) ? there[key]! : [];
  const functions = Object.fromEntries(names.map((each) => [each, call]));
  const known = { ...functions, [CODE]: code, [ELSEWHERE]: elsewhere };
  return { type, name, about, ...known } as unknown as Definition;
}
