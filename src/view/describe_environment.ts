// The environment of a container, as kubectl describes it: values, and where the others come from.
//
// After kubectl's pkg/describe/describe.go, describeContainerEnvVars and describeContainerEnvFrom.

import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { listOf, mapOf, textOf } from "./describe_parts.ts";

type Rows = string[][];

/** `pod` is whose fields are named; a template has none yet. */
export function environmentRows(container: JsonObject, pod: KubeObject | undefined): Rows {
  const variables = listOf(container["env"]).map(mapOf);
  return [
    ...sourceRows(listOf(container["envFrom"]).map(mapOf)),
    variables.length === 0 ? ["    Environment:", "<none>"] : ["    Environment:"],
    ...variables.flatMap((variable) => variableRows(variable, pod)),
  ];
}

function sourceRows(sources: readonly JsonObject[]): Rows {
  if (sources.length === 0) return [];
  const rows = sources.map(({ configMapRef, secretRef, prefix }) => {
    const { name, optional } = mapOf(configMapRef ?? secretRef);
    const before = textOf(prefix) === "" ? "" : ` with prefix '${textOf(prefix)}'`;
    const from = configMapRef === undefined ? "Secret" : "ConfigMap";
    return [`      ${textOf(name)}`, `${from}${before}`, optionalText(optional)];
  });
  return [["    Environment Variables from:"], ...rows];
}

function variableRows({ name, value, valueFrom }: JsonObject, pod: KubeObject | undefined): Rows {
  const title = `      ${textOf(name)}:`;
  if (valueFrom === undefined) {
    return textOf(value).split("\n").map((line, index) => [index === 0 ? title : "      ", line]);
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = mapOf(valueFrom);
  if (fieldRef !== undefined) {
    const { apiVersion = "v1", fieldPath } = mapOf(fieldRef);
    const path = textOf(fieldPath);
    return [[title, `${fieldText(path, pod)} (${textOf(apiVersion)}:${path})`]];
  }
  if (resourceFieldRef !== undefined) {
    return [[title, ` (${textOf(mapOf(resourceFieldRef)["resource"])})`]];
  }
  const { key, name: holder, optional } = mapOf(secretKeyRef ?? configMapKeyRef);
  const where = secretKeyRef === undefined ? "of config map" : "in secret";
  return [[
    title,
    `<set to the key '${textOf(key)}' ${where} '${textOf(holder)}'>`,
    optionalText(optional),
  ]];
}

/** A field of the downward API: `status.podIP`, `metadata.labels['x']`; empty where it is not known. */
function fieldText(path: string, pod: KubeObject | undefined): string {
  const [, map, key] = /^(metadata\.(?:labels|annotations))\['(.+)'\]$/.exec(path) ?? [];
  const parts = map === undefined ? path.split(".") : [...map.split("."), key!];
  let value: unknown = pod;
  for (const part of parts) value = mapOf(value)[part];
  return textOf(value as Json | undefined);
}

function optionalText(optional: Json | undefined): string {
  return `Optional: ${optional === true}`;
}
