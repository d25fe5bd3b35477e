// The words of a scenario file for what clients send: functions that return plain data, never throw.

import { readEmpirical } from "../load/empirical_text.ts";
import { parseTrace } from "../load/trace_file.ts";
import type { Duration } from "../sim/duration.ts";
import type { OwnLoad } from "./define.ts";

type Tagged<K extends string, T> = Readonly<{ kind: K } & T>;

// Lengths, in tokens.

export type Length =
  | Tagged<"fixed", { tokens: number }>
  | Tagged<"uniform", { min: number; max: number }>
  | Tagged<"lognormal", { mean: number; p99: number }>
  | Tagged<"empirical", { values: unknown; weights?: readonly unknown[] }>;

/** Always so many tokens. */
export const fixed = (tokens: number): Length => ({ kind: "fixed", tokens });
/** From `min` to `max`, both included, each equally likely. */
export const uniform = (min: number, max: number): Length => ({ kind: "uniform", min, max });
/** By its mean and 99th percentile, p99 at most 14.9 times the mean. */
export const lognormal = (of: { mean: number; p99: number }): Length => ({
  kind: "lognormal",
  ...of,
});
/**
 * Drawn from what was measured: `empirical([120, 80, 2400])`, or with how often each came,
 * `empirical([[120, 5], [2400, 1]])`. Also of a file's text, a value or a value and its weight on each
 * line.
 */
export const empirical = (
  measured: readonly number[] | readonly (readonly [number, number])[] | string,
): Length => ({ kind: "empirical", ...readEmpirical(measured) });

// What every load says of its requests.

/** Limits of latencies by percentile; a single request is held against the strictest of them. */
export type Limit = { readonly [statistic in "p50" | "p90" | "p95" | "p99"]?: Duration };

export interface Objectives {
  readonly ttft?: Limit;
  /** Of a request: the mean gap between its tokens. */
  readonly itl?: Limit;
  readonly e2e?: Limit;
  /** So many requests are to meet all limits, such as `"99%"`; the others are the error budget. */
  readonly goodput?: `${number}%`;
  /** The time whose budget that is; the run after its warm-up when left out. */
  readonly window?: Duration;
}

/**
 * What clients do about an attempt that was not answered. Waits double from `backoff` on, up to
 * `maxBackoff`, and are shortened at random by up to a quarter, as OpenAI's clients do.
 *
 * The service's `requests` count attempts: each one arrives, and completes, fails or is rejected. Goodput
 * counts requests: those whose last attempt met every SLO, of those that are not tried again. To their
 * SLO, TTFT and E2E count from the first attempt on.
 */
export interface Retries {
  /** All of them, the first one too: 3 is a request and two retries. */
  readonly attempts: number;
  /** Before the second attempt; `"500ms"` when left out. */
  readonly backoff?: Duration;
  /** `"8s"` when left out. */
  readonly maxBackoff?: Duration;
  /**
   * What is tried again; all of these when left out. `rejected`: nobody took it (429, 503); `failed`:
   * its server was lost; `timeout`: given up by its client. What is wrong in itself never is: a prompt
   * beyond the model's context, an adapter that is not there (400, 404).
   */
  readonly on?: readonly ("rejected" | "failed" | "timeout")[];
}

// Whom it calls.

export type Target =
  | string
  | Readonly<{ member: string; of?: string }>
  | Readonly<{ group: string; namespace?: string }>
  | Readonly<{ model: string; namespace?: string }>;

interface InNamespace {
  /** Left out, wherever it is. */
  readonly namespace?: string;
}

/**
 * One service alone, or one of its revisions, past all weights: its own path at the gateway,
 * `/<namespace>/<name>/v1/…`.
 */
export const member = (service: string, options: { readonly of?: string } = {}): Target => ({
  member: service,
  ...options,
});
/** The members of a route group (`spec.router.route.group`), by their weights. */
export const group = (name: string, options: InNamespace = {}): Target => ({
  group: name,
  ...options,
});
/**
 * Whatever serves a model of this name, by weight: the header `X-Gateway-Model-Name`, or the path
 * `/publishers/<namespace>/models/<model>/v1/…`.
 */
