// The rollout of a topology as data of a scenario: what each strategy does where nobody says more.

import { z } from "zod";

const percentOrCount = z.union([z.int().min(0), z.templateLiteral([z.int().min(0).max(100), "%"])]);
const what = { service: z.string(), image: z.string() };

const step = z.union([
  z.strictObject({ setWeight: z.int() }),
  z.strictObject({ pause: z.string() }),
  z.strictObject({ setCanaryScale: z.strictObject({ replicas: z.int() }) }),
]);

type Step = z.output<typeof step>;

/** A rollout as a topology's file has it. */
export const rehearsalSchema = z.discriminatedUnion("strategy", [
  z.strictObject({ strategy: z.literal("canary"), ...what, steps: z.array(step).min(1) }),
  z.strictObject({
    strategy: z.literal("blue-green"),
    ...what,
    previewReplicas: z.int().min(1).optional(),
    autoPromotionAfter: z.string().optional(),
  }),
  z.strictObject({
    strategy: z.literal("rolling"),
    ...what,
    maxSurge: percentOrCount.optional(),
    maxUnavailable: percentOrCount.optional(),
  }),
  z.strictObject({ strategy: z.literal("shadow"), ...what, percent: z.int(), for: z.string() }),
]);

export type Rehearsal = z.output<typeof rehearsalSchema>;
export type RehearsedStrategy = Rehearsal["strategy"];

/** The strategies, in the order of the help. */
export const REHEARSED: readonly RehearsedStrategy[] = rehearsalSchema.options
  .map(({ shape: { strategy } }) => strategy.value);

/** The steps of a canary that nobody described: Argo's own example, with shorter pauses. */
const CANARY_STEPS: readonly Step[] = [
  { setWeight: 5 },
  { pause: "2m" },
  { setWeight: 25 },
  { pause: "2m" },
  { setWeight: 50 },
  { pause: "2m" },
  { setWeight: 100 },
];
/** Enough copies to judge by, and a quarter of the pods. */
const SHADOW = { percent: 25, for: "10m" };

/** What a strategy does where nobody says more. */
export function rehearsalOf(
  strategy: RehearsedStrategy,
  service: string,
  image: string,
): Rehearsal {
  switch (strategy) {
    case "canary":
      return { strategy, service, image, steps: [...CANARY_STEPS] };
    case "shadow":
      return { strategy, service, image, ...SHADOW };
    default:
      return { strategy, service, image };
  }
}

/** The entry of `rollouts`, which begins at `at`. */
export function rolloutData(rehearsal: Rehearsal, at: string): unknown {
  const { strategy: _, service, image, ...rest } = rehearsal;
  const common = { service, at, to: { image } };
  switch (rehearsal.strategy) {
    case "canary": {
      const steps = rehearsal.steps.map(stepData);
      return { kind: "canary", ...common, steps, analysis: errors({ of: "canary" }) };
    }
    case "blue-green": {
      const postPromotion = errors({ of: "preview" }, { count: 10 });
      return { kind: "blueGreen", ...common, ...rest, postPromotion };
    }
    case "rolling":
      return { kind: "rolling", ...common, ...rest, analysis: errors({}) };
    case "shadow":
      return { kind: "shadow", ...common, ...rest, analysis: errors({ of: "shadow" }) };
  }
}

function errors(where: { of?: string }, fields: { count?: number } = {}): unknown {
  const check = { kind: "metric", metric: "errorRate", comparison: "below", threshold: "1%" };
  return {
    kind: "analysis",
    name: "errors",
    every: "30s",
    failureLimit: 1,
    ...fields,
    // A small weight of a small load has minutes without a request, which are no failure.
    consecutiveErrorLimit: 100,
    checks: [{ ...check, ...where }],
  };
}

function stepData(step: Step) {
  if ("setWeight" in step) return { kind: "setWeight", weight: step.setWeight };
  if ("pause" in step) return { kind: "pause", duration: step.pause };
  return { kind: "setCanaryScale", ...step.setCanaryScale };
}
