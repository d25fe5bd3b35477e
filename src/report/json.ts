// The summary as JSON: numbers are numbers, units are in the keys, unknown is null.

import type { SaidPrices } from "../fleet/gpu_prices.ts";
import type { FleetState } from "../fleet/state.ts";
import type { RunOutcome } from "./outcome.ts";
import { summarize, type Summary } from "./summary.ts";

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
  return documentJson(summarize(state, atUs, facts), { events: state.seq + 1, ...facts });
}

/** The same of a run that is over, and of which no state is left. */
export function outcomeJson({ summary, events, hash, wallMs }: RunOutcome): string {
  return documentJson(summary, { events, hash, wallSeconds: wallMs / 1000 });
}

function documentJson(
  { scenario, seed, ...rest }: Summary,
  { events, wallSeconds, hash }: JsonFacts,
): string {
  const document = {
    scenario,
    seed,
    ...rest,
    events,
    wallSeconds: wallSeconds ?? null,
    logHash: hash ?? null,
  };
  return JSON.stringify(document, null, 2) + "\n";
}
