// The columns of what scales: HorizontalPodAutoscalers and KEDA's ScaledObjects.
//
// After Kubernetes' pkg/printers/internalversion/printers.go and kedacore/keda's
// apis/keda/v1alpha1/scaledobject_types.go.

import type { Json } from "../kube/object.ts";
import { age, at, items, NONE, number, text } from "./cell_values.ts";
import type { Columns } from "./resource_columns.ts";

const UNKNOWN = "<unknown>";

export const HPA_COLUMNS: Columns = {
  headers: ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"],
  wide: [],
  cells: (object, nowUs) => {
    const { spec, status } = object;
    const target = spec?.["scaleTargetRef"];
    return [
      object.metadata.name,
      `${text(at(target, "kind"))}/${text(at(target, "name"))}`,
      targets(spec?.["metrics"], status?.["currentMetrics"]),
      text(spec?.["minReplicas"]) || "<unset>",
      text(spec?.["maxReplicas"]),
      String(number(status?.["currentReplicas"])),
      age(object, nowUs),
    ];
  },
};

/** `2/1`, `1500m/1 (avg)`, `<unknown>/1`: of external metrics, the one kind that there is here. */
function targets(metrics: Json | undefined, current: Json | undefined): string {
  const seen = items(current).map((each) => at(each, "external"));
  return items(metrics).map((metric) => {
    const external = at(metric, "external");
    const name = at(at(external, "metric"), "name");
    const shown = at(seen.find((each) => at(at(each, "metric"), "name") === name), "current");
    const target = at(external, "target");
    const average = at(target, "averageValue");
    return average === undefined
      ? `${text(at(shown, "value")) || UNKNOWN}/${text(at(target, "value"))}`
      : `${text(at(shown, "averageValue")) || UNKNOWN}/${text(average)} (avg)`;
  }).join(", ") || NONE;
}

export const SCALED_OBJECT_COLUMNS: Columns = {
  headers: [
    ...["NAME", "SCALETARGETKIND", "SCALETARGETNAME", "MIN", "MAX"],
    ...["READY", "ACTIVE", "FALLBACK", "PAUSED", "TRIGGERS", "AUTHENTICATIONS", "AGE"],
  ],
  wide: [],
  cells: (object, nowUs) => {
    const { spec, status } = object;
    const conditions = items(status?.["conditions"]);
    const condition = (type: string) =>
      text(at(conditions.find((each) => at(each, "type") === type), "status"));
    return [
      object.metadata.name,
      text(status?.["scaleTargetKind"]),
      text(at(spec?.["scaleTargetRef"], "name")),
      text(spec?.["minReplicaCount"]),
      text(spec?.["maxReplicaCount"]),
      ...["Ready", "Active", "Fallback", "Paused"].map(condition),
      text(status?.["triggersTypes"]),
      text(status?.["authenticationsTypes"]),
      age(object, nowUs),
    ];
  },
};
