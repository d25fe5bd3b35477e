// Faults held against the cluster that they are to hit.

import { type Fault, kindOf } from "../fault/faults.ts";
import { whoseOf } from "../fault/whose.ts";
import { unknownZone } from "../fault/zones.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import { type Problem, suggestion } from "./problem.ts";
import type { ParsedScenario } from "./schema.ts";

/** Nodes among which a name that is meant is looked for. */
const MAX_NAMED = 20;

/** Names of nodes that are not there, and what each kind of fault finds wrong by itself. */
export function faultProblems(
  { faults, services: written }: ParsedScenario,
  nodes: readonly NodePlan[],
  services: readonly ServicePlan[],
): Problem[] {
  const names = new Set(nodes.map(({ name }) => name));
  // One that cannot be read may have what is missed.
  const known = services.length < written.length ? [] : services;
  return faults.flatMap((fault, index) => {
    const { service } = whoseOf(fault);
    const meant = known.filter(({ name }) => service === undefined || name === service);
    const own = kindOf(fault).problems?.(fault, { nodes, services: meant }) ?? [];
    const unknown = [
      ...unknownNode(fault, names),
      ...unknownZoneOf(fault, nodes),
      ...withoutPrefill(fault, meant),
    ];
    return [...unknown, ...own].map(({ path, message }) => ({
      path: `faults[${index}].${path}`,
      message,
    }));
  });
}

/** What faults certainly never hit, whatever services are or become. */
export function faultWarnings(
  { faults }: ParsedScenario,
  nodes: readonly NodePlan[],
  services: readonly ServicePlan[],
): Problem[] {
  return faults.flatMap((fault, index) =>
    (kindOf(fault).warnings?.(fault, { nodes, services }) ?? []).map(({ path, message }) => ({
      path: `faults[${index}].${path}`,
      message: `This has no effect: ${message}`,
    }))
  );
}

/** Nodes are numbered through all groups: a name that is guessed is often nobody's. */
function unknownNode(fault: Fault, names: ReadonlySet<string>): Problem[] {
  const on = "on" in fault ? fault.on : undefined;
  if (on?.kind !== "nodes" || on.name === undefined || names.has(on.name)) return [];
  const known = suggestion(on.name, [...names].slice(0, MAX_NAMED));
  return [{ path: "on.name", message: `Cannot find the node "${on.name}": ${known}` }];
}

function unknownZoneOf(fault: Fault, nodes: readonly NodePlan[]): Problem[] {
  const on = "on" in fault ? fault.on : undefined;
  if (on?.kind !== "nodes" || on.zone === undefined) return [];
  return unknownZone(on.zone, nodes).map((message) => ({ path: "on.zone", message }));
}

function withoutPrefill(fault: Fault, services: readonly ServicePlan[]): Problem[] {
  const on = "on" in fault ? fault.on : undefined;
  if (on?.kind !== "pods" || on.role !== "prefill" || services.length === 0) return [];
  if (services.some(({ prefill }) => prefill)) return [];
  const names = services.map(({ name }) => `"${name}"`).join(", ");
  return [{ path: "on.role", message: `Cannot find pods that prefill: ${names} has none` }];
}
