// The summary as JSON: numbers are numbers, units are in the keys, unknown is null.

import type { SaidPrices } from "../fleet/gpu_prices.ts";
import type { FleetState } from "../fleet/state.ts";
import { summarize } from "./summary.ts";

export interface JsonFacts {
  readonly events?: number;
  readonly hash?: string;
  /** How long the run took; the one figure that differs between two runs. */
  readonly wallSeconds?: number;
  /** USD per GPU-hour, where the scenario does not say: the user's own. */
  readonly gpuPrices?: SaidPrices;
}

/** One JSON document with a newline; `atUs` where an instant before the end is meant. */
export function summaryJson(state: FleetState, facts: JsonFacts, atUs?: number): string {
  const { scenario, seed, ...rest } = summarize(state, atUs, facts);
  const { events, wallSeconds, hash } = facts;
  const document = {
    scenario,
    seed,
    ...rest,
    events: events ?? state.seq + 1,
    wallSeconds: wallSeconds ?? null,
    logHash: hash ?? null,
  };
  return JSON.stringify(document, null, 2) + "\n";
}