export const model = (name: string, options: InNamespace = {}): Target => ({
  model: name,
  ...options,
});

export interface LoadOptions {
  /** Whom it calls: a service, by the weights of its route, or `member`, `group`, `model`. */
  readonly to: Target;
  /** Virtual time of its first request; the run's start when left out. */
  readonly start?: Duration;
  /**
   * The name of a load listed before it that has ended when this one starts: the same clients go on, with
   * the fields of this load. What they would draw next, their conversations and shared prefixes, and where
   * a profile or a trace was, stay.
   */
  readonly continues?: string;
  /** From then on it begins nothing; the run's end when left out. */
  readonly end?: Duration;
  /** vLLM's: lower goes first, 0 when left out; for servers with `--scheduling-policy=priority`. */
  readonly priority?: number;
  /** The endpoint picker's InferenceObjective: higher matters more, negative is shed first. */
  readonly objective?: number;
  /** The endpoint picker's fairness id: who shares its queue evenly with others, such as a tenant. */
  readonly fairness?: string;
  /** The LoRA adapter that its requests name. */
  readonly adapter?: string;
  /** An attempt that has not ended by then is given up by its client. */
  readonly timeout?: Duration;
  readonly retries?: Retries;
  /** Its requests' goodput is judged by this alone, not by the service's `slo`. */
  readonly slo?: Objectives;
}

// What is asked.

/** `true`, or when a user begins anew; the model's context is never exceeded. */
export type MultiTurn = boolean | { readonly maxTurns?: number; readonly maxTokens?: number };

export interface SharedPrefixOptions {
  readonly groups: number;
  readonly usersPerGroup: number;
  /** The system prompt that a group's users share. */
  readonly systemTokens: number;
  /** Drawn once for each user, as `outputTokens` is. */
  readonly questionTokens: number | Length;
  readonly outputTokens: number | Length;
  /**
   * A user's next question follows all that was said: system prompt, questions, answers. It waits for
   * the answer before it. Left out, a user asks the same question each time.
   */
  readonly multiTurn?: MultiTurn;
}

export type SharedPrefix = Tagged<
  "sharedPrefix",
  Omit<SharedPrefixOptions, "questionTokens" | "outputTokens"> & {
    questionTokens: Length;
    outputTokens: Length;
  }
>;

const length = (tokens: number | Length): Length =>
  typeof tokens === "number" ? fixed(tokens) : tokens;

/**
 * Requests of groups of users, whose prompts begin with their group's system prompt; as inference-perf's
 * `shared_prefix`. Users take turns. For any load that has a rate, and for `users`:
 *
 * ```ts
 * poisson("agents", {
 *   to: "qwen",
 *   rps: 20,
 *   requests: sharedPrefix({
 *     groups: 150, usersPerGroup: 5,
 *     systemTokens: 6_000, questionTokens: 1_200, outputTokens: 1_000,
 *     multiTurn: true,
 *   }),
 * })
 * ```
 */
export const sharedPrefix = (options: SharedPrefixOptions): SharedPrefix => ({
  kind: "sharedPrefix",
  ...options,
  questionTokens: length(options?.questionTokens),
  outputTokens: length(options?.outputTokens),
});

/** Prompts and answers of some lengths that share nothing, or those of groups of users. */
export type Asked =
  | { readonly prompt: Length; readonly output: Length; readonly requests?: never }
  | { readonly requests: SharedPrefix; readonly prompt?: never; readonly output?: never };

// Open loops: requests arrive whether or not the service keeps up.

export type RateOptions = LoadOptions & Asked & {
  /** Requests per second. */
  readonly rps: number;
};

export type GammaOptions = RateOptions & { readonly burstiness: number };

type VaryingOptions = LoadOptions & Asked & {
  /** Poisson when left out; constant is at an even pace for the rate of the moment. */
  readonly arrivals?: "poisson" | "constant";
};

/** A rate that holds, or one that is reached in a straight line from that of the stage before. */
export type Stage =
  | { readonly rps: number; readonly for: Duration }
  | { readonly rampTo: number; readonly for: Duration };

