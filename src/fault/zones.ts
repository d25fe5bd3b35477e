// Zones that are meant, held against those that there are.

import type { NodePlan } from "../fleet/nodes.ts";
import { ZONE } from "../fleet/scheduling/selectors.ts";

/** Why a zone cannot be meant; nothing where nodes are in it. */
export function unknownZone(zone: string, nodes: readonly NodePlan[]): string[] {
  const zones = [...new Set(nodes.flatMap((node) => zoneOf(node) ?? []))];
  if (zones.includes(zone)) return [];
  const known = zones.length > 0
    ? `nodes are in ${zones.join(", ")}`
    : "no node says in which zone it is";
  return [`Cannot find the zone "${zone}": ${known}`];
}

function zoneOf({ labels, manifest }: NodePlan): string | undefined {
  return manifest?.metadata.labels?.[ZONE] ?? labels?.[ZONE];
}
