// Metrics that come late to autoscalers, or not at all.

import { z } from "zod";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { lacking } from "./whose.ts";

/**
 * Late: what is scraped from now on can be asked for `by` later, with its own time on it; an instant query
 * finds nothing that is older than Prometheus' 5 minutes. Gone: no query is answered, the HPA says
 * FailedGetExternalMetric and keeps its replicas, KEDA falls back where it is told to. Of all services:
 * they have one Prometheus.
 */
export const hpaMetricLag = faultKind({
  kind: "hpa-metric-lag",
  about: "metrics come late to autoscalers, or their queries are not answered",
  schema: z.strictObject({
    kind: z.literal("hpa-metric-lag"),
    by: durationSchema.refine((us) => us > 0, "a lag of 0s is none").optional(),
    gone: z.literal(true).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ by, gone }) => (by === undefined) !== (gone === undefined),
    { message: 'say one of by: "2m" and gone: true', path: ["by"] },
  ),
  plan: ({ by }) => by === undefined ? "metrics gone" : `metrics late by ${formatDuration(by)}`,
  problems: (_, { services }) => {
    const has: Parameters<typeof lacking>[1] = ({ workloads }) =>
      workloads.some(({ scaling }) => scaling !== undefined);
    return lacking(
      services,
      has,
      "Cannot keep metrics from an autoscaler",
      "spec.scaling is missing",
    )
      .map((problem) => ({ ...problem, path: "kind" }));
  },
  aim({ by }, { fleet: { clock, trouble: { metrics } } }) {
    let restore = () => {};
    return {
      targets: ["prometheus"],
      message: by === undefined
        ? "queries of metrics are not answered"
        : `metrics come ${formatDuration(by)} late`,
      endMessage: "metrics come as before",
      begin() {
        if (by === undefined) metrics.down++;
        else restore = metrics.delay(by, clock.nowUs);
      },
      end() {
        if (by === undefined) metrics.down--;
        else restore();
      },
    };
  },
});
