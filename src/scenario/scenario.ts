// A scenario as frozen data: entries get their ids, references to entries become those ids.

import type { Definition, ProcessDefinition } from "../fleet/policy/definition.ts";
import { DEFINITIONS } from "./definition_marks.ts";
import {
  definitionOf,
  definitionsOf,
  isDefinition,
  type PolicyData,
  policyData,
} from "./own_code.ts";
import type { ScenarioOptions } from "./scenario_options.ts";
import type { Scenario } from "./schema.ts";

/** Fields that hold another entry of the scenario rather than data of their own. */
const REFERENCES = new Set(["after", "fault"]);

/**
 * Freezes a scenario. It never throws: what is wrong is told by `plan`. An entry that is referred to
 * but not in its list becomes `{ ref: null }`: it never happens.
 */
export function scenario(options: ScenarioOptions): Scenario {
  const ids = new Map<unknown, string>();
  const faults: unknown = options?.faults;
  for (const [index, fault] of (Array.isArray(faults) ? faults : []).entries()) {
    if (typeof fault === "object" && fault) ids.set(fault, entryId("faults", index, fault));
  }
  const own = new OwnCode(definitionsOf(options));
  const data = withoutCode({ kind: "scenario", ...options }, own);
  const frozen = freeze(data, { ids, own }, new Set()) as Scenario;
  const { definitions } = own;
  if (definitions.length === 0) return frozen;
  const policies = [...definitions.map(policyData), ...unknownPolicies(frozen.policies, own)];
  return Object.freeze({ ...frozen, policies, [DEFINITIONS]: definitions });
}

const PROCESS = "a process beside all others";

/** The definitions that a scenario's entries carry, each once. */
class OwnCode {
  readonly definitions: Definition[];

  constructor(known: readonly Definition[]) {
    this.definitions = [...known];
  }

  add(definition: Definition): void {
    if (!this.definitions.includes(definition)) this.definitions.push(definition);
  }
}

/**
 * Processes become entries that name them, definitions leave `policies`; those of a scenario that was
 * frozen before are data already.
 */
function withoutCode(options: Partial<ScenarioOptions> & { kind: string }, own: OwnCode) {
  const { processes, policies, ...rest } = options;
  const entries = Array.isArray(processes)
    ? processes.map((run: unknown, index) => {
      if (typeof run !== "function") return run;
      const name = run.name || `process-${index}`;
      own.add({ type: "process", name, about: PROCESS, run: run as ProcessDefinition["run"] });
      return { kind: "process", name };
    })
    : processes;
  const others = Array.isArray(policies)
    ? policies.filter((policy: unknown) => {
      if (!isDefinition(policy)) return true;
      own.add(policy);
      return false;
    })
    : policies;
  return { ...rest, processes: entries, policies: others };
}

/** What is not the data of a definition that came along is left for `plan` to judge. */
function unknownPolicies(policies: unknown, { definitions }: OwnCode): never[] {
  if (!Array.isArray(policies)) return [];
  return policies.filter(({ type, name }: Partial<PolicyData>) =>
    !definitions.some((each) => each.type === type && each.name === name)
  ) as never[];
}

/** An entry's id: its name, or its place in its list, as `faults[0]`. */
export function entryId(
  list: string,
  index: number,
  entry: { readonly name?: string | undefined },
): string {
  return entry.name ?? `${list}[${index}]`;
}

interface Freezing {
  readonly ids: ReadonlyMap<unknown, string>;
  readonly own: OwnCode;
}

/** JSON would make null of NaN and Infinity: as text what was written can still be named. */
function freeze(value: unknown, freezing: Freezing, within: Set<unknown>): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (within.has(value)) return null;
  const definition = definitionOf(value);
  if (definition) freezing.own.add(definition);
  // Of a scenario within a scenario.
  for (const each of definitionsOf(value)) freezing.own.add(each);
  within.add(value);
  const copy = Array.isArray(value)
    ? value.map((item) => freeze(item, freezing, within))
    : Object.fromEntries(
      Object.entries(value).filter(([, field]) => field !== undefined).map(([key, field]) => [
        key,
        isEntry(key, field)
          ? Object.freeze({ ref: freezing.ids.get(field) ?? null })
          : freeze(field, freezing, within),
      ]),
    );
  within.delete(value);
  return Object.freeze(copy);
}

function isEntry(key: string, field: unknown): boolean {
  return REFERENCES.has(key) && typeof field === "object" && field !== null && "when" in field;
}
