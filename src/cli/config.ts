// `mtop config`: the configs that services are based on, and the spec that a service gets from them.

import { configsOfService, effectiveSpec } from "../kube/effective_spec.ts";
import { notFound, serverErrorText } from "../kube/errors.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { presetNamed, SYSTEM_NAMESPACE, withPresets } from "../kube/presets/presets.ts";
import {
  CONFIG_RESOURCE,
  findResource,
  qualifiedSingular,
  resourceOf,
  SERVICE_RESOURCE,
} from "../kube/resources.ts";
import { goJson } from "../view/go_value.ts";
import { table } from "../view/table.ts";
import { yamlText } from "../view/yaml_text.ts";
import { withOrigins } from "./config_origins.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { checkedNamespace } from "./namespace.ts";
import type { WorldOptions } from "./world.ts";

export type ConfigContext = Pick<CliContext, "console" | "settings" | "store" | "world">;

export interface ConfigOptions extends WorldOptions {
  readonly for?: string;
  readonly namespace?: string;
  readonly output?: "json" | "name" | "yaml";
  /** False with `--no-headers`. */
  readonly headers?: boolean;
}

/** Prints a config, an effective spec, or the list of configs; returns the exit code. */
export async function config(
  name: string | undefined,
  asked: ConfigOptions,
  context: ConfigContext,
): Promise<number> {
  // To kubectl `-n ''` names none, and so means the usual one.
  const usual = asked.namespace === "" ? { namespace: context.settings().namespace } : {};
  const options = { ...asked, ...usual };
  if (options.namespace !== undefined) checkedNamespace(options.namespace);
  if (name !== undefined && options.for !== undefined) {
    throw new CliError("Cannot show a config and a service at once: leave out one of them");
  }
  const objects = await objectsOf(options, context);
  if (options.for !== undefined) return showEffective(options.for, objects, options, context);
  const configs = objects.filter((object) => resourceOf(object) === CONFIG_RESOURCE);
  if (name !== undefined) return showConfig(name, configs, options, context);
  return listConfigs(configs, objects, options, context);
}

/** What a log tells, or else what is on disk, with KServe's presets: nothing has to be simulated for it. */
async function objectsOf(
  options: ConfigOptions,
  { store, world }: ConfigContext,
): Promise<readonly KubeObject[]> {
  if (options.log !== undefined || options.at !== undefined) {
    return withPresets(Object.values((await world(options)).state.objects));
  }
  return withPresets((await store()).list().map(({ object }) => object));
}

function showEffective(
  target: string,
  objects: readonly KubeObject[],
  options: ConfigOptions,
  { console, settings }: ConfigContext,
): number {
  const namespace = options.namespace ?? settings().namespace;
  const name = serviceName(target);
  const service = objects.find((object) =>
    resourceOf(object) === SERVICE_RESOURCE && object.metadata.name === name &&
    object.metadata.namespace === namespace
  );
  if (service === undefined) {
    console.err(`${serverErrorText(notFound(SERVICE_RESOURCE, name))}\n`);
    return EXIT.failure;
  }
  const merged = effectiveSpec(service, (namespace, name) => configNamed(objects, namespace, name));
  if (merged.problem !== undefined) throw new CliError(merged.problem.message);
  const { apiVersion, kind, metadata } = service;
  const shown = { apiVersion, kind, metadata, spec: merged.spec };
  if (options.output === "name") console.out(`${qualifiedSingular(SERVICE_RESOURCE)}/${name}\n`);
  else if (options.output === "json") {
    const origins = Object.fromEntries(merged.origins);
    const value = { ...shown, appliedConfigs: merged.applied, origins };
    console.out(`${goJson(value as unknown as Json, "    ")}\n`);
  } else {
    console.out(withOrigins(yamlText(shown as unknown as Json), merged.origins, "/spec"));
  }
  return EXIT.passed;
}

/** `chat` or `llmisvc/chat`. */
function serviceName(target: string): string {
  const [type = "", name, ...rest] = target.split("/");
  if (name === undefined) return target;
  if (findResource(type) === SERVICE_RESOURCE && rest.length === 0 && name !== "") return name;
  throw new CliError(`Cannot merge configs for "${target}": only services have them`);
}

