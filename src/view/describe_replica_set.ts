// A ReplicaSet in full, as kubectl describes it: its owner, its replicas, its pods by phase, its template.
//
// After kubectl's pkg/describe/describe.go, describeReplicaSet.

import type { KubeObject } from "../kube/object.ts";
import {
  annotationRows,
  controllerOf,
  labelRows,
  listOf,
  mapOf,
  optionalRow,
  textOf,
} from "./describe_parts.ts";
import { selectorText } from "./describe_placement.ts";
import { conditionRows, templateRows } from "./describe_template.ts";

type Rows = string[][];

export function replicaSetRows(
  set: KubeObject,
  { objects }: { readonly objects: readonly KubeObject[] },
): Rows {
  const { metadata } = set;
  const [spec, status] = [mapOf(set.spec), mapOf(set.status)];
  const current = textOf(status["replicas"] ?? 0);
  return [
    ["Name:", metadata.name],
    ["Namespace:", metadata.namespace ?? ""],
    ["Selector:", selectorText(mapOf(spec["selector"]))],
    ...labelRows("Labels:", metadata.labels),
    ...annotationRows("Annotations:", metadata.annotations),
    ...optionalRow("Controlled By:", controllerOf(metadata.ownerReferences)),
    ["Replicas:", `${current} current / ${textOf(spec["replicas"] ?? 1)} desired`],
    ["Pods Status:", phasesText(podsOf(set, objects))],
    ...templateRows(mapOf(spec["template"])),
    ...conditionRows(listOf(status["conditions"]).map(mapOf)),
  ];
}

function podsOf({ metadata }: KubeObject, objects: readonly KubeObject[]): KubeObject[] {
  return objects.filter(({ kind, metadata: { namespace, ownerReferences } }) =>
    kind === "Pod" && namespace === metadata.namespace &&
    controllerOf(ownerReferences) === `ReplicaSet/${metadata.name}`
  );
}

function phasesText(pods: readonly KubeObject[]): string {
  const count = (phase: string) =>
    pods.filter(({ status }) => mapOf(status)["phase"] === phase).length;
  return `${count("Running")} Running / ${count("Pending")} Waiting / ` +
    `${count("Succeeded")} Succeeded / ${count("Failed")} Failed`;
}
