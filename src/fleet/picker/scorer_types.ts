// The scorers that are simulated, by type.

import { z } from "zod";
import {
  APPROXIMATE_DEFAULTS,
  ApproximatePrefix,
  CHARACTER_DEFAULTS,
  characterIndexingOf,
  indexingOf,
} from "./approximate_prefix.ts";
import {
  ACTIVE_REQUEST_DEFAULTS,
  activeRequestScorer,
  TOKEN_LOAD_THRESHOLD,
  tokenLoadScorer,
} from "./load_scorers.ts";
import { loraAffinityScorer } from "./lora_affinity.ts";
import {
  kvCacheScorer,
  LOAD_AWARE_THRESHOLD,
  loadAwareScorer,
  queueScorer,
  runningRequestsScorer,
} from "./metric_scorers.ts";
import { NO_HIT_LRU_SIZE, NoHitLru } from "./no_hit_lru.ts";
import {
  count,
  fraction,
  NO_PARAMETERS,
  pluginType,
  type PluginTypes,
  positive,
  producerName,
} from "./plugin_type.ts";
import type { Scorer } from "./ports.ts";
import { PRECISE_BLOCK_TOKENS } from "./precise_prefix.ts";
import { PREFIX_SCORER_DEFAULTS, prefixScorer, rankedPrefixScorer } from "./prefix_scorer.ts";
import type { PrefixSource } from "./prefix_source.ts";
import { preciseParameters, precisePrefix } from "./producer_types.ts";
import { APPROXIMATE, type Rig } from "./rig.ts";
import { SessionAffinity } from "./session_affinity.ts";

/** The producer's parameters, which up to v0.20 were the scorer's own. */
const ownProducer = z.strictObject({
  autoTune: z.boolean().exactOptional(),
  blockSizeTokens: count.exactOptional(),
  maxPrefixBlocksToMatch: count.exactOptional(),
  maxPrefixTokensToMatch: count.exactOptional(),
  lruCapacityPerServer: count.exactOptional(),
});

/** What llm-d 0.2 and 0.3 had beside them: blocks of characters, and the precise mode. */
const olderPrefix = z.strictObject({
  mode: z.enum(["estimate", "cache_tracking"]).exactOptional(),
  hashBlockSize: positive.exactOptional(),
  /** Of mode `cache_tracking`. */
  indexerConfig: z.looseObject({
    tokenProcessorConfig: z.looseObject({ blockSize: positive.exactOptional() }).exactOptional(),
  }).exactOptional(),
  kvEventsConfig: z.looseObject({}).exactOptional(),
});

const prefixParameters = ownProducer.extend({
  ...producerName,
  ...olderPrefix.shape,
  prefixLengthWeight: fraction.default(PREFIX_SCORER_DEFAULTS.prefixLengthWeight),
  maxModelLen: positive.default(PREFIX_SCORER_DEFAULTS.maxModelLen),
});

type PrefixParameters = z.output<typeof prefixParameters>;

function prefixScorerOf(parameters: PrefixParameters, rig: Rig, name: string): Scorer {
  const { mode, indexerConfig } = parameters;
  if (mode !== "cache_tracking") return prefixScorer(parameters, prefixOf(parameters, rig));
  const blockTokens = indexerConfig?.tokenProcessorConfig?.blockSize ?? PRECISE_BLOCK_TOKENS;
  return rankedPrefixScorer(precisePrefix(blockTokens, rig, name));
}

function prefixOf(parameters: PrefixParameters, rig: Rig): PrefixSource {
  const { prefixMatchInfoProducerName: name, hashBlockSize, ...rest } = parameters;
  const own = ownProducer.strip().parse(rest);
  if (hashBlockSize !== undefined) {
    const indexing = characterIndexingOf({ ...CHARACTER_DEFAULTS, ...own, hashBlockSize });
    return added(new ApproximatePrefix(indexing, rig.endpoints), rig);
  }
  if (name !== undefined || Object.keys(own).length === 0) return rig.prefix(name);
  const indexing = indexingOf({ ...APPROXIMATE_DEFAULTS, ...own });
  return added(new ApproximatePrefix(indexing, rig.endpoints), rig);
}

