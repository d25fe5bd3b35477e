// The effective spec of a service: presets, its configs and its own spec merged, templates rendered.

import { controllerFields, withFieldOrigins, withFields } from "./controller_fields.ts";
import { isMap, listIn, mapIn } from "./json_shape.ts";
import { type Layer, mergeLayers } from "./merge.ts";
import { nameOfChild } from "./names.ts";
import type { JsonObject, KubeObject } from "./object.ts";
import { pinnedPresets, presetNamed, presetsFor, SYSTEM_NAMESPACE } from "./presets/presets.ts";
import { renderSpec } from "./template.ts";
import type { TemplateContext } from "./template_context.ts";

/** The origin of fields that the service itself sets. */
export const OWN_SPEC = "own spec";

/** The origin of what the defaulting webhook writes into a service. */
const DEFAULTED = "default";

/** Finds an LLMInferenceServiceConfig that somebody made; KServe's own presets need not be known to it. */
export type ConfigLookup = (namespace: string, name: string) => KubeObject | undefined;

/** As `status.appliedConfigs` lists it. */
export interface AppliedConfig {
  readonly name: string;
  readonly namespace: string;
  readonly source: "Preset" | "UserRef";
}

/** The reason and message that PresetsCombined gets. */
export interface MergeProblem {
  readonly reason: "ConfigNotFound" | "CombineBaseError";
  readonly message: string;
}

