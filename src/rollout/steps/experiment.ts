// experiment: further pods of the old and the new revision beside the route or in it, held against each other.

import { z } from "zod";
import { formatDuration } from "../../sim/duration.ts";
import { durationSchema } from "../../sim/duration_schema.ts";
import { analysisSchema } from "../analysis.ts";
import { stepKind } from "../step.ts";

/** Part of an object's name: `chat-baseline`. */
const MEMBER_NAME = /^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/;

const templateSchema = z.strictObject({
  /** What its revision is called. */
  name: z.string().regex(MEMBER_NAME, "write a short name of a-z, 0-9 and -")
    .refine((name) => name !== "stable" && name !== "canary", "there is such a revision already"),
  /** Whose spec its pods have. */
  specRef: z.enum(["stable", "canary"]),
  replicas: z.int().min(1).default(1),
  /** Percent of the traffic, which stable gives up; absent: what is sent to it past all weights. */
  weight: z.int().min(0).max(100).optional(),
});

export const experiment = stepKind({
  kind: "experiment",
  about: "further pods of either revision for a while, with analyses that must be Successful",
  schema: z.strictObject({
    kind: z.literal("experiment"),
    templates: z.array(templateSchema).min(1),
    /** Absent: until its analyses have ended. */
    duration: durationSchema.optional(),
    analyses: z.array(analysisSchema).default([]),
  }).refine(
    ({ duration, analyses }) => duration !== undefined || analyses.length > 0,
    "say how long it lasts: duration, or analyses that end",
  ),
  plan: ({ templates, duration }) => {
    const long = duration === undefined ? "" : ` ${formatDuration(duration)}`;
    return `experiment ${templates.map(({ name }) => name).join(", ")}${long}`;
  },
  analyses: ({ analyses, duration }) =>
    analyses.map((analysis, index) => ({
      path: `analyses[${index}]`,
      analysis,
      ends: duration !== undefined,
    })),
  *take({ templates, duration, analyses }, rollout) {
    const { members } = rollout;
    const parts = templates.map((template) => {
      const plan = template.specRef === "canary" ? members.plan : undefined;
      return { ...template, revision: members.add(template.name, plan) };
    });
    try {
      for (const { revision, replicas } of parts) members.scale(replicas, revision);
      for (const { revision } of parts) yield* members.awaitReady(revision);
      for (const { name, weight } of parts) if (weight !== undefined) members.share(name, weight);
      yield* rollout.analyse(analyses.map((analysis) => ({ analysis })), duration);
    } finally {
      for (const { name, weight } of parts) if (weight !== undefined) members.share(name, 0);
      for (const { revision } of parts) members.scale(0, revision);
    }
  },
});
