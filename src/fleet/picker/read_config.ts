// From an `EndpointPickerConfig` to a plan that can be built, or all that is wrong with it at once.

import type { z } from "zod";
import { type BandConfig, type PickerConfig, pickerConfigSchema } from "./config.ts";
import { REFRESH_US } from "./endpoints.ts";
import { DEFAULT_BAND, DEFAULT_TTL_US, type FlowPlan } from "./flow_control.ts";
import type { HandlerPlan, PickerPlan, PluginPlan, ProfilePlan } from "./plan.ts";
import type { Duty, PluginTypes } from "./plugin_type.ts";
import { disaggregation, NOT_SIMULATED, PLUGIN_TYPES, pluginTypeOf } from "./registry.ts";
import { APPROXIMATE } from "./rig.ts";

/** What is wrong, and where in the configuration. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A name that is not known, and those that are. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] };
}

export type ReadConfig =
  | { readonly plan: PickerPlan }
  | { readonly issues: readonly z.core.$ZodIssue[] }
  | { readonly problems: readonly ConfigProblem[] };

/** Gates of metrics' collection, which make no difference to what is chosen. */
const IGNORED_GATES = ["dataLayer", "prepareDataPlugins"];
const FLOW_CONTROL = "flowControl";

/** `own` are plugin types beside those of the registry, by name. */
export function readConfig(
  input: unknown,
  refreshUs = REFRESH_US,
  own: PluginTypes = {},
): ReadConfig {
  const parsed = pickerConfigSchema.safeParse(input);
  if (!parsed.success) return { issues: parsed.error.issues };
  const reader = new ConfigReader(parsed.data, refreshUs, own);
  const plan = reader.read();
  if (reader.issues.length > 0) return { issues: reader.issues };
  return plan && reader.problems.length === 0 ? { plan } : { problems: reader.problems };
}

class ConfigReader {
  readonly problems: ConfigProblem[] = [];
  readonly issues: z.core.$ZodIssue[] = [];
  readonly #config: PickerConfig;
  readonly #refreshUs: number;
  readonly #own: PluginTypes;
  readonly #plugins = new Map<string, PluginPlan>();

  constructor(config: PickerConfig, refreshUs: number, own: PluginTypes) {
    this.#config = config;
    this.#refreshUs = refreshUs;
    this.#own = own;
  }