export interface MergedSpec {
  readonly spec: JsonObject;
  /**
   * By JSON pointer, the name of a preset or config, {@linkcode OWN_SPEC}, {@linkcode DEFAULTED} or
   * `controller`; for every leaf of `spec`, an empty map or list being one. Found when asked for.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** In the order in which they were merged. */
  readonly applied: readonly AppliedConfig[];
  /** `status.annotations`: the presets that the service keeps. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly problem?: undefined;
}

export type EffectiveSpec =
  | MergedSpec
  | { readonly problem: MergeProblem; readonly annotations: Readonly<Record<string, string>> };

/**
 * What KServe's controller makes of a service: the presets of its shape, then `baseRefs` in their order,
 * then its own spec, later ones winning; then the templates in all of that. Configs are looked for in the
 * service's namespace, then in `kserve`, where one that somebody made goes before the preset of its name.
 */
export function effectiveSpec(service: KubeObject, lookup: ConfigLookup): EffectiveSpec {
  const annotations = pinnedPresets(
    service.status?.["annotations"] as Record<string, string> | undefined,
  );
  const found = layersOf(service, lookup, annotations);
  if ("problem" in found) return { problem: found.problem, annotations };
  const { layers, own, applied } = found;
  const merged = mergeLayers(layers);
  const rendered = renderSpec(merged.spec, contextOf(service, own, merged.spec));
  if (rendered.problem !== undefined) {
    return { problem: combineError(rendered.problem), annotations };
  }
  const fields = controllerFields(service.metadata.name, rendered.spec);
  return {
    spec: withFields(rendered.spec, fields),
    get origins() {
      return withFieldOrigins(merged.origins, fields);
    },
    applied,
    annotations,
  };
}

/** Only its configs and its own spec, unrendered: for what gets its presets elsewhere. */
export function withoutPresets(
  service: KubeObject,
  lookup: ConfigLookup,
): { readonly spec: JsonObject } | { readonly problem: MergeProblem } {
  const refs = configsOf(service, baseRefsOf(service), "UserRef", lookup);
  if ("problem" in refs) return refs;
  const { baseRefs: _, ...own } = service.spec ?? {};
  const layers = refs.configs.map(({ layer }) => layer);
  return { spec: mergeLayers([...layers, { spec: own, origin: OWN_SPEC }]).spec };
}

/** The configs that a service is made with, each once; those that are missing are left out. */
export function configsOfService(
  service: KubeObject,
  lookup: ConfigLookup,
): ReadonlySet<KubeObject> {
  const found = (names: readonly string[]) =>
    names.map((name) => configNamed(service, name, lookup)).filter((config) =>
      config !== undefined
    );
  const refs = found(baseRefsOf(service));
  const layers = [service, ...refs].map(({ spec = {} }) => ({ spec, origin: "" }));
  return new Set([...found(presetsFor(mergeLayers(layers).spec)), ...refs]);
}

/** The names in `spec.baseRefs`, in their order. */
export function baseRefsOf({ spec }: KubeObject): string[] {
  return listIn(spec, "baseRefs").map((ref) => isMap(ref) ? ref["name"] : undefined)
    .filter((name) => typeof name === "string");
}

interface Layers {
  readonly layers: readonly Layer[];
  /** The service's own spec, with the name of its model. */
  readonly own: JsonObject;
  readonly applied: readonly AppliedConfig[];
}

function layersOf(
  service: KubeObject,
  lookup: ConfigLookup,
  pinned: Readonly<Record<string, string>>,
): Layers | { readonly problem: MergeProblem } {
  const refs = configsOf(service, baseRefsOf(service), "UserRef", lookup);
  if ("problem" in refs) return refs;
  const told = service.spec ?? {};
  const configs = refs.configs.map(({ layer }) => layer);
  // The shape is found the other way round: the configs over the spec.
  const shape = mergeLayers([{ spec: told, origin: OWN_SPEC }, ...configs]).spec;
  const presets = configsOf(service, presetsFor(shape, pinned), "Preset", lookup);
  if ("problem" in presets) return presets;
  // A name that a config gives to the model takes the place of the service's own.
  const named = mapIn(shape, "model")?.["name"];
  const { name: ownName, ...model } = mapIn(told, "model") ?? {};
  const name = named ?? service.metadata.name;
  const isOwn = named !== undefined && named === ownName;
  const own = { ...told, model: { ...model, ...(isOwn && { name }) } };
  return {
    layers: [
      ...(named === undefined ? [{ spec: { model: { name } }, origin: DEFAULTED }] : []),
      ...presets.configs.map(({ layer }) => layer),
      ...configs,
      { spec: own, origin: OWN_SPEC },
    ],
    own: { ...own, model: { ...model, name } },
    applied: [...presets.configs, ...refs.configs].map(({ applied }) => applied),
  };
}

interface Found {
  readonly layer: Layer;
  readonly applied: AppliedConfig;
}

function configsOf(
  service: KubeObject,
  names: readonly string[],
  source: AppliedConfig["source"],
  lookup: ConfigLookup,
): { readonly configs: readonly Found[] } | { readonly problem: MergeProblem } {
  const { namespace = "default" } = service.metadata;
  const configs: Found[] = [];
  for (const name of names) {
    const config = configNamed(service, name, lookup);
    if (config === undefined) return { problem: configNotFound(name, namespace) };
    const { spec = {} } = config;
    if (listIn(spec, "baseRefs").length > 0) return { problem: NESTED_REFS };
    const place = config.metadata.namespace ?? "default";
    configs.push({
      layer: { spec, origin: name },
      applied: { name, namespace: place, source },
    });
  }
  return { configs };
}

function configNamed(
  { metadata: { namespace = "default" } }: KubeObject,
  name: string,
  lookup: ConfigLookup,
): KubeObject | undefined {
  return lookup(namespace, name) ?? lookup(SYSTEM_NAMESPACE, name) ?? presetNamed(name);
}

function configNotFound(name: string, namespace: string): MergeProblem {
  const places = `[${namespace} ${SYSTEM_NAMESPACE}]`;
  return {
    reason: "ConfigNotFound",
    message: `LLMInferenceServiceConfig "${name}" not found in namespaces ${places}`,
  };
}

/** KServe's webhook says it of a config; one that is in a folder of files was never asked. */
const NESTED_REFS = combineError(
  "baseRefs is not a permitted field in LLMInferenceServiceConfig, " +
    "support for recursive refs has been disabled",
);

function combineError(message: string): MergeProblem {
  return { reason: "CombineBaseError", message };
}

/** What KServe's own manifests configure (kserve aaac4e2, inferenceservice-config): no TLS inside. */
function contextOf(service: KubeObject, own: JsonObject, merged: JsonObject): TemplateContext {
  const { name, namespace = "default" } = service.metadata;
  const pool = mapIn(mapIn(mapIn(merged, "router"), "scheduler"), "pool");
  const ref = mapIn(pool, "ref")?.["name"];
  const poolName = typeof ref === "string" ? ref : nameOfChild(name, "pool");
  return {
    objectMeta: { name, namespace },
    spec: own,
    globalConfig: {
      systemNamespace: SYSTEM_NAMESPACE,
      ingressGatewayName: "kserve-ingress-gateway",
      ingressGatewayNamespace: SYSTEM_NAMESPACE,
      enableTLS: false,
      modelBasedRoutingHeaderName: "X-Gateway-Model-Name",
      inferencePoolNamespacedName: `${namespace}/${poolName}`,
    },
  };
}
