// The data producers that are simulated, by type, and those that make no difference.

import { z } from "zod";
import { APPROXIMATE_DEFAULTS, ApproximatePrefix, indexingOf } from "./approximate_prefix.ts";
import { count, pluginType, type PluginTypes, positive, producerName } from "./plugin_type.ts";
import { PRECISE_BLOCK_TOKENS, PrecisePrefix } from "./precise_prefix.ts";
import { APPROXIMATE, type Rig } from "./rig.ts";

/** The block size is read; how events come to the index makes no difference here. */
export const preciseParameters = z.strictObject({
  tokenProcessorConfig: z.looseObject({ blockSize: positive.default(PRECISE_BLOCK_TOKENS) })
    .default({ blockSize: PRECISE_BLOCK_TOKENS }),
  kvEventsConfig: z.looseObject({}).optional(),
  indexerConfig: z.looseObject({}).optional(),
  speculativeIndexing: z.literal(false, "speculative indexing is not simulated").optional(),
});

export function precisePrefix(blockTokens: number, rig: Rig, name: string): PrecisePrefix {
  const prefix = new PrecisePrefix(blockTokens, rig.endpoints);
  rig.addPrefix(name, prefix);
  return prefix;
}

export const PRODUCER_TYPES: PluginTypes = {
  [APPROXIMATE]: pluginType(
    ["producer"],
    z.strictObject({
      autoTune: z.boolean().default(APPROXIMATE_DEFAULTS.autoTune),
      blockSizeTokens: count.default(APPROXIMATE_DEFAULTS.blockSizeTokens),
      maxPrefixBlocksToMatch: count.default(APPROXIMATE_DEFAULTS.maxPrefixBlocksToMatch),
      maxPrefixTokensToMatch: count.default(APPROXIMATE_DEFAULTS.maxPrefixTokensToMatch),
      lruCapacityPerServer: count.default(APPROXIMATE_DEFAULTS.lruCapacityPerServer),
    }),
    (parameters, rig, name) => {
      const prefix = new ApproximatePrefix(indexingOf(parameters), rig.endpoints);
      rig.addPrefix(name, prefix);
      return {};
    },
  ),
  "precise-prefix-cache-producer": pluginType(
    ["producer"],
    preciseParameters,
    ({ tokenProcessorConfig: { blockSize } }, rig, name) => {
      precisePrefix(blockSize, rig, name);
      return {};
    },
  ),
  // Those that count what is in flight have it made without it; its estimates are not simulated.
  "inflight-load-producer": pluginType(
    ["producer"],
    z.strictObject({
      ...producerName,
      addEstimatedOutputTokens: z.literal(false, "estimated answers are not simulated").optional(),
    }),
    (_, rig) => {
      rig.inFlight();
      return {};
    },
  ),
  // Prompts come as numbers of tokens here.
  "token-producer": pluginType(["producer"], z.looseObject({})),
};
