// Every plugin type by name: those that are simulated, and those that are known and are not.

import { z } from "zod";
import { FILTER_TYPES } from "./filter_types.ts";
import { maxScorePicker, randomPicker, weightedRandomPicker } from "./pickers.ts";
import type { PluginPlan } from "./plan.ts";
import {
  count,
  NO_PARAMETERS,
  type PluginType,
  pluginType,
  type PluginTypes,
  positive,
} from "./plugin_type.ts";
import { PRODUCER_TYPES } from "./producer_types.ts";
import { ALWAYS, prefixDecider } from "./profile_handlers.ts";
import { SCORER_TYPES } from "./scorer_types.ts";

const picking = z.strictObject({ maxNumOfEndpoints: positive.default(1) });

const PICKER_TYPES: PluginTypes = {
  "max-score-picker": pluginType(["picker"], picking, (_, rig) => ({
    picker: maxScorePicker(rig.stream("ties")),
  })),
  "random-picker": pluginType(["picker"], picking, (_, rig) => ({
    picker: randomPicker(rig.stream("random")),
  })),
  "weighted-random-picker": pluginType(["picker"], picking, (_, rig) => ({
    picker: weightedRandomPicker(rig.stream("weighted-random")),
  })),
};

/** `profiles` and `deciders` are resolved where the configuration is read. */
export const disaggregation = z.strictObject({
  profiles: z.strictObject({
    decode: z.string().default("decode"),
    prefill: z.string().default("prefill"),
  }).default({ decode: "decode", prefill: "prefill" }),
  deciders: z.strictObject({ prefill: z.string().optional() }).default({}),
});

const HANDLER_TYPES: PluginTypes = {
  "single-profile-handler": pluginType(["handler"], NO_PARAMETERS),
  "disagg-profile-handler": pluginType(["handler"], disaggregation),
  // It writes the header by which the sidecar finds the prefill pod; that it is found goes without it.
  "disagg-headers-handler": pluginType(["nothing"], z.looseObject({})),
  "always-disagg-pd-decider": pluginType(["decider"], NO_PARAMETERS, () => ({ decider: ALWAYS })),
  "prefix-based-pd-decider": pluginType(
    ["decider"],
    z.strictObject({ nonCachedTokens: count.default(0), promptTokens: count.default(0) }),
    (parameters, rig) => ({ decider: prefixDecider(parameters, rig.prefix()) }),
  ),
};

const POLICY_TYPES: PluginTypes = {
  "global-strict-fairness-policy": pluginType(["fairness"], NO_PARAMETERS),
  "round-robin-fairness-policy": pluginType(["fairness"], NO_PARAMETERS),
  "fcfs-ordering-policy": pluginType(["ordering"], NO_PARAMETERS),
};

export const PLUGIN_TYPES: PluginTypes = {
  ...SCORER_TYPES,
  ...FILTER_TYPES,
  ...PRODUCER_TYPES,
  ...PICKER_TYPES,
  ...HANDLER_TYPES,
  ...POLICY_TYPES,
  // How requests are read; they come as tokens here.
  "openai-parser": pluginType(["nothing"], z.looseObject({})),
};

/** The type of a plugin that has been judged. */
export function pluginTypeOf({ type, own }: PluginPlan): PluginType {
  return own ?? PLUGIN_TYPES[type]!;
}

/** Known upstream (llm-d-router 45c3854), and refused: a choice without them would be another. */
export const NOT_SIMULATED: readonly string[] = [
  "latency-scorer",
  "predicted-latency-producer",
  "slo-headroom-tier-filter",
  "topology-affinity-filter",
  "topology-affinity-scorer",
  "context-length-aware",
  "encode-filter",
  "by-label",
  "by-label-selector",
  "pd-profile-handler",
  "data-parallel-profile-handler",
  "prefill-header-handler",
  "always-disagg-multimodal-decider",
  "multimodal-cache-affinity-scorer",
  "edf-ordering-policy",
  "slo-deadline-ordering-policy",
  "program-aware-fairness-policy",
];
