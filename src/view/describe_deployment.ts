// A Deployment in full, as kubectl describes it: its replicas, its template, its ReplicaSets.
//
// After kubectl's pkg/describe/describe.go, describeDeployment and DescribePodTemplate.

import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { containerRows } from "./describe_containers.ts";
import {
  annotationRows,
  labelRows,
  listOf,
  mapOf,
  optionalRow,
  textOf,
  timeText,
} from "./describe_parts.ts";
import { placementRows, selectorText, spreadRows } from "./describe_placement.ts";
import { volumeRows } from "./describe_volumes.ts";

type Rows = string[][];

const REVISION = "deployment.kubernetes.io/revision";

export function deploymentRows(
  deployment: KubeObject,
  { objects }: { readonly objects: readonly KubeObject[] },
): Rows {
  const { metadata } = deployment;
  const [spec, status] = [mapOf(deployment.spec), mapOf(deployment.status)];
  return [
    ["Name:", metadata.name],
    ["Namespace:", metadata.namespace ?? ""],
    ["CreationTimestamp:", timeText(metadata.creationTimestamp)],
    ...labelRows("Labels:", metadata.labels),
    ...annotationRows("Annotations:", metadata.annotations),
    ["Selector:", selectorText(mapOf(spec["selector"]))],
    ["Replicas:", replicasText(spec, status)],
    ...strategyRows(spec),
    ...templateRows(mapOf(spec["template"])),
    ...conditionRows(listOf(status["conditions"]).map(mapOf)),
    ...replicaSetRows(deployment, objects),
  ];
}

function replicasText(spec: JsonObject, status: JsonObject): string {
  const count = (value: Json | undefined) => textOf(value ?? 0);
  return [
    `${textOf(spec["replicas"] ?? 1)} desired`,
    `${count(status["updatedReplicas"])} updated`,
    `${count(status["replicas"])} total`,
    `${count(status["availableReplicas"])} available`,
    `${count(status["unavailableReplicas"])} unavailable`,
  ].join(" | ");
}

/** With the API server's defaults, where it does not say (apps/v1 DeploymentStrategy). */
function strategyRows({ strategy, minReadySeconds = 0 }: JsonObject): Rows {
  const { type = "RollingUpdate", rollingUpdate } = mapOf(strategy);
  const { maxUnavailable = "25%", maxSurge = "25%" } = mapOf(rollingUpdate);
  return [
    ["StrategyType:", textOf(type)],
    ["MinReadySeconds:", textOf(minReadySeconds)],
    ...(type === "RollingUpdate"
      ? [[
        "RollingUpdateStrategy:",
        `${textOf(maxUnavailable)} max unavailable, ${textOf(maxSurge)} max surge`,
      ]]
      : []),
  ];
}

function templateRows(template: JsonObject): Rows {
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

function conditionRows(conditions: readonly JsonObject[]): Rows {
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

/** The one of the newest revision is that of the template. */
function replicaSetRows({ metadata }: KubeObject, objects: readonly KubeObject[]): Rows {
  const own = objects.filter((object) =>
    object.kind === "ReplicaSet" && object.metadata.namespace === metadata.namespace &&
    listOf(object.metadata["ownerReferences"]).map(mapOf).some(({ kind, name }) =>
      kind === "Deployment" && name === metadata.name
    )
  ).sort((a, b) => revisionOf(a) - revisionOf(b));
  const [newest] = own.slice(-1);
  const text = (sets: readonly KubeObject[]) =>
    sets.map((set) =>
      `${set.metadata.name} (${textOf(mapOf(set.status)["replicas"] ?? 0)}/` +
      `${textOf(mapOf(set.spec)["replicas"] ?? 1)} replicas created)`
    ).join(", ") || "<none>";
  return [
    ["OldReplicaSets:", text(own.slice(0, -1))],
    ["NewReplicaSet:", text(newest ? [newest] : [])],
  ];
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}
