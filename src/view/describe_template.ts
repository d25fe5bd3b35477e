// What descriptions of workloads share, as kubectl has it: the template of their pods, and their conditions.
//
// After kubectl's pkg/describe/describe.go, DescribePodTemplate.

import type { JsonObject } from "../kube/object.ts";
import { containerRows } from "./describe_containers.ts";
import { annotationRows, labelRows, listOf, mapOf, optionalRow, textOf } from "./describe_parts.ts";
import { placementRows, spreadRows } from "./describe_placement.ts";
import { volumeRows } from "./describe_volumes.ts";

type Rows = string[][];

export function templateRows(template: JsonObject): Rows {
  const [metadata, spec] = [mapOf(template["metadata"]), mapOf(template["spec"])];
  const scope = { statuses: [], pod: undefined, isTemplate: true };
  const init = listOf(spec["initContainers"]);
  return [
    ["Pod Template:"],
    ...labelRows("  Labels:", metadata["labels"]),
    ...(metadata["annotations"] === undefined
      ? []
      : annotationRows("  Annotations:", metadata["annotations"])),
    ...optionalRow("  Service Account:", spec["serviceAccountName"]),
    ...(init.length === 0 ? [] : containerRows("Init Containers", init, scope)),
    ...containerRows("Containers", listOf(spec["containers"]), scope),
    ...volumeRows(listOf(spec["volumes"]), true),
    ...spreadRows(listOf(spec["topologySpreadConstraints"]), "  "),
    ...optionalRow("  Priority Class Name:", spec["priorityClassName"]),
    ...placementRows(spec, "  "),
  ];
}

export function conditionRows(conditions: readonly JsonObject[]): Rows {
  if (conditions.length === 0) return [];
  return [
    ["Conditions:"],
    ["  Type", "Status", "Reason"],
    ["  ----", "------", "------"],
    ...conditions.map(({ type, status, reason }) => [
      `  ${textOf(type)} `,
      textOf(status),
      textOf(reason),
    ]),
  ];
}
