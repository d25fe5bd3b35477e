// The schema of a second's window, as it stands in the log: counts, latencies, and a column for each pod.

import { z } from "zod";
import { areBuckets } from "../metrics/histogram.ts";
import { type Latency, LATENCY_NAMES } from "../metrics/names.ts";

const count = z.int().min(0);
const counts = z.array(count).readonly();

const sparseHistogram = z.object({
  sum: count,
  // A bucket beyond the layout would be an array of as many zeros.
  buckets: counts.refine(areBuckets, "write pairs of a bucket and its count, buckets rising"),
});

const latencies = z.object(
  Object.fromEntries(LATENCY_NAMES.map((name) => [name, sparseHistogram.exactOptional()])) as {
    [metric in Latency]: z.ZodExactOptional<typeof sparseHistogram>;
  },
);

const requestCounts = z.object({
  arrived: count,
  completed: count,
  failed: count,
  rejected: count,
  good: count,
  retried: count.exactOptional(),
  late: count.exactOptional(),
});

/** What happened in a second, counted. */
export const windowMetrics = z.object({
  requests: requestCounts.extend({ retriedByGateway: count.exactOptional() }),
  loads: z.record(z.string(), requestCounts.extend({ latencyUs: latencies.exactOptional() }))
    .exactOptional(),
  promptTokens: count,
  outputTokens: count,
  goodTokens: count.exactOptional(),
  prefixQueries: count.exactOptional(),
  prefixHits: count.exactOptional(),
  latencyUs: latencies,
});

/** How the pods were at its end, a column each figure. */
export const podColumns = z.object({
  name: z.array(z.string()).readonly(),
  running: counts,
  waiting: counts,
  kvPpm: counts,
  promptTokens: counts.exactOptional(),
  outputTokens: counts,
  prefixQueries: counts.exactOptional(),
  prefixHits: counts.exactOptional(),
  preemptions: counts,
  busyUs: counts.exactOptional(),
  prefillUs: counts.exactOptional(),
}).refine(
  ({ name, ...columns }) => Object.values(columns).every(({ length }) => length === name.length),
  "write one entry a pod in every column",
);
