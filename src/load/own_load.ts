// A load of a scenario's own code: a generator says when requests come and how long they are.

import { z } from "zod";
import type { Stream } from "../sim/streams.ts";
import { type LoadContext, loadFields } from "./load.ts";

/** One request of a load's own code. */
export interface OwnRequest {
  /** Seconds since the one before, since the load's start for the first; rounded to µs. */
  readonly afterSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** What a load of one's own may draw from: the seed decides. */
export type Chance = Pick<Stream, "uniform" | "integer">;

export interface LoadDefinition<O = unknown> {
  readonly type: "load";
  readonly name: string;
  readonly about: string;
  /** The requests in their order; when it returns there are no more. */
  requests(random: Chance, options: O): Iterator<OwnRequest, void, void>;
}

export const ownLoadSchema = z.strictObject({
  kind: z.literal("own"),
  ...loadFields,
  /** The name of the definition. */
  policy: z.string(),
  options: z.unknown().optional(),
});

/** Longer than any run: gaps beyond it end the load. */
const MAX_GAP_SECONDS = 1e9;

/** More requests in one instant than any burst has: virtual time would never go on. */
const MAX_AT_ONCE = 100_000;

/**
 * Starts the load, a request ahead. Throws a TypeError when the code yields what is no request: a gap
 * below 0, tokens that are no whole numbers from 1 on; and when its time stands still.
 */
export function startOwnLoad(
  { options }: z.output<typeof ownLoadSchema>,
  { requests }: LoadDefinition,
  context: LoadContext,
): void {
  const { clock, endUs } = context;
  const source = requests(context.stream("own"), options);
  let atUs = context.startUs;
  let atOnce = 0;
  const next = () => {
    const { done, value } = source.next();
    if (done || !value) return;
    const { promptTokens, outputTokens } = checked(value);
    const gapUs = Math.round(Math.min(value.afterSeconds, MAX_GAP_SECONDS) * 1e6);
    atUs += gapUs;
    atOnce = gapUs > 0 ? 1 : atOnce + 1;
    if (atOnce > MAX_AT_ONCE) {
      throw new TypeError(
        `there are more than ${MAX_AT_ONCE.toLocaleString("en-US")} requests in one instant: ` +
          "write afterSeconds above 0",
      );
    }
    if (atUs >= endUs) return;
    clock.at(atUs, () => {
      context.submit(promptTokens, outputTokens);
      next();
    });
  };
  next();
}

function checked(request: OwnRequest): OwnRequest {
  const { afterSeconds, promptTokens, outputTokens } = request;
  if (!(afterSeconds >= 0)) {
    throw new TypeError(`afterSeconds is ${afterSeconds}: write seconds from 0`);
  }
  for (const [field, tokens] of Object.entries({ promptTokens, outputTokens })) {
    if (Number.isSafeInteger(tokens) && tokens >= 1) continue;
    throw new TypeError(`${field} is ${tokens}: write a whole number from 1`);
  }
  return request;
}
