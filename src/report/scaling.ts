// Why a service has as many replicas as it has: its autoscalers and what they last said, read out of state.

import type { FleetState } from "../fleet/state.ts";
import { conditionsOf } from "../kube/conditions.ts";
import { nameOfChild } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Blocker } from "./blockers.ts";

/** One workload that is autoscaled. */
export interface ScalingRow {
  readonly workload: "main" | "prefill";
  /** `hpa/x` or `scaledobject/x`, as KServe made it. */
  readonly object: string;
  readonly replicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The metric as the HPA sees it, `2/1`; absent while it cannot be read. */
  readonly metric?: string;
  /** What says most about why: a reason, and its message. */
  readonly reason: string;
  readonly message: string;
}

interface ExternalMetric {
  readonly external?: {
    readonly metric?: { readonly name?: string };
    readonly target?: Value & { readonly type?: string };
    readonly current?: Value;
  };
}

interface Value {
  readonly value?: string;
  readonly averageValue?: string;
}

interface Actuator {
  readonly kind: "HorizontalPodAutoscaler" | "ScaledObject";
  readonly child: Parameters<typeof nameOfChild>[1];
  readonly workload: ScalingRow["workload"];
}

const ACTUATORS: readonly Actuator[] = [
  { kind: "HorizontalPodAutoscaler", child: "hpa", workload: "main" },
  { kind: "ScaledObject", child: "scaledObject", workload: "main" },
  { kind: "HorizontalPodAutoscaler", child: "prefillHpa", workload: "prefill" },
  { kind: "ScaledObject", child: "prefillScaledObject", workload: "prefill" },
];

const KEYS = {
  HorizontalPodAutoscaler: { group: "autoscaling", word: "hpa" },
  ScaledObject: { group: "keda.sh", word: "scaledobject" },
} as const;

export function scalingRows({ objects }: FleetState, { metadata }: KubeObject): ScalingRow[] {
  const { name, namespace = "default" } = metadata;
  const find = (kind: Actuator["kind"], of: string) =>
    objects[`${KEYS[kind].group}/${kind}/${namespace}/${of}`];
  return ACTUATORS.flatMap(({ kind, child, workload }) => {
    const own = nameOfChild(name, child);
    const actuator = find(kind, own);
    if (!actuator) return [];
    const hpa = kind === "ScaledObject"
      ? find("HorizontalPodAutoscaler", String(actuator.status?.["hpaName"] ?? ""))
      : actuator;
    const object = `${KEYS[kind].word}/${own}`;
    return [{ workload, object, ...boundsOf(actuator), ...seenBy(hpa), ...whyOf(actuator, hpa) }];
  });
}

function boundsOf({ spec = {} }: KubeObject) {
  const number = (...fields: string[]) =>
    Number(fields.map((field) => spec[field]).find(Boolean) ?? 0);
  return {
    minReplicas: number("minReplicas", "minReplicaCount"),
    maxReplicas: number("maxReplicas", "maxReplicaCount"),
  };
}

function seenBy(hpa: KubeObject | undefined): Pick<ScalingRow, "replicas" | "metric"> {
  const { currentReplicas = 0, desiredReplicas = 0, currentMetrics } = (hpa?.status ?? {}) as {
    currentReplicas?: number;
    desiredReplicas?: number;
    currentMetrics?: readonly ExternalMetric[];
  };
  const [target] = (hpa?.spec?.["metrics"] ?? []) as unknown as readonly ExternalMetric[];
  const [current] = currentMetrics ?? [];
  const of = ({ value, averageValue }: Value = {}) => averageValue ?? value;
  const seen = of(current?.external?.current);
  return {
    replicas: Math.max(currentReplicas, desiredReplicas),
    ...(seen === undefined ? {} : { metric: `${seen}/${of(target?.external?.target) ?? "?"}` }),
  };
}

/** What is wrong, else what holds it back, else what it did last. */
function whyOf(actuator: KubeObject, hpa: KubeObject | undefined) {
  const all = [actuator, ...(hpa && hpa !== actuator ? [hpa] : [])].flatMap(conditionsOf);
  const wrong = all.find(({ type, status }) =>
    status === "False" && ["Ready", "AbleToScale", "ScalingActive"].includes(type)
  );
  const said = wrong ??
    all.find(({ type, status }) => type === "Fallback" && status === "True") ??
    all.find(({ type, status }) => type === "ScalingLimited" && status === "True") ??
    all.find(({ type }) => type === "AbleToScale");
  return { reason: said?.reason ?? "Unknown", message: said?.message ?? "nothing was told yet" };
}

/**
 * An HPA that takes the number of replicas that are wanted for a Value: Kubernetes multiplies it by the
 * pods that are ready, so there are more than wanted, up to the maximum, and they stay.
 */
export function scalingBlockers(state: FleetState, service: KubeObject): Blocker[] {
  const { namespace = "default" } = service.metadata;
  return scalingRows(state, service).flatMap(({ object, replicas, minReplicas }) => {
    const [word, name] = object.split("/");
    if (word !== "hpa") return [];
    const hpa = state.objects[`autoscaling/HorizontalPodAutoscaler/${namespace}/${name}`];
    const { currentMetrics = [] } = (hpa?.status ?? {}) as {
      currentMetrics?: readonly ExternalMetric[];
    };
    const seen = currentMetrics.find(({ external }) =>
      external?.metric?.name === "wva_desired_replicas"
    )?.external?.current?.value;
    const wanted = Number(seen ?? NaN);
    if (!(wanted < replicas && replicas > minReplicas)) return [];
    const message =
      `wva_desired_replicas is ${seen}, and there are ${replicas}: as a Value it is ` +
      "taken times the pods that are ready";
    return [{ object, others: 0, reason: "ScaledBeyondDesired", message }];
  });
}
