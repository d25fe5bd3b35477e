// The words with which a scenario brings faults, steps, loads, scorers, autoscalers and metrics of its own.
//
// Own code is pure: it draws chance from what it is handed, keeps nothing between two runs, and touches
// neither the clock of the machine nor the network. Under one seed it does the same every time.

import type {
  AutoscalerDefinition,
  FaultDefinition,
  MetricDefinition,
  ScorerDefinition,
  StepDefinition,
} from "../fleet/policy/definition.ts";
import type { LoadDefinition } from "../load/own_load.ts";
import type { Duration, Tagged, When } from "./builders.ts";
import { DEFINITION } from "./definition_marks.ts";
import type { LoadOptions } from "./load_builders.ts";
import { compare, type Comparison, type MetricOptions } from "./metric_builders.ts";
import type { Schedule } from "./schedule_builders.ts";

export type { Counted, Look, ScoredEndpoint, ScoredRequest } from "../fleet/policy/definition.ts";
export type { NodeView, PodView, Simulated } from "../fleet/policy/simulated.ts";

/** What the options of one policy are: JSON, part of the frozen scenario. */
type With<O> = unknown extends O ? { readonly options?: unknown } : { readonly options: O };

/** An entry that refers to a definition; the definition itself is no part of the data. */
function referring<T extends object>(entry: object, definition: unknown): T {
  return { ...entry, [DEFINITION]: definition } as unknown as T;
}

export type OwnFault = Tagged<
  "own",
  {
    policy: string;
    options?: unknown;
    name?: string;
    when: When | Schedule;
    for?: Duration | undefined;
    permanent?: true | undefined;
  }
>;

/**
 * A fault of one's own; the function returned puts it into `faults`.
 *
 * ```ts
 * import { defineFault, type OwnFault } from "mtop";
 *
 * export const crashTwins = defineFault<{ service: string; count: number }>({
 *   name: "crash-twins",
 *   about: "the processes of some pods die in the same instant",
 *   targets: (sim, { service, count }) => sim.pods({ service }).slice(0, count).map(({ name }) => name),
 *   begin: (sim, targets) => targets.forEach((pod) => sim.crash(pod)),
 * });
 *
 * export const faults: OwnFault[] = [crashTwins({ when: "5m", options: { service: "chat", count: 2 } })];
 * ```
 */
export function defineFault<O = unknown>(definition: Omit<FaultDefinition<O>, "type">) {
  const own = { type: "fault", ...definition } as const;
  return (
    fields:
      & { readonly name?: string; readonly when: When | Schedule }
      & { readonly for?: Duration; readonly permanent?: true }
      & With<O>,
  ): OwnFault => referring({ kind: "own", policy: definition?.name, ...fields }, own);
}

export type OwnStep = Tagged<"own", { policy: string; options?: unknown }>;

/**
 * A step of one's own, for `steps` of a canary: a generator that may wait, and may abort the rollout.
 *
 * ```ts
 * import { defineStep, type OwnStep } from "mtop";
 *
 * export const settle = defineStep<{ atMost: number }>({
 *   name: "settle",
 *   about: "waits until no request of the canary waits",
 *   *take(sim, { atMost }, abort) {
 *     const sinceSeconds = sim.nowSeconds;
 *     yield* sim.until(() => sim.measure("waiting", { of: "canary" }) === 0);
 *     if (sim.nowSeconds - sinceSeconds > atMost) abort("the canary took too long to settle");
 *   },
 * });
 *
 * export const steps: OwnStep[] = [settle({ atMost: 60 })];
 * ```
 */
export function defineStep<O = unknown>(definition: Omit<StepDefinition<O>, "type">) {
  const own = { type: "step", ...definition } as const;
  return (...[options]: unknown extends O ? [] : [options: O]): OwnStep =>
    referring({ kind: "own", policy: definition?.name, options }, own);
}

export type OwnLoad = Tagged<
  "own",
  LoadOptions & { name: string; policy: string; options?: unknown }
>;

