// Latency objectives as a scenario writes them, of a service or of one load; it knows no request.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";

const limit = z.strictObject({
  p50: durationSchema.optional(),
  p90: durationSchema.optional(),
  p95: durationSchema.optional(),
  p99: durationSchema.optional(),
});

/** A share of requests below all of them: 100 % would leave no budget for errors. */
const share = z.string().transform((text, context) => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const ppm = Math.round(Number(percent) * 10_000);
  if (percent !== undefined && ppm > 0 && ppm < 1_000_000) return ppm;
  const message = `Invalid goodput "${text}": write a share between 0% and 100%, such as 99%`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** Limits in µs by percentile. */
export const sloSchema = z.strictObject({
  ttft: limit.optional(),
  itl: limit.optional(),
  e2e: limit.optional(),
  /** In parts per million: so many requests are to meet all limits, the others are the error budget. */
  goodput: share.optional(),
  /** The time whose budget that is; the run after its warm-up when left out. */
  window: durationSchema.refine((us) => us > 0, "a budget cannot last 0s").optional(),
});

export type SloLimits = z.output<typeof sloSchema>;
