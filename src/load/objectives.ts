// Latency objectives as a scenario writes them, of a service or of one load; it knows no request.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";

const limit = z.strictObject({
  p50: durationSchema.optional(),
  p90: durationSchema.optional(),
  p95: durationSchema.optional(),
  p99: durationSchema.optional(),
});

/** Limits in µs by percentile. */
export const sloSchema = z.strictObject({
  ttft: limit.optional(),
  itl: limit.optional(),
  e2e: limit.optional(),
});

export type SloLimits = z.output<typeof sloSchema>;
