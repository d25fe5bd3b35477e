// The filters and saturation detectors that are simulated, by type; a detector is a filter too.

import { z } from "zod";
import { matchesSelector } from "../../kube/label_selector.ts";
import { durationSchema } from "../../sim/duration_schema.ts";
import { isDecode, isPrefill, labelFilter } from "./label_filters.ts";
import { LIMITED_METRICS, utilizationFilter } from "./limit_filters.ts";
import {
  fraction,
  NO_PARAMETERS,
  pluginType,
  type PluginTypes,
  positive,
  producerName,
} from "./plugin_type.ts";
import { PREFIX_AFFINITY_DEFAULTS, prefixAffinityFilter } from "./prefix_affinity_filter.ts";
import { CONCURRENCY_DEFAULTS, ConcurrencyDetector, UTILIZATION_DEFAULTS } from "./saturation.ts";
import { SessionAffinity } from "./session_affinity.ts";

const selector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z.array(z.strictObject({
    key: z.string(),
    operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: z.array(z.string()).optional(),
  })).optional(),
});

const limits = z.strictObject({
  conditions: z.array(z.strictObject({
    metric: z.enum(LIMITED_METRICS),
    maxValue: z.number().min(0),
  })).min(1),
  fallbackOnEmpty: z.boolean().default(false),
});

const affinity = z.strictObject({
  ...producerName,
  affinityThreshold: fraction.default(PREFIX_AFFINITY_DEFAULTS.affinityThreshold),
  explorationProbability: fraction.default(PREFIX_AFFINITY_DEFAULTS.explorationProbability),
  maxTTFTPenaltyMs: z.number().min(0).default(PREFIX_AFFINITY_DEFAULTS.maxTTFTPenaltyMs),
  ttftSource: z.literal("prefillThroughput", "the latency predictor is not simulated").optional(),
  peakPrefillThroughput: z.number().positive().default(
    PREFIX_AFFINITY_DEFAULTS.peakPrefillThroughput,
  ),
});

const headroom = z.number().min(0).default(0);

export const FILTER_TYPES: PluginTypes = {
  "decode-filter": pluginType(["filter"], NO_PARAMETERS, (_, { endpoints }) => ({
    filter: labelFilter(isDecode, endpoints),
  })),
  "prefill-filter": pluginType(["filter"], NO_PARAMETERS, (_, { endpoints }) => ({
    filter: labelFilter(isPrefill, endpoints),
  })),
  "label-selector-filter": pluginType(["filter"], selector, (given, { endpoints }) => ({
    filter: labelFilter((labels) => matchesSelector(given, labels), endpoints),
  })),
  "utilization-filter": pluginType(["filter"], limits, (given, rig) => {
    if (given.conditions.some(({ metric }) => metric === "active-requests")) rig.inFlight();
    return { filter: utilizationFilter(given, rig.endpoints) };
  }),
  "prefix-cache-affinity-filter": pluginType(["filter"], affinity, (given, rig, name) => {
    rig.inFlight();
    rig.countsTokens = true;
    const prefix = rig.prefix(given.prefixMatchInfoProducerName);
    const stream = rig.stream(`exploration/${name}`);
    return { filter: prefixAffinityFilter(given, rig.endpoints, prefix, stream) };
  }),
  "session-affinity-filter": pluginType(
    ["filter"],
    z.strictObject({
      strategy: z.literal("encoded_endpoint_header", "no other strategy is simulated").optional(),
      encodedEndpointHeaderConfig: z.looseObject({}).optional(),
    }),
    (_, { endpoints }) => {
      const session = new SessionAffinity(endpoints);
      return { filter: session, listener: session };
    },
  ),
  "utilization-detector": pluginType(
    ["detector", "filter"],
    z.strictObject({
      queueDepthThreshold: positive.default(UTILIZATION_DEFAULTS.queueDepthThreshold),
      kvCacheUtilThreshold: z.number().positive().max(1).default(
        UTILIZATION_DEFAULTS.kvCacheUtilThreshold,
      ),
      metricsStalenessThreshold: durationSchema.optional(),
      headroom,
    }),
    ({ metricsStalenessThreshold, ...given }, rig) => {
      const { metricsStalenessThresholdUs: byDefault } = UTILIZATION_DEFAULTS;
      const metricsStalenessThresholdUs = metricsStalenessThreshold ?? byDefault;
      const parameters = { ...given, metricsStalenessThresholdUs };
      const detector = rig.utilizationDetector(parameters);
      return { detector, filter: detector };
    },
  ),
  "concurrency-detector": pluginType(
    ["detector", "filter"],
    z.strictObject({
      concurrencyMode: z.enum(["requests", "tokens", "hybrid"]).default(
        CONCURRENCY_DEFAULTS.concurrencyMode,
      ),
      maxConcurrency: positive.default(CONCURRENCY_DEFAULTS.maxConcurrency),
      maxTokenConcurrency: positive.default(CONCURRENCY_DEFAULTS.maxTokenConcurrency),
      headroom,
    }),
    (parameters, rig) => {
      rig.inFlight();
      if (parameters.concurrencyMode !== "requests") rig.countsTokens = true;
      const detector = new ConcurrencyDetector(parameters, rig.endpoints);
      return { detector, filter: detector };
    },
  ),
};