function added(prefix: PrefixSource, rig: Rig): PrefixSource {
  rig.addPrefix(APPROXIMATE, prefix);
  return prefix;
}

const kvCacheUtilization = pluginType(["scorer"], NO_PARAMETERS, (_, { endpoints }) => ({
  scorer: kvCacheScorer(endpoints),
}));

export const SCORER_TYPES: PluginTypes = {
  "queue-scorer": pluginType(["scorer"], NO_PARAMETERS, (_, { endpoints }) => ({
    scorer: queueScorer(endpoints),
  })),
  "running-requests-size-scorer": pluginType(["scorer"], NO_PARAMETERS, (_, { endpoints }) => ({
    scorer: runningRequestsScorer(endpoints),
  })),
  "kv-cache-utilization-scorer": kvCacheUtilization,
  // Its name up to gateway-api-inference-extension 1.0.
  "kv-cache-scorer": kvCacheUtilization,
  "load-aware-scorer": pluginType(
    ["scorer"],
    z.strictObject({ threshold: positive.default(LOAD_AWARE_THRESHOLD) }),
    ({ threshold }, { endpoints }) => ({ scorer: loadAwareScorer(threshold, endpoints) }),
  ),
  "prefix-cache-scorer": pluginType(["scorer"], prefixParameters, (parameters, rig, name) => ({
    scorer: prefixScorerOf(parameters, rig, name),
  })),
  "precise-prefix-cache-scorer": pluginType(
    ["scorer"],
    preciseParameters,
    ({ tokenProcessorConfig: { blockSize } }, rig, name) => ({
      scorer: rankedPrefixScorer(precisePrefix(blockSize, rig, name)),
    }),
  ),
  "no-hit-lru-scorer": pluginType(
    ["scorer"],
    z.strictObject({
      lruSize: positive.default(NO_HIT_LRU_SIZE),
      prefixPluginType: z.string().optional(),
      prefixPluginName: z.string().optional(),
    }),
    ({ lruSize }, rig) => {
      const lru = new NoHitLru(lruSize, rig.endpoints, rig.prefix());
      return { scorer: lru, listener: lru };
    },
  ),
  "lora-affinity-scorer": pluginType(["scorer"], NO_PARAMETERS, (_, rig) => ({
    scorer: loraAffinityScorer(rig.loraSlots, rig.inFlight()),
  })),
  "session-affinity-scorer": pluginType(
    ["scorer"],
    z.strictObject({
      algorithm: z.literal("encoded_endpoint_header", "no other algorithm is simulated").optional(),
      headerName: z.string().optional(),
    }),
    (_, { endpoints }) => {
      const affinity = new SessionAffinity(endpoints);
      return { scorer: affinity, listener: affinity };
    },
  ),
  "active-request-scorer": pluginType(
    ["scorer"],
    z.strictObject({
      /** Deprecated, and ignored upstream. */
      requestTimeout: z.string().optional(),
      idleThreshold: count.default(ACTIVE_REQUEST_DEFAULTS.idleThreshold),
      maxBusyScore: fraction.default(ACTIVE_REQUEST_DEFAULTS.maxBusyScore),
    }),
    (parameters, rig) => {
      rig.inFlight();
      return { scorer: activeRequestScorer(parameters, rig.endpoints) };
    },
  ),
  "token-load-scorer": pluginType(
    ["scorer"],
    z.strictObject({ queueThresholdTokens: positive.default(TOKEN_LOAD_THRESHOLD) }),
    ({ queueThresholdTokens }, rig) => {
      rig.inFlight();
      rig.countsTokens = true;
      return { scorer: tokenLoadScorer(queueThresholdTokens, rig.endpoints) };
    },
  ),
};