  read(): PickerPlan | undefined {
    for (const [index, plugin] of this.#config.plugins.entries()) this.#plugin(plugin, index);
    // References to plugins that could not be read would all be told as unknown.
    if (this.problems.length > 0 || this.issues.length > 0) return undefined;
    const profiles = this.#profiles();
    const flows = this.#gates();
    const handler = this.#handler(profiles);
    const detector = this.#detector();
    this.#producers();
    const flowControl = flows ? this.#flowControl() : undefined;
    if (!handler) return undefined;
    return {
      plugins: [...this.#plugins.values()],
      profiles,
      handler,
      ...(detector === undefined ? {} : { saturationDetector: detector }),
      ...(flowControl ? { flowControl } : {}),
      refreshUs: this.#refreshUs,
    };
  }

  #fail(path: readonly PropertyKey[], message: string): void {
    this.problems.push({ path, message });
  }

  #plugin({ type, name = type, parameters = {} }: PickerConfig["plugins"][number], index: number) {
    const path = ["plugins", index];
    if (NOT_SIMULATED.includes(type)) {
      return this.#fail([...path, "type"], `the plugin "${type}" is not simulated`);
    }
    const own = Object.hasOwn(this.#own, type) ? this.#own[type] : undefined;
    const known = Object.hasOwn(PLUGIN_TYPES, type) ? PLUGIN_TYPES[type] : own;
    if (!known) {
      const names = [...Object.keys(this.#own), ...Object.keys(PLUGIN_TYPES)];
      const unknown = { name: type, known: names };
      const message = `there is no plugin "${type}"`;
      this.problems.push({ path: [...path, "type"], message, unknown });
      return;
    }
    if (this.#plugins.has(name)) {
      return this.#fail([...path, "name"], `two plugins have the name "${name}"`);
    }
    const parsed = known.parameters.safeParse(parameters);
    if (parsed.success) {
      const plugin = { name, type, parameters: parsed.data };
      this.#plugins.set(name, known === own ? { ...plugin, own } : plugin);
    } else {
      this.issues.push(...parsed.error.issues.map((issue) => ({
        ...issue,
        path: [...path, "parameters", ...issue.path],
      })));
    }
  }

  #has(name: string, duty: Duty): boolean {
    const plugin = this.#plugins.get(name);
    return plugin !== undefined && pluginTypeOf(plugin).duties.includes(duty);
  }

  /** A plugin of this duty, declared; what is named must be. */
  #reference(name: string, duty: Duty, path: readonly PropertyKey[]): boolean {
    if (this.#has(name, duty)) return true;
    if (this.#plugins.has(name)) {
      this.#fail(path, `the plugin "${name}" is no ${duty}`);
      return false;
    }
    const unknown = { name, known: [...this.#plugins.keys()] };
    this.problems.push({ path, message: `there is no plugin "${name}" among plugins`, unknown });
    return false;
  }

  #profiles(): ProfilePlan[] {
    const { schedulingProfiles } = this.#config;
    if (schedulingProfiles) {
      return schedulingProfiles.map((profile, index) => this.#profile(profile, index));
    }
    // As upstream: one profile of all that can be in one.
    const plugins = [...this.#plugins.keys()]
      .filter((name) =>
        (["filter", "scorer", "picker"] as const).some((duty) => this.#has(name, duty))
      )
      .map((pluginRef) => ({ pluginRef }));
    return [this.#profile({ name: "default", plugins }, 0)];
  }

  #profile(
    { name, plugins }: NonNullable<PickerConfig["schedulingProfiles"]>[number],
    index: number,
  ): ProfilePlan {
    const filters: string[] = [];
    const scorers: { plugin: string; weight: number }[] = [];
    const pickers: string[] = [];
    for (const [at, { pluginRef, weight = 1 }] of plugins.entries()) {
      const path = ["schedulingProfiles", index, "plugins", at, "pluginRef"];
      if (this.#has(pluginRef, "scorer")) scorers.push({ plugin: pluginRef, weight });
      else if (this.#has(pluginRef, "filter")) filters.push(pluginRef);
      else if (this.#has(pluginRef, "picker")) pickers.push(pluginRef);
      // Producers may be named here, and run whether or not they are.
      else if (!this.#has(pluginRef, "producer") && !this.#has(pluginRef, "nothing")) {
        this.#reference(pluginRef, "scorer", path);
      }
    }
    if (pickers.length > 1) {
      this.#fail(["schedulingProfiles", index], `the profile "${name}" has more than one picker`);
    }
    const [picker] = pickers;
    return { name, filters, scorers, ...(picker === undefined ? {} : { picker }) };
  }

  #handler(profiles: readonly ProfilePlan[]): HandlerPlan | undefined {
    const handlers = [...this.#plugins.values()].filter(({ name }) => this.#has(name, "handler"));
    const [handler] = handlers;
    if (handlers.length > 1) this.#fail(["plugins"], "there is more than one profile handler");
    if (handler?.type === "disagg-profile-handler") return this.#disaggregated(handler, profiles);
    const [profile] = profiles;
    if (profiles.length === 1 && profile) return { kind: "single", profile: profile.name };
    const message = `a single profile is wanted, not ${profiles.length}: ` +
      `disagg-profile-handler takes several`;
    this.#fail(["schedulingProfiles"], message);
    return undefined;
  }

  #disaggregated(plugin: PluginPlan, profiles: readonly ProfilePlan[]): HandlerPlan | undefined {
    const { profiles: names, deciders } = disaggregation.parse(plugin.parameters);
    const has = (name: string) => profiles.some((profile) => profile.name === name);
    const { decode, prefill } = names;
    if (!has(decode)) {
      this.#fail(["schedulingProfiles"], `there is no profile "${decode}"`);
      return undefined;
    }
    const decider = deciders.prefill;
    if (decider === undefined) return { kind: "disaggregated", decode };
    const index = this.#config.plugins.findIndex(({ type }) => type === plugin.type);
    this.#reference(decider, "decider", ["plugins", index, "parameters", "deciders", "prefill"]);
    if (!has(prefill)) this.#fail(["schedulingProfiles"], `there is no profile "${prefill}"`);
    return { kind: "disaggregated", decode, prefill, decider };
  }

  /** Whether flow control is on. */
  #gates(): boolean {
    let on = false;
    for (const [index, gate] of (this.#config.featureGates ?? []).entries()) {
      const [name, value = "true"] = gate.split("=");
      if (name === FLOW_CONTROL) on = value === "true";
      else if (!IGNORED_GATES.includes(name!)) {
        this.#fail(["featureGates", index], `the feature gate "${name}" is not simulated`);
      }
    }
    return on;
  }

  #detector(): string | undefined {
    const { flowControl, saturationDetector } = this.#config;
    const inFlow = flowControl?.saturationDetector;
    const name = (inFlow ?? saturationDetector)?.pluginRef;
    const path = inFlow ? ["flowControl", "saturationDetector"] : ["saturationDetector"];
    if (name !== undefined) this.#reference(name, "detector", [...path, "pluginRef"]);
    return name;
  }

  /** Producers that are named must be there; the approximate one is made when it is not. */
  #producers(): void {
    for (const [index, plugin] of this.#config.plugins.entries()) {
      const name = plugin.parameters?.["prefixMatchInfoProducerName"];
      if (typeof name !== "string" || name === APPROXIMATE) continue;
      this.#reference(name, "producer", [
        "plugins",
        index,
        "parameters",
        "prefixMatchInfoProducerName",
      ]);
    }
  }

  #flowControl(): FlowPlan {
    const { flowControl = {} } = this.#config;
    const { priorityBands = [], defaultPriorityBand = {} } = flowControl;
    const defaultBand = this.#band(defaultPriorityBand, ["flowControl", "defaultPriorityBand"]);
    return {
      ttlUs: flowControl.defaultRequestTTL ?? DEFAULT_TTL_US,
      maxRequests: flowControl.maxRequests ?? 0,
      maxBytes: flowControl.maxBytes ?? 0,
      defaultBand,
      bands: Object.fromEntries(priorityBands.map((band, index) => [
        String(band.priority),
        this.#band(band, ["flowControl", "priorityBands", index]),
      ])),
    };
  }

  #band(band: BandConfig, path: readonly PropertyKey[]) {
    const { maxRequests, maxBytes, fairnessPolicyRef, orderingPolicyRef } = band;
    if (orderingPolicyRef !== undefined) {
      this.#policy(orderingPolicyRef, "ordering", [...path, "orderingPolicyRef"]);
    }
    const fairness = fairnessPolicyRef === undefined
      ? undefined
      : this.#policy(fairnessPolicyRef, "fairness", [...path, "fairnessPolicyRef"]);
    return {
      maxRequests: maxRequests ?? DEFAULT_BAND.maxRequests,
      maxBytes: maxBytes ?? DEFAULT_BAND.maxBytes,
      fairness: fairness === "round-robin-fairness-policy"
        ? "round-robin" as const
        : "global-strict" as const,
    };
  }

  /** The type of a policy that is declared, or that is named by its type. */
  #policy(name: string, duty: Duty, path: readonly PropertyKey[]): string | undefined {
    if (!this.#plugins.has(name)) {
      if (PLUGIN_TYPES[name]?.duties.includes(duty)) return name;
      if (NOT_SIMULATED.includes(name)) {
        this.#fail(path, `the plugin "${name}" is not simulated`);
        return undefined;
      }
    }
    this.#reference(name, duty, path);
    return this.#plugins.get(name)?.type;
  }
}
