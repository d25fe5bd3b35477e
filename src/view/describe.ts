// An object in full for people, with the events about it, in the form that kubectl has for its kind.

import type { KubeObject } from "../kube/object.ts";
import { deploymentRows } from "./describe_deployment.ts";
import { genericRows } from "./describe_generic.ts";
import { hpaRows } from "./describe_hpa.ts";
import { nodeSections } from "./describe_node.ts";
import { eventRows } from "./describe_parts.ts";
import { podRows } from "./describe_pod.ts";
import { replicaSetRows } from "./describe_replica_set.ts";
import type { EventRow } from "./event_table.ts";
import { DESCRIBE_TABS, tabbed } from "./tabwriter.ts";

/** What is around the object. */
export interface DescribedCluster {
  readonly objects: readonly KubeObject[];
  readonly nowUs: number;
}

type Form = (object: KubeObject, cluster: DescribedCluster) => string[][];

/** Kinds that do not have the form of a custom resource. */
const FORMS: Readonly<Record<string, Form>> = {
  Pod: podRows,
  Deployment: deploymentRows,
  ReplicaSet: replicaSetRows,
  HorizontalPodAutoscaler: hpaRows,
};

/** The lines; `events` are those about the object, oldest first: undefined leaves their part out. */
export function describe(
  object: KubeObject,
  events: readonly EventRow[] | undefined,
  cluster: DescribedCluster,
): string[] {
  const form = Object.hasOwn(FORMS, object.kind) ? FORMS[object.kind]! : genericRows;
  const told = events === undefined ? [] : eventRows(events, cluster.nowUs);
  return linesOf(object, form(object, cluster), told, cluster).map(escaped);
}

function linesOf(
  object: KubeObject,
  rows: string[][],
  told: string[][],
  { objects, nowUs }: DescribedCluster,
): string[] {
  if (object.kind !== "Node") return tabbed([...rows, ...told], DESCRIBE_TABS);
  // What is above is aligned for itself.
  return [
    ...tabbed(rows, DESCRIBE_TABS),
    ...nodeSections(object, objects, nowUs),
    ...tabbed(told, DESCRIBE_TABS),
  ];
}

/** What would move the cursor, as kubectl writes it. */
function escaped(line: string): string {
  return line.replaceAll("\x1b", "^[").replaceAll("\r", "\\r");
}