export type StagesOptions = VaryingOptions & { readonly stages: readonly Stage[] };

export type SpikeOptions = VaryingOptions & {
  /** Before and after the spike. */
  readonly rps: number;
  readonly peak: number;
  /** Virtual time at which it begins to rise. */
  readonly at: Duration;
  /** From then until it begins to fall. */
  readonly for: Duration;
  /** How long it rises, and falls; at once when left out. */
  readonly ramp?: Duration;
};

export type DiurnalOptions = VaryingOptions & {
  readonly low: number;
  readonly high: number;
  /** From one high to the next, such as `"24h"`. */
  readonly period: Duration;
  /** Virtual time of a high; when left out the load begins at its lowest. */
  readonly peakAt?: Duration;
};

export type UsersOptions = LoadOptions & Asked & {
  /** How many there are. */
  readonly users: number;
  /** Between an answer and the next request: always so long, or exponential of that mean; none. */
  readonly think?: Duration | { readonly mean: Duration };
  /** They come one after the other within so long; all at once when left out. */
  readonly rampUp?: Duration;
  /** Each prompt is a question that follows all that its user said and was told. */
  readonly multiTurn?: MultiTurn;
};

type Named<K extends string, T> = Readonly<{ kind: K; name: string }> & T;

export type Load =
  | Named<"poisson", RateOptions>
  | Named<"constant", RateOptions>
  | Named<"gamma", GammaOptions>
  | Named<"stages", StagesOptions>
  | Named<"spike", SpikeOptions>
  | Named<"diurnal", DiurnalOptions>
  | Named<"users", UsersOptions>
  | Named<"trace", LoadOptions & { speedup?: number; requests: unknown }>
  | OwnLoad;

/** Arrivals with exponential gaps, whether or not the service keeps up. */
export const poisson = (name: string, options: RateOptions): Load => ({
  kind: "poisson",
  name,
  ...options,
});

/** Arrivals at an even pace. */
export const constant = (name: string, options: RateOptions): Load => ({
  kind: "constant",
  name,
  ...options,
});

/**
 * Arrivals in bursts: gaps are gamma-distributed with shape `burstiness` and mean 1/rps, as of `vllm
 * bench serve --burstiness`. Below 1 is burstier than Poisson, 1 is Poisson, above 1 is more even.
 */
export const gamma = (name: string, options: GammaOptions): Load => ({
  kind: "gamma",
  name,
  ...options,
});

/**
 * Rates one after the other, as k6's ramping-arrival-rate has them; the load ends with the last.
 *
 * ```ts
 * stages("ladder", {
 *   to: "qwen", prompt: fixed(500), output: fixed(200),
 *   stages: [{ rps: 5, for: "2m" }, { rampTo: 40, for: "5m" }, { rps: 40, for: "2m" }],
 * })
 * ```
 */
export const stages = (name: string, options: StagesOptions): Load => ({
  kind: "stages",
  name,
  ...options,
});

/** A steady rate with one spike. */
export const spike = (name: string, options: SpikeOptions): Load => ({
  kind: "spike",
  name,
  ...options,
});

/** A rate that swings between `low` and `high` like a sine, as traffic does with the time of day. */
export const diurnal = (name: string, options: DiurnalOptions): Load => ({
  kind: "diurnal",
  name,
  ...options,
});

/**
 * A closed loop: each user sends the next request `think` after the last has ended, whatever its end.
 * One that was turned away or lost its server waits 500 ms at least. With `multiTurn` users go on with
 * their conversations.
 */
export const users = (name: string, options: UsersOptions): Load => ({
  kind: "users",
  name,
  ...options,
});

/**
 * The requests of a recorded trace. `text` is its file's: the CSV of an Azure LLM inference trace, or
 * the JSON Lines of a Mooncake trace, whose `hash_ids` say which prompts begin alike.
 */
export const trace = (
  name: string,
  options: LoadOptions & { text: string; speedup?: number },
): Load => {
  const { text, ...rest } = { ...options };
  return { kind: "trace", name, ...rest, requests: parseTrace(String(text)) };
};
