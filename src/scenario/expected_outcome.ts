// What became of a rollout, held against what was expected.

import type { FleetState, RolloutState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { formatDuration } from "../sim/duration.ts";
import type { ExpectationOf } from "./expectation_schema.ts";
import type { Finding } from "./expectations.ts";
import type { Observed } from "./observed.ts";
import { sinceUs } from "./observed.ts";

type Outcome = ExpectationOf<"rollout">;

export function findOutcome(
  expectation: Outcome,
  state: FleetState,
  observed: Observed,
  nowUs: number,
): Finding {
  const { outcome, within } = expectation;
  const limit = within === undefined ? "" : ` within ${formatDuration(within)}`;
  const expected = `${outcome}${limit}`;
  const found = outcomeOf(expectation, state, observed);
  if ("not" in found) return { passed: false, expected, got: found.not, whenUs: nowUs };
  const tookUs = found.atUs - found.fromUs;
  return {
    passed: tookUs >= 0 && tookUs <= (within ?? Infinity),
    expected,
    got: `${outcome} ${tookUs < 0 ? `before it` : `after ${tookText(tookUs)}`}`,
    whenUs: found.atUs,
    ...marginWithin(within, tookUs),
  };
}

const US_PER_TENTH = 100_000;

/** To a tenth of a second, rounded up: what came too late does not look as if it had been in time. */
function tookText(us: number): string {
  return formatDuration(us < 1_000_000 ? us : Math.ceil(us / US_PER_TENTH) * US_PER_TENTH);
}

/** How far a time is from its limit, as a share of the limit. */
export function marginWithin(
  within: number | undefined,
  tookUs: number,
): Pick<Finding, "marginPpm"> {
  if (within === undefined || within === 0) return {};
  return { marginPpm: Math.round(Math.abs(within - tookUs) * PPM / within) };
}

/** When the outcome came about and since when it is counted; or what happened instead. */
function outcomeOf(
  { service, outcome, after }: Outcome,
  { rollouts, faults }: FleetState,
  observed: Observed,
): { atUs: number; fromUs: number } | { not: string } {
  const rollout = Object.values(rollouts).find((candidate) => candidate.service === service);
  if (!rollout) return { not: "the rollout never began" };
  const from = after === undefined ? rollout.startedAt : sinceUs(after, faults);
  if (from === undefined) return { not: "the fault it waits for never began" };
  const atUs = whenSo(outcome, rollout, observed);
  if (atUs !== undefined) return { atUs, fromUs: from };
  if (rollout.abortedAt !== undefined) return { not: `aborted: ${rollout.message}` };
  return { not: `${rollout.phase} in step ${rollout.step} (${rollout.about})` };
}

const PHASES = { paused: "Paused", degraded: "Degraded", progressing: "Progressing" } as const;

/** Since when it is so at the end; for an abort and a completion, when that was. */
function whenSo(
  outcome: Outcome["outcome"],
  { abortedAt, completedAt, stalledAt, phase, startedAt }: RolloutState,
  { rollout = {} }: Observed,
): number | undefined {
  if (outcome === "aborted") return abortedAt;
  if (outcome === "completed") return completedAt;
  if (outcome === "stalled") return stalledAt;
  // An inconclusive analysis leaves the rollout to a person.
  if (outcome === "inconclusive") return phase === "Paused" ? rollout.inconclusiveUs : undefined;
  return phase === PHASES[outcome] ? rollout.phaseUs ?? startedAt : undefined;
}
