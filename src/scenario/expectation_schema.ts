// What can be expected of a run, judged by zod.

import { z } from "zod";
import {
  measuredFields,
  measuredProblem,
  metricCheckSchema,
  parseThreshold,
} from "../fleet/metric_check.ts";
import { statisticOf } from "../fleet/statistic.ts";
import { referenceSchema } from "../fleet/when.ts";
import { PPM } from "../metrics/names.ts";
import { shiftSchema } from "../rollout/distribution_check.ts";
import { durationSchema } from "../sim/duration_schema.ts";

/** From then on: a fault's first beginning, or a time. */
const since = z.union([durationSchema, referenceSchema]);

const span = { within: durationSchema.optional(), after: since.optional() };

/** What may have become of a rollout. */
const OUTCOMES = [
  ...["aborted", "completed", "paused", "inconclusive", "degraded", "progressing"] as const,
  "stalled",
] as const;

/** Lines among the events of a summary that say what mtop or a person did: no Kubernetes Event does. */
const NO_EVENTS: readonly string[] = [
  ...["Action", "ActionRefused", "FaultBegan", "FaultEnded", "FaultWithoutEffect"],
  ...[
    "RollingUpdateBegan",
    "RollingUpdateCompleted",
    "RollingUpdateStalled",
    "RollingUpdateUndone",
  ],
];

const eventSchema = z.strictObject({
  kind: z.literal("event"),
  reason: z.string().min(1).refine((reason) => !NO_EVENTS.includes(reason), {
    message: "no Kubernetes Event has this reason: expect what comes of it, by a metric, an " +
      "outcome of the rollout or an Event that follows",
  }),
  type: z.enum(["Normal", "Warning"]).optional(),
  /** A part of the object's name. */
  object: z.string().optional(),
  /** A part of the message. */
  message: z.string().optional(),
  /** 1 when neither is said. */
  atLeast: z.int().min(1).optional(),
  atMost: z.int().min(0).optional(),
  ...span,
}).refine(({ atLeast = 1, atMost = Infinity }) => atMost === 0 || atLeast <= atMost, {
  message: "more are asked for than are allowed",
  path: ["atLeast"],
});

const costSchema = z.strictObject({
  kind: z.literal("cost"),
  /** All services when left out. */
  service: z.string().optional(),
  below: z.union([z.number(), z.string()]),
}).transform((written, context) => {
  const limit = parseThreshold({ metric: "cost" }, written.below);
  if (limit !== undefined) return { ...written, limit };
  const message = `Invalid cost "${written.below}": write USD, such as 12.5 or "$12.5"`;
  context.issues.push({ code: "custom", input: written.below, path: ["below"], message });
  return z.NEVER;
});

/** An improvement: 100 % would be a value of 0. */
const improvement = z.string().transform((text, context) => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) return Math.round(Number(percent) * PPM / 100);
  const message = `Invalid share "${text}": write one such as 10%`;
  context.issues.push({ code: "custom", input: text, message });
  return z.NEVER;
});

const betterSchema = z.strictObject({
  kind: z.literal("betterThan"),
  /** The other scenario's data, which is simulated too, under the same seed. */
  than: z.looseObject({ kind: z.literal("scenario"), name: z.string() }, {
    error: "write the other scenario itself, as scenario({ … }) returns it",
  }),
  measured: z.strictObject({ ...measuredFields, comparedTo: z.undefined().optional() })
    .transform((measured, context) => {
      const problem = measuredProblem(measured);
      if (!problem) return { ...measured, statistic: statisticOf(measured) };
      const { path, message } = problem;
      context.issues.push({ code: "custom", input: measured, path: [path], message });
      return z.NEVER;
    }),
  by: improvement.optional(),
});

export const expectationSchema = z.discriminatedUnion("kind", [
  metricCheckSchema,
  shiftSchema({}),
  z.strictObject({
    kind: z.literal("rollout"),
    service: z.string(),
    outcome: z.enum(OUTCOMES),
    ...span,
  }),
  z.strictObject({
    kind: z.literal("weight"),
    service: z.string(),
    revision: z.string(),
    weight: z.number().min(0),
  }),
  eventSchema,
  z.strictObject({
    kind: z.literal("recovered"),
    service: z.string(),
    /** Left out: the service's goodput over its objective. */
    check: metricCheckSchema.optional(),
    ...span,
  }),
  z.strictObject({
    kind: z.literal("always"),
    check: metricCheckSchema,
    /** The run's end when left out. */
    until: durationSchema.optional(),
    after: since.optional(),
  }),
  costSchema,
  betterSchema,
]);

export type Expectation = z.output<typeof expectationSchema>;
export type ExpectationOf<K extends Expectation["kind"]> = Extract<Expectation, { kind: K }>;
/** When it begins to count. */
export type Since = z.output<typeof since>;
