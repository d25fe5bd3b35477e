// On which nodes a pod may run, as kubectl describes it: selectors, tolerations, spread.
//
// After kubectl's pkg/describe/describe.go: printPodTolerationsMultiline, describeTopologySpreadConstraints.

import type { Json, JsonObject } from "../kube/object.ts";
import { labelRows, listOf, mapOf, textOf } from "./describe_parts.ts";
import { sortedEntries } from "./go_value.ts";

type Rows = string[][];

/** `before` is what stands before the titles. */
export function placementRows(spec: JsonObject, before = ""): Rows {
  return [
    ...labelRows(`${before}Node-Selectors:`, spec["nodeSelector"]),
    ...tolerationRows(`${before}Tolerations:`, listOf(spec["tolerations"]).map(mapOf)),
  ];
}

function tolerationRows(title: string, tolerations: readonly JsonObject[]): Rows {
  if (tolerations.length === 0) return [[title, "<none>"]];
  return tolerations
    .toSorted((a, b) => textOf(a["key"]) < textOf(b["key"]) ? -1 : 1)
    .map((toleration, index) => [index === 0 ? title : "", tolerationText(toleration)]);
}

function tolerationText({ key, value, effect, operator, tolerationSeconds }: JsonObject): string {
  const marks = [
    textOf(key),
    textOf(value) === "" ? "" : `=${textOf(value)}`,
    textOf(effect) === "" ? "" : `:${textOf(effect)}`,
  ].join("");
  const exists = operator === "Exists" && textOf(value) === "" ? ["op=Exists"] : [];
  const lasting = tolerationSeconds === undefined ? [] : [`for ${textOf(tolerationSeconds)}s`];
  return [...(marks === "" ? [] : [marks]), ...exists, ...lasting].join(" ");
}

export function spreadRows(constraints: readonly Json[], before = ""): Rows {
  const title = `${before}Topology Spread Constraints:`;
  return constraints.map(mapOf)
    .toSorted((a, b) => textOf(a["topologyKey"]) < textOf(b["topologyKey"]) ? -1 : 1)
    .map(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }, index) => {
      const whose = labelSelector === undefined
        ? ""
        : ` for selector ${selectorText(mapOf(labelSelector))}`;
      return [
        index === 0 ? title : before,
        `${textOf(topologyKey)}:${textOf(whenUnsatisfiable)} when max skew ${textOf(maxSkew)} is ` +
        `exceeded${whose}`,
      ];
    });
}

/** A label selector in one line: `a=b,c in (d,e)`, as apimachinery's FormatLabelSelector. */
export function selectorText({ matchLabels, matchExpressions }: JsonObject): string {
  const equal = sortedEntries(mapOf(matchLabels)).map(([key, value]) => `${key}=${textOf(value)}`);
  const others = listOf(matchExpressions).map(mapOf).map(({ key, operator, values }) => {
    if (operator === "Exists") return textOf(key);
    if (operator === "DoesNotExist") return `!${textOf(key)}`;
    const word = operator === "NotIn" ? "notin" : "in";
    return `${textOf(key)} ${word} (${listOf(values).map(textOf).join(",")})`;
  });
  return [...equal, ...others].join(",") || "<none>";
}
