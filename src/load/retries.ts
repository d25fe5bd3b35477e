// What clients do about requests that were not answered: they try again after a while. It knows no server.

import { z } from "zod";
import { durationSchema } from "../sim/duration_schema.ts";
import type { AttemptOutcome, LoadContext } from "./load.ts";

/**
 * The backoff of OpenAI's Python client (openai-python 0444895, `_constants.py`: INITIAL_RETRY_DELAY
 * 0.5 s, MAX_RETRY_DELAY 8 s; `_base_client.py`, `_calculate_retry_timeout`: doubled each time, less up
 * to 25 % of jitter).
 */
export const FIRST_BACKOFF_US = 500_000;
const LONGEST_BACKOFF_US = 8_000_000;
const JITTER = 0.25;

const MAX_ATTEMPTS = 100;

const RETRIED = ["rejected", "failed", "timeout"] as const;

const backoff = durationSchema.refine((us) => us > 0, "a backoff is longer than 0s");

export const retriesSchema = z.strictObject({
  /** All of them, the first one too. */
  attempts: z.int().min(2, "1 attempt is no retry: write 2 or more, or leave retries out")
    .max(MAX_ATTEMPTS),
  /** Before the second attempt; doubled before each further one. */
  backoff: backoff.default(FIRST_BACKOFF_US),
  maxBackoff: backoff.default(LONGEST_BACKOFF_US),
  on: z.array(z.enum(RETRIED)).min(1, "name what is tried again, or leave it out")
    .default([...RETRIED]),
}).refine(({ backoff, maxBackoff }) => backoff <= maxBackoff, {
  message: "backoff must not be above maxBackoff (8s when left out)",
  path: ["backoff"],
});

export type Retries = z.output<typeof retriesSchema>;

const NEVER: readonly AttemptOutcome[] = [];

/**
 * The same context, where each request is tried again until it is answered or was tried often enough;
 * `onEnd` hears of the request, not of each attempt. Gaps are drawn from the stream `retries`. What was
 * begun before the load's end is tried again after it.
 */
export function retrying(retries: Retries, context: LoadContext): LoadContext {
  const { attempts, on } = retries;
  const { clock } = context;
  const stream = context.stream("retries");
  const jittered = (us: number) => Math.round(us * (1 - JITTER * stream.uniform()));
  const submit: LoadContext["submit"] = (promptTokens, outputTokens, options) => {
    const firstUs = clock.nowUs;
    const send = (number: number, backoffUs: number) => {
      const retryOn = number < attempts ? on : NEVER;
      const onEnd = (outcome: AttemptOutcome) => {
        if (!retryOn.includes(outcome)) return options?.onEnd?.(outcome);
        const longerUs = Math.min(2 * backoffUs, retries.maxBackoff);
        clock.after(jittered(backoffUs), () => send(number + 1, longerUs));
      };
      const attempt = { number, firstUs, retryOn };
      context.submit(promptTokens, outputTokens, { ...options, onEnd, attempt });
    };
    send(1, retries.backoff);
  };
  // Not spread: a context may have its methods from elsewhere.
  return {
    clock,
    submit,
    stream: (purpose) => context.stream(purpose),
    reserveSegments: (count) => context.reserveSegments(count),
    reserveSessions: (count) => context.reserveSessions(count),
    startUs: context.startUs,
    originUs: context.originUs,
    keep: context.keep,
    endUs: context.endUs,
    contextTokens: context.contextTokens,
  };
}
