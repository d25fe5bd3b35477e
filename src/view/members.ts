// LLMInferenceServices as members of route groups: what state knows of each, by its object's name.

import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState, RevisionState, ServiceState } from "../fleet/state.ts";

/** What state knows of a member of a route group: the group, and the revision that it is there. */
export interface Member {
  readonly key: string;
  readonly name: string;
  readonly group: ServiceState;
  readonly revision: RevisionState;
}

/** By `namespace/name` of the object; by its name alone where a log does not say more. */
export function membersOf({ services }: FleetState): Map<string, Member> {
  const found = new Map<string, Member>();
  for (const [key, group] of Object.entries(services)) {
    for (const [name, revision] of Object.entries(group.revisions)) {
      const { member = name === STABLE ? key : `${key}-${name}` } = revision;
      found.set(member, { key, name, group, revision });
    }
  }
  return found;
}

/** Its part of the route it shares with others; undefined when it shares none. */
export function weightOf({ group, name }: Member): number | undefined {
  const shared = group.group !== undefined || Object.keys(group.weights).length > 1;
  return shared ? group.weights[name] : undefined;
}