function showConfig(
  name: string,
  configs: readonly KubeObject[],
  options: ConfigOptions,
  { console, settings }: ConfigContext,
): number {
  const found = findConfig(name, configs, options.namespace, settings().namespace);
  if (found === undefined) {
    console.err(`${serverErrorText(notFound(CONFIG_RESOURCE, name))}\n`);
    return EXIT.failure;
  }
  const shown = found as unknown as Json;
  if (options.output === "name") console.out(`${qualifiedSingular(CONFIG_RESOURCE)}/${name}\n`);
  else console.out(options.output === "json" ? `${goJson(shown, "    ")}\n` : yamlText(shown));
  return EXIT.passed;
}

/** Where a service of the namespace would find it, or else wherever there is just one. */
function findConfig(
  name: string,
  configs: readonly KubeObject[],
  asked: string | undefined,
  current: string,
): KubeObject | undefined {
  if (asked !== undefined) return configNamed(configs, asked, name);
  const near = configNamed(configs, current, name) ?? configNamed(configs, SYSTEM_NAMESPACE, name);
  if (near !== undefined) return near;
  const [only, ...others] = configs.filter(({ metadata }) => metadata.name === name);
  if (others.length === 0) return only;
  const places = [only, ...others].map((config) => config?.metadata.namespace).join(", ");
  throw new CliError(`Cannot tell which "${name}" is meant: there are some in ${places}; use -n`);
}

function configNamed(
  objects: readonly KubeObject[],
  namespace: string,
  name: string,
): KubeObject | undefined {
  return objects.find((object) =>
    object.metadata.name === name && object.metadata.namespace === namespace &&
    resourceOf(object) === CONFIG_RESOURCE
  );
}

const HEADERS = ["NAMESPACE", "NAME", "USED-BY", "SETS"];

function listConfigs(
  configs: readonly KubeObject[],
  objects: readonly KubeObject[],
  options: ConfigOptions,
  { console }: ConfigContext,
): number {
  const { namespace, output } = options;
  const shown = configs
    // A person's own few would drown in what KServe brings; its namespace has all.
    .filter((config) =>
      namespace === undefined ? !isUntouched(config) : config.metadata.namespace === namespace
    )
    .sort((left, right) => placeOf(left) < placeOf(right) ? -1 : 1);
  if (output === "json" || output === "yaml") {
    const list = {
      apiVersion: "v1",
      items: shown,
      kind: "List",
      metadata: { resourceVersion: "" },
    };
    const value = list as unknown as Json;
    console.out(output === "json" ? `${goJson(value, "    ")}\n` : yamlText(value));
    return EXIT.passed;
  }
  if (shown.length === 0) {
    console.err(
      `No resources found${namespace === undefined ? "" : ` in ${namespace} namespace.`}\n`,
    );
    return EXIT.passed;
  }
  const type = qualifiedSingular(CONFIG_RESOURCE);
  const uses = countUses(configs, objects);
  const lines = output === "name"
    ? shown.map(({ metadata }) => `${type}/${metadata.name}`)
    : table([
      ...(options.headers === false ? [] : [HEADERS]),
      ...shown.map((config) => [
        config.metadata.namespace ?? "",
        config.metadata.name,
        String(uses.get(config) ?? 0),
        Object.keys(config.spec ?? {}).sort().join(","),
      ]),
    ], { width: console.width, drop: [3] });
  console.out(lines.map((line) => `${line}\n`).join(""));
  return EXIT.passed;
}

/** In the order of `kubectl get -A`: by namespace, then by name. */
function placeOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** A preset as KServe ships it: the one that was added here, not one that somebody put in its place. */
function isUntouched(config: KubeObject): boolean {
  return presetNamed(config.metadata.name) === config;
}

/** How many services are made with each config, found as KServe finds them. */
function countUses(
  configs: readonly KubeObject[],
  objects: readonly KubeObject[],
): ReadonlyMap<KubeObject, number> {
  const byPlace = new Map(configs.map((config) => [placeOf(config), config]));
  const uses = new Map<KubeObject, number>();
  for (const service of objects) {
    if (resourceOf(service) !== SERVICE_RESOURCE) continue;
    const used = configsOfService(
      service,
      (namespace, name) => byPlace.get(`${namespace}/${name}`),
    );
    for (const config of used) uses.set(config, (uses.get(config) ?? 0) + 1);
  }
  return uses;
}
