// KServe's well-known configs by name, and which of them a service gets by its shape (kserve aaac4e2).

import { listIn, mapIn } from "../json_shape.ts";
import type { JsonObject, KubeObject } from "../object.ts";
import { route } from "./route_preset.ts";
import { latencyPredictor, scheduler, tokenizer, tracing } from "./router_presets.ts";
import {
  dataParallel,
  decode,
  decodeDataParallel,
  prefill,
  prefillDataParallel,
  singleNode,
} from "./server_presets.ts";

/** Where KServe looks for configs that are not in the service's own namespace. */
export const SYSTEM_NAMESPACE = "kserve";

/** LLM_INFERENCE_SERVICE_CONFIG_PREFIX as KServe is shipped. */
const PREFIX = "kserve-";

/** Under this prefix a service's status remembers the preset that it was made with. */
const PINNED = "serving.kserve.io/";

/** By their names without the prefix. */
const SPECS: Readonly<Record<string, () => JsonObject>> = {
  "config-llm-decode-template": decode,
  "config-llm-decode-worker-data-parallel": decodeDataParallel,
  "config-llm-prefill-template": prefill,
  "config-llm-prefill-worker-data-parallel": prefillDataParallel,
  "config-llm-router-route": route,
  "config-llm-scheduler": scheduler,
  "config-llm-scheduler-latency-predictor": latencyPredictor,
  "config-llm-template": singleNode,
  "config-llm-tokenizer": tokenizer,
  "config-llm-tracing": tracing,
  "config-llm-worker-data-parallel": dataParallel,
};

/** Each is made when it is first asked for: most runs use two or three of them. */
const made = new Map<string, KubeObject>();

/** The config that KServe itself brings, undefined for a name that is none of its. */
export function presetNamed(name: string): KubeObject | undefined {
  const known = made.get(name);
  if (known) return known;
  const suffix = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  const spec = Object.hasOwn(SPECS, suffix) ? SPECS[suffix] : undefined;
  if (!spec) return undefined;
  const preset: KubeObject = {
    apiVersion: "serving.kserve.io/v1alpha2",
    kind: "LLMInferenceServiceConfig",
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    spec: spec(),
  };
  made.set(name, preset);
  return preset;
}

/** All of them, by name. */
export function allPresets(): readonly KubeObject[] {
  return Object.keys(SPECS).map((suffix) => presetNamed(PREFIX + suffix)!);
}

/** Objects of a cluster with the presets that it has: one that somebody put in its place is kept. */
export function withPresets(objects: readonly KubeObject[]): readonly KubeObject[] {
  const taken = new Set(
    objects.filter(({ kind, metadata }) =>
      kind === "LLMInferenceServiceConfig" && metadata.namespace === SYSTEM_NAMESPACE
    ).map(({ metadata }) => metadata.name),
  );
  return [...objects, ...allPresets().filter(({ metadata }) => !taken.has(metadata.name))];
}

/**
 * The annotations of `status` that keep a service on the presets it was made with when an operator
 * brings others; `known` are those that it has. KServe pins all presets, whichever the service uses.
 */
export function pinnedPresets(
  known: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const fresh = Object.keys(SPECS).map((suffix) => [`${PINNED}${suffix}`, PREFIX + suffix]);
  return { ...Object.fromEntries(fresh), ...known };
}

/**
 * The names of the presets that a service of this shape gets, in the order in which they are merged; the
 * shape is its own spec with its configs over it. The route depends on the gateway and is never pinned.
 */
export function presetsFor(
  shape: JsonObject,
  pinned: Readonly<Record<string, string>> = {},
): readonly string[] {
  const router = mapIn(shape, "router");
  const scheduler = mapIn(router, "scheduler");
  const http = mapIn(mapIn(router, "route"), "http");
  const suffixes = [
    ...(scheduler && !mapIn(mapIn(scheduler, "pool"), "ref") ? ["config-llm-scheduler"] : []),
    ...(scheduler && wantsTokenizer(scheduler) ? ["config-llm-tokenizer"] : []),
    ...(hasPlugin(scheduler, ["predicted-latency-producer"])
      ? ["config-llm-scheduler-latency-predictor"]
      : []),
    ...(mapIn(router, "route") && listIn(http, "refs").length === 0
      ? ["config-llm-router-route"]
      : []),
    ...(mapIn(shape, "tracing") ? ["config-llm-tracing"] : []),
    ...serverPresets(shape),
  ];
  return suffixes.map((suffix) =>
    (suffix === "config-llm-router-route" ? undefined : pinned[PINNED + suffix]) ?? PREFIX + suffix
  );
}

function serverPresets(shape: JsonObject): string[] {
  const prefilling = mapIn(shape, "prefill");
  if (!prefilling) return serverPreset(shape, "");
  return [...serverPreset(prefilling, "prefill-"), ...serverPreset(shape, "decode-")];
}

/**
 * Workers of a pipeline have a name in KServe's code and no config behind it, unless an administrator
 * made one; workers without any parallelism have not even that.
 */
function serverPreset(workload: JsonObject, kind: string): string[] {
  if (!mapIn(workload, "worker")) return [`config-llm-${kind}template`];
  const { data, dataLocal, pipeline } = mapIn(workload, "parallelism") ?? {};
  if (data !== undefined || dataLocal !== undefined) {
    return [`config-llm-${kind}worker-data-parallel`];
  }
  return pipeline === undefined ? [] : [`config-llm-${kind}worker-pipeline-parallel`];
}

/** By name, or since a plugin asks it for tokens. */
function wantsTokenizer(scheduler: JsonObject): boolean {
  return mapIn(scheduler, "tokenizer") !== undefined ||
    hasPlugin(scheduler, ["token-producer", "precise-prefix-cache-scorer"]);
}

/** Of an `inline` configuration alone: one in a ConfigMap is read too late. */
function hasPlugin(scheduler: JsonObject | undefined, types: readonly string[]): boolean {
  const plugins = listIn(mapIn(mapIn(scheduler, "config"), "inline"), "plugins");
  return plugins.some((plugin) => types.includes((plugin as { type?: string } | null)?.type ?? ""));
}