/**
 * A load of one's own: a generator of requests, of which each says how long after the one before it
 * comes.
 *
 * ```ts
 * import { defineLoad, type OwnLoad } from "mtop";
 *
 * export const batches = defineLoad<{ size: number; everySeconds: number }>({
 *   name: "batches",
 *   about: "so many requests at once, again and again",
 *   *requests(random, { size, everySeconds }) {
 *     while (true) {
 *       for (let i = 0; i < size; i++) {
 *         const afterSeconds = i === 0 ? everySeconds : 0;
 *         yield { afterSeconds, promptTokens: random.integer(100, 900), outputTokens: 64 };
 *       }
 *     }
 *   },
 * });
 *
 * export const load: OwnLoad[] = [batches("night", { to: "chat", options: { size: 50, everySeconds: 30 } })];
 * ```
 */
export function defineLoad<O = unknown>(definition: Omit<LoadDefinition<O>, "type">) {
  const own = { type: "load", ...definition } as const;
  return (name: string, fields: LoadOptions & With<O>): OwnLoad =>
    referring({ kind: "own", name, policy: definition?.name, ...fields }, own);
}

/**
 * A scorer of one's own for the endpoint picker. Name it as a plugin's `type` in the service's
 * `EndpointPickerConfig`, its options as the plugin's `parameters`, and the definition in `policies`.
 *
 * ```ts
 * import { defineScorer } from "mtop";
 *
 * export const fewestTokens = defineScorer({
 *   name: "fewest-tokens",
 *   about: "prefers endpoints with few prompt tokens in flight",
 *   score: (_request, endpoint) => 1 / (1 + endpoint.tokens / 1000),
 * });
 * ```
 */
export function defineScorer<O = unknown>(
  definition: Omit<ScorerDefinition<O>, "type">,
): ScorerDefinition<O> {
  return { type: "scorer", ...definition };
}

export type OwnAutoscaler = Tagged<"own", {
  policy: string;
  service: string;
  name?: string;
  every?: Duration;
  min: number;
  max: number;
  options?: unknown;
}>;

/**
 * An autoscaler of one's own, for `autoscalers` of a scenario. It looks every 15 s, or `every`, and is
 * kept within `min` and `max`.
 *
 * ```ts
 * import { defineAutoscaler, type OwnAutoscaler } from "mtop";
 *
 * export const byRate = defineAutoscaler<{ rpsEach: number }>({
 *   name: "by-rate",
 *   about: "a replica for so many requests a second",
 *   replicas: (looks, { rpsEach }) => {
 *     const { rps = 0 } = looks.at(-1)!;
 *     return Math.ceil(rps / rpsEach);
 *   },
 * });
 *
 * export const autoscalers: OwnAutoscaler[] = [
 *   byRate({ service: "chat", min: 1, max: 8, options: { rpsEach: 4 } }),
 * ];
 * ```
 */
export function defineAutoscaler<O = unknown>(definition: Omit<AutoscalerDefinition<O>, "type">) {
  const own = { type: "autoscaler", ...definition } as const;
  return (
    fields: {
      readonly service: string;
      readonly name?: string;
      readonly every?: Duration;
      readonly min: number;
      readonly max: number;
    } & With<O>,
  ): OwnAutoscaler => referring({ kind: "own", policy: definition?.name, ...fields }, own);
}

/**
 * A metric of one's own, read out of what was counted over a span; it makes checks as the built-in ones
 * do.
 *
 * ```ts
 * import { defineMetric } from "mtop";
 *
 * export const tokensPerAnswer = defineMetric({
 *   name: "tokens-per-answer",
 *   about: "output tokens of a completed request, on average",
 *   read: ({ completed, outputTokens }) => completed === 0 ? undefined : outputTokens / completed,
 * });
 *
 * export const check = tokensPerAnswer({ of: "canary" }).above(50);
 * ```
 */
export function defineMetric(definition: Omit<MetricDefinition, "type">) {
  const own = { type: "metric", ...definition } as const;
  return (options: MetricOptions = {}): Comparison<number> =>
    compare("own", undefined, referring({ ...options, policy: definition?.name }, own));
}
