// The shape of a scenario, judged by zod; durations become µs, everything else stays as written.

import { z } from "zod";
import { calibrationSchema } from "../calibration/saved_calibration.ts";
import { faultSchema } from "../fault/faults.ts";
import { ownAutoscalerSchema } from "../fleet/policy/own_autoscaler.ts";
import { loadSchema } from "../load/loads.ts";
import { sloSchema } from "../load/objectives.ts";
import { actSchema } from "../rollout/act.ts";
import { changeSchema } from "../rollout/change.ts";
import { rolloutSchema } from "../rollout/rollouts.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { clusterSchema } from "./cluster_schema.ts";
import { expectationSchema } from "./expectation_schema.ts";

/** The name of a policy, as it stands in manifests and in the log. */
const policyName = z.string().regex(
  /^[a-z][a-z0-9-]*$/,
  "write a name of a-z, 0-9 and - that begins with a letter",
);

export const scenarioSchema = z.strictObject({
  kind: z.literal("scenario"),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "write a name of a-z, 0-9 and -"),
  about: z.string().optional(),
  seed: z.int().min(0).default(1),
  duration: durationSchema.refine((us) => us > 0, "a run must last longer than 0s"),
  warmup: durationSchema.default(0),
  cluster: clusterSchema,
  services: z.array(z.unknown()).min(1),
  configs: z.array(z.unknown()).optional(),
  calibrations: z.array(calibrationSchema).optional(),
  slo: z.record(z.string(), sloSchema).default({}),
  load: z.array(loadSchema),
  rollouts: z.array(rolloutSchema).default([]),
  changes: z.array(z.discriminatedUnion("kind", [changeSchema, actSchema])).default([]),
  faults: z.array(faultSchema).default([]),
  autoscalers: z.array(ownAutoscalerSchema).default([]),
  processes: z.array(z.strictObject({ kind: z.literal("process"), name: z.string() })).default([]),
  /** What its own code defines, by name; the code travels beside the data. */
  policies: z.array(z.strictObject({
    type: z.enum(["fault", "step", "load", "scorer", "autoscaler", "metric", "process"]),
    name: policyName,
    about: z.string().min(1, "say in a sentence what it does"),
    code: z.string(),
  })).default([]),
  expect: z.array(expectationSchema).default([]),
});

/** Frozen data, as `scenario(…)` returns it and the head of a run file holds it. */
export type Scenario = Readonly<z.input<typeof scenarioSchema>>;
export type ParsedScenario = z.output<typeof scenarioSchema>;
