// Puts a picker's plugins together from its plan, which has been judged. Knows no request.

import { ApproximatePrefix } from "./approximate_prefix.ts";
import { maxScorePicker } from "./pickers.ts";
import type { HandlerPlan, PickerPlan, PluginPlan, ProfilePlan } from "./plan.ts";
import type { Listener, Plugin, SaturationDetector } from "./ports.ts";
import type { PrefixSource } from "./prefix_source.ts";
import { Profile, type WeightedScorer } from "./profile.ts";
import { disaggregatedProfiles, type ProfileHandler, singleProfile } from "./profile_handlers.ts";
import { pluginTypeOf } from "./registry.ts";
import type { Rig } from "./rig.ts";
import { UTILIZATION_DEFAULTS } from "./saturation.ts";

export interface PickerParts {
  readonly handler: ProfileHandler;
  readonly prefixes: readonly PrefixSource[];
  readonly listeners: readonly Listener[];
  readonly detector: SaturationDetector;
}

export function build(plan: PickerPlan, rig: Rig): PickerParts {
  const plugins = makePlugins(plan.plugins, rig);
  const profiles = new Map(plan.profiles.map((profile) => [
    profile.name,
    buildProfile(profile, plugins, rig),
  ]));
  const handler = buildHandler(plan.handler, profiles, plugins);
  const { saturationDetector: detector } = plan;
  const { prefixes } = rig;
  return {
    handler,
    prefixes,
    listeners: [
      ...prefixes.filter((prefix) => prefix instanceof ApproximatePrefix),
      ...[...plugins.values()].flatMap(({ listener }) => listener ? [listener] : []),
    ],
    detector: (detector === undefined ? undefined : plugins.get(detector)?.detector) ??
      rig.utilizationDetector(UTILIZATION_DEFAULTS),
  };
}

/** Those that find prefixes first: the others ask for what they find. */
function makePlugins(plans: readonly PluginPlan[], rig: Rig): Map<string, Plugin> {
  const first = plans.filter((plan) => pluginTypeOf(plan).duties.includes("producer"));
  const second = plans.filter(({ type }) => type.endsWith("prefix-cache-scorer"));
  const rest = plans.filter((plan) => !first.includes(plan) && !second.includes(plan));
  return new Map([...first, ...second, ...rest].map((plan) => [
    plan.name,
    pluginTypeOf(plan).make(plan.parameters, rig, plan.name),
  ]));
}

function buildProfile(
  { filters, scorers, picker }: ProfilePlan,
  plugins: ReadonlyMap<string, Plugin>,
  rig: Rig,
): Profile {
  const weighted = scorers.map(({ plugin, weight }): WeightedScorer => ({
    scorer: plugins.get(plugin)!.scorer!,
    weight,
  }));
  return new Profile(
    filters.map((name) => plugins.get(name)!.filter!),
    weighted,
    picker === undefined ? maxScorePicker(rig.stream("ties")) : plugins.get(picker)!.picker!,
    () => rig.endpoints.version,
  );
}

function buildHandler(
  plan: HandlerPlan,
  profiles: ReadonlyMap<string, Profile>,
  plugins: ReadonlyMap<string, Plugin>,
): ProfileHandler {
  if (plan.kind === "single") return singleProfile(profiles.get(plan.profile)!);
  const { decode, prefill, decider } = plan;
  return disaggregatedProfiles(
    profiles.get(decode)!,
    prefill === undefined ? undefined : profiles.get(prefill),
    decider === undefined ? undefined : plugins.get(decider)?.decider,
  );
}
