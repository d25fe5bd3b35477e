// Nodes of a fork: those that it has more join at its instant; those that it has fewer of leave by a fault.

import { isRecord } from "../kube/fields.ts";

type Fields = Readonly<Record<string, unknown>>;
type Result = { readonly cluster: unknown } | { readonly problem: string };

/**
 * Groups with a higher count and new ones at the end of the list join at `at`. `faults` is how many there
 * are, for the words that say how to take nodes away. All else is taken over as it was changed.
 */
export function forkNodes(parent: unknown, changed: unknown, at: string, faults: number): Result {
  const [before, after] = [groupsOf(parent), groupsOf(changed)];
  if (!before || !after || !isRecord(changed)) return { cluster: changed };
  const gone = before.findIndex((group, index) => countOf(after[index]) < countOf(group));
  if (gone >= 0) return { problem: lessText(before, gone, at, faults) };
  const more = after.flatMap((group, index): Fields[] => {
    const added = countOf(group) - countOf(before[index]);
    if (added === 0 || "joins" in group) return [];
    return [{ ...group, count: added, joins: at }];
  });
  if (more.length === 0) return { cluster: changed };
  const kept = after.flatMap((group, index): Fields[] => {
    if ("joins" in group && index >= before.length) return [group];
    return index < before.length ? [{ ...group, count: countOf(before[index]) }] : [];
  });
  return { cluster: { ...changed, nodes: [...kept, ...more] } };
}

function groupsOf(cluster: unknown): readonly Fields[] | undefined {
  const nodes = isRecord(cluster) ? cluster["nodes"] : undefined;
  return Array.isArray(nodes) && nodes.every(isRecord) ? nodes : undefined;
}

function countOf(group: Fields | undefined): number {
  return typeof group?.["count"] === "number" ? group["count"] : 0;
}

/** With the last node of a group that is to have fewer. */
function lessText(before: readonly Fields[], group: number, at: string, faults: number): string {
  const place = before.slice(0, group + 1).reduce((sum, each) => sum + countOf(each), 0);
  const { name: prefix = "node" } = before[group]!;
  const on = { kind: "nodes", name: `${prefix}-${place}`, mode: "first" };
  const fault = { kind: "node-drain", on, when: at, permanent: true };
  return `Cannot take nodes away at ${at} as if they had never been: drain or lose each by a fault, ` +
    `as in --set 'faults[${faults}]=${JSON.stringify(fault)}'`;
}
