// A HorizontalPodAutoscaler in full, as kubectl describes it: metrics against targets, behaviour, conditions.
//
// After kubectl's pkg/describe/describe.go, describeHorizontalPodAutoscalerV2.

import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { annotationRows, labelRows, listOf, mapOf, textOf, timeText } from "./describe_parts.ts";

type Rows = string[][];

export function hpaRows({ metadata, ...object }: KubeObject): Rows {
  const [spec, status] = [mapOf(object.spec), mapOf(object.status)];
  const target = mapOf(spec["scaleTargetRef"]);
  const current = listOf(status["currentMetrics"]).map(mapOf);
  const count = (field: string) => textOf(status[field] ?? 0);
  return [
    ["Name:", metadata.name],
    ["Namespace:", metadata.namespace ?? ""],
    ...labelRows("Labels:", metadata.labels),
    ...annotationRows("Annotations:", metadata.annotations),
    ["CreationTimestamp:", timeText(metadata.creationTimestamp)],
    ["Reference:", `${textOf(target["kind"])}/${textOf(target["name"])}`],
    ["Metrics:", "( current / target )"],
    ...listOf(spec["metrics"]).map(mapOf).map((metric, index) => metricRow(metric, current[index])),
    ["Min replicas:", textOf(spec["minReplicas"]) || "<unset>"],
    ["Max replicas:", textOf(spec["maxReplicas"])],
    ...behaviorRows(spec["behavior"]),
    [
      `${textOf(target["kind"])} pods:`,
      `${count("currentReplicas")} current / ${count("desiredReplicas")} desired`,
    ],
    ...conditionRows(listOf(status["conditions"]).map(mapOf)),
  ];
}

/** Of an External metric, a Pods metric or a Resource: the three that mtop's autoscalers use. */
function metricRow(metric: JsonObject, current: JsonObject | undefined): string[] {
  const type = textOf(metric["type"]);
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  const { target, metric: named, name } = mapOf(metric[field]);
  const wanted = mapOf(target);
  const seen = mapOf(mapOf(current?.[field])["current"]);
  const quoted = JSON.stringify(textOf(mapOf(named)["name"]));
  if (type === "Resource") return resourceRow(textOf(name), wanted, seen);
  const [key, about] = wanted["averageValue"] === undefined
    ? ["value", "(target value)"]
    : ["averageValue", type === "Pods" ? "on pods" : "(target average value)"];
  return [
    `  ${quoted} ${about}:`,
    `${textOf(seen[key]) || "<unknown>"} / ${textOf(wanted[key])}`,
  ];
}

function resourceRow(name: string, wanted: JsonObject, seen: JsonObject): string[] {
  const value = textOf(seen["averageValue"]) || "<unknown>";
  if (wanted["averageUtilization"] === undefined) {
    return [`  resource ${name} on pods:`, `${value} / ${textOf(wanted["averageValue"])}`];
  }
  const share = seen["averageUtilization"];
  return [
    `  resource ${name} on pods  (as a percentage of request):`,
    `${share === undefined ? "<unknown>" : `${textOf(share)}% (${value})`} / ` +
    `${textOf(wanted["averageUtilization"])}%`,
  ];
}

function behaviorRows(behavior: Json | undefined): Rows {
  if (behavior === undefined) return [];
  const { scaleUp, scaleDown } = mapOf(behavior);
  return [
    ["Behavior:"],
    ...directionRows("Scale Up", scaleUp),
    ...directionRows("Scale Down", scaleDown),
  ];
}

function directionRows(title: string, rules: Json | undefined): Rows {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window, policies, selectPolicy = "Max" } = mapOf(rules);
  const known = listOf(policies).map(mapOf);
  return [
    [`  ${title}:`],
    ...(window === undefined ? [] : [[`    Stabilization Window: ${textOf(window)} seconds`]]),
    ...(known.length === 0 ? [] : [
      [`    Select Policy: ${textOf(selectPolicy)}`],
      ["    Policies:"],
      ...known.map(({ type, value, periodSeconds }) => [
        `      - Type: ${textOf(type)}`,
        `Value: ${textOf(value)}`,
        `Period: ${textOf(periodSeconds)} seconds`,
      ]),
    ]),
  ];
}

function conditionRows(conditions: readonly JsonObject[]): Rows {
  if (conditions.length === 0) return [];
  return [
    ["Conditions:"],
    ["  Type", "Status", "Reason", "Message"],
    ["  ----", "------", "------", "-------"],
    ...conditions.map(({ type, status, reason, message }) => [
      `  ${textOf(type)}`,
      textOf(status),
      textOf(reason),
      textOf(message),
    ]),
  ];
}
