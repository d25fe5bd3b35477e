// A Deployment in full, as kubectl describes it: its replicas, its template, its ReplicaSets.
//
// After kubectl's pkg/describe/describe.go, describeDeployment.

import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { annotationRows, labelRows, listOf, mapOf, textOf, timeText } from "./describe_parts.ts";
import { selectorText } from "./describe_placement.ts";
import { conditionRows, templateRows } from "./describe_template.ts";

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
    ...setRows(deployment, objects),
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

/** The one of the newest revision is that of the template. */
function setRows({ metadata }: KubeObject, objects: readonly KubeObject[]): Rows {
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
