// What a service's GPUs came to so far, in integers that a check can hold against a threshold.

import { priceOf } from "./gpu_prices.ts";
import { gpuTimeOf } from "./gpu_time.ts";
import type { FleetState, RevisionState } from "./state.ts";

const US_PER_HOUR = 3_600_000_000;

/** Thousandths of a GPU-hour after the warm-up; undefined before there is a revision, or whose is not told. */
export function gpuHoursMilli(
  state: FleetState,
  revisions: readonly RevisionState[],
  nowUs: number,
): number | undefined {
  const held = heldUs(state, revisions, nowUs);
  return held &&
    Math.round(held.reduce((sum, [, us]) => sum + us, 0) * 1000 / US_PER_HOUR);
}

/**
 * Thousandths of a USD at the run's own prices, else those with a source: a user's settings are no part of
 * a scenario. Undefined as soon as one price is not known.
 */
export function costMilliUsd(
  state: FleetState,
  revisions: readonly RevisionState[],
  nowUs: number,
): number | undefined {
  const said = Object.fromEntries(
    Object.entries(state.run?.gpuPrices ?? {}).map(([gpu, milli]) => [gpu, milli / 1000]),
  );
  let milliUsd = 0;
  const held = heldUs(state, revisions, nowUs);
  if (!held) return undefined;
  for (const [gpu, us] of held) {
    const price = priceOf(gpu, [["the scenario", said]]);
    if (!price) return undefined;
    milliUsd += us * price.usdPerHour * 1000 / US_PER_HOUR;
  }
  return Math.round(milliUsd);
}

/** GPU-µs by the GPU's name. */
function heldUs(
  state: FleetState,
  revisions: readonly RevisionState[],
  nowUs: number,
): [gpu: string, us: number][] | undefined {
  const members = revisions.map(({ member }) => member);
  if (members.length === 0 || members.includes(undefined)) return undefined;
  return [...new Set(members as string[])].flatMap((member) =>
    Object.entries(gpuTimeOf(state, member, nowUs).byGpu).map(([gpu, time]) =>
      [gpu, time.heldUs] as [string, number]
    )
  );
}
