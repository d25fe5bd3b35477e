// A small cluster whose service is autoscaled.
import { defaultConfig } from "../../../../src/fleet/picker/defaults.ts";
import { TO_ZERO_ANNOTATION } from "../../../../src/scenario/scaling.ts";
import { llm, SECOND, type SmallFleet, smallFleet } from "../small_fleet.ts";

interface ScaledOptions {
  readonly name?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An 8B model on one GPU of every pod, as many as `scaling` decides. */
export function scaledService(
  scaling: unknown,
  { name = "chat", spec = {}, annotations = {} }: ScaledOptions = {},
) {
  const { spec: { replicas: _, ...rest }, metadata, ...service } = llm(name);
  return {
    ...service,
    metadata: { ...metadata, annotations },
    spec: { ...rest, ...spec, scaling },
  };
}

/** With an endpoint picker in which requests wait for so long; undefined: in which none may. */
export function behindPicker(ttl: string | undefined) {
  const config = defaultConfig(false, false) as object;
  const inline = ttl === undefined
    ? config
    : { ...config, featureGates: ["flowControl"], flowControl: { defaultRequestTTL: ttl } };
  return { router: { route: {}, gateway: {}, scheduler: { config: { inline } } } };
}

export const TO_ZERO = { [TO_ZERO_ANNOTATION]: "true" };

/** KEDA by a Prometheus query, one replica for each `threshold`. */
export function kedaBy(query: string, threshold: string, keda: Record<string, unknown> = {}) {
  return {
    minReplicas: 1,
    maxReplicas: 5,
    keda: {
      ...keda,
      triggers: [{
        type: "prometheus",
        metadata: { serverAddress: "http://prometheus:9090", query, threshold },
      }],
    },
  };
}

/** The Workload Variant Autoscaler through KEDA, which follows it as it is meant. */
export const BY_VARIANTS = { minReplicas: 1, maxReplicas: 5, wva: { keda: {} } };

export function scaledFleet(
  service: unknown,
  nodes: readonly { readonly count: number; readonly gpus: string }[] = [
    { count: 4, gpus: "2xH100-SXM" },
  ],
): SmallFleet {
  return smallFleet({ nodes, services: [service].flat() });
}

/** `[second, replicas]` of a service's main workload, rounded down. */
export function replicasOf(small: SmallFleet, name = "chat"): [number, number][] {
  return small.of("scale").filter(({ service }) => service === name).map((
    { at, replicas },
  ) => [Math.floor(at / SECOND), replicas]);
}

export function objectOf(small: SmallFleet, key: string) {
  return small.journal.state.objects[key] as unknown as {
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly spec: Readonly<Record<string, unknown>>;
    readonly status: Readonly<Record<string, unknown>> & {
      readonly conditions: readonly Readonly<Record<string, string>>[];
    };
  };
}

/** A condition of an object, without what all have. */
export function conditionOf(small: SmallFleet, key: string, type: string) {
  const found = objectOf(small, key)?.status.conditions.find((each) => each["type"] === type);
  return found && { status: found["status"], reason: found["reason"], message: found["message"] };
}

export const CHAT = "serving.kserve.io/LLMInferenceService/default/chat";
