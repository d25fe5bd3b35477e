// The search for the best size of one shape: the fewest GPUs that hold, or the highest rate that does.

import { brokenLimits, neighboursOf, type Trial } from "../report/sizing.ts";
import { least, most } from "../scenario/bisect.ts";
import { cheapestPair, type Pair, type PairAnswer } from "../scenario/cheapest.ts";
import type { Replicas } from "../scenario/sizing.ts";
import type { SizeTrials } from "./size_trials.ts";

/** Where a search may go. */
export interface SizeSpace {
  readonly start: Replicas;
  /** GPUs of a replica, and of one that computes prompts. */
  readonly gpus: { readonly replica: number; readonly prefill: number };
  /** The most replicas of a role, and the most GPUs of all. */
  readonly maxReplicas: number;
  readonly maxGpus: number;
  /** Whether prefill replicas are varied, too; else as many as at the start. */
  readonly variesPrefill: boolean;
}

/**
 * The size with the fewest GPUs that holds, if more replicas of either role never do worse. The sizes with
 * one replica less and with one more of each role are tried as well; where one less holds after all, that
 * is the answer, and its neighbours are tried. Undefined where nothing holds.
 */
export async function fewest(trials: SizeTrials, space: SizeSpace): Promise<Trial | undefined> {
  const { start: { prefill }, variesPrefill } = space;
  const found = prefill !== undefined && variesPrefill
    ? await fewestOfBoth(trials, space, prefill)
    : await fewestReplicas(trials, space);
  return found && await withNeighbours(trials, found, space);
}

async function fewestReplicas(
  trials: SizeTrials,
  space: SizeSpace,
): Promise<Replicas | undefined> {
  const { start, gpus, maxReplicas, maxGpus } = space;
  const { prefill } = start;
  const beside = (prefill ?? 0) * gpus.prefill;
  const max = Math.max(1, Math.min(maxReplicas, Math.floor((maxGpus - beside) / gpus.replica)));
  const sizeOf = (replicas: number) => ({ ...start, replicas });
  const holds = async (replicas: number) => (await trials.try(sizeOf(replicas))).holds;
  const replicas = await least(holds, start.replicas, max);
  return replicas === undefined ? undefined : sizeOf(replicas);
}

async function fewestOfBoth(
  trials: SizeTrials,
  { start, gpus, maxReplicas, maxGpus }: SizeSpace,
  prefill: number,
): Promise<Replicas | undefined> {
  const ask = async ([replicas, prefill]: Pair) =>
    answerOf(await trials.try({ replicas, prefill }));
  const found = await cheapestPair(ask, {
    start: [Math.max(1, start.replicas), Math.max(1, prefill)],
    costs: [gpus.replica, gpus.prefill],
    max: [maxReplicas, maxReplicas],
    budget: maxGpus,
  });
  return found && { replicas: found[0], prefill: found[1] };
}

/** Prefill is behind the first token, decode behind those after it. */
function answerOf(trial: Trial): PairAnswer {
  if (trial.holds) return { holds: true };
  const labels = brokenLimits(trial).map(({ label }) => label);
  const lacks = (metrics: RegExp) => labels.some((label) => metrics.test(label));
  return { holds: false, lacks: [lacks(/^(?:itl|e2e)\b/), lacks(/^(?:ttft|e2e)\b/)] };
}

async function withNeighbours(
  trials: SizeTrials,
  found: Replicas,
  space: SizeSpace,
): Promise<Trial> {
  const trial = await trials.try(found);
  await Promise.all(neighbouring(found, space).map((size) => trials.try(size)));
  const { less } = neighboursOf(trial, await trials.all());
  const smaller = less.filter(({ holds }) => holds)
    .toSorted((a, b) => gpusOf(a, space) - gpusOf(b, space))[0];
  if (!smaller) return trial;
  const { replicas, prefill } = smaller;
  return await withNeighbours(
    trials,
    { replicas, ...(prefill === undefined ? {} : { prefill }) },
    space,
  );
}

/** One less and one more of each role that is varied, within the bounds. */
function neighbouring({ replicas, prefill }: Replicas, space: SizeSpace): Replicas[] {
  const { maxReplicas, maxGpus, variesPrefill } = space;
  const sizes = prefill === undefined || !variesPrefill
    ? [-1, 1].map((step) => ({
      replicas: replicas + step,
      ...(prefill === undefined ? {} : { prefill }),
    }))
    : [[-1, 0], [0, -1], [1, 0], [0, 1]].map(([step, more]) => ({
      replicas: replicas + step!,
      prefill: prefill + more!,
    }));
  return sizes.filter((size) =>
    size.replicas >= 1 && (size.prefill ?? 1) >= 1 && gpusOf(size, space) <= maxGpus &&
    Math.max(size.replicas, size.prefill ?? 1) <= maxReplicas
  );
}

function gpusOf({ replicas, prefill = 0 }: Replicas, { gpus }: Pick<SizeSpace, "gpus">): number {
  return replicas * gpus.replica + prefill * gpus.prefill;
}

/** A rate is found to within so much of itself. */
const RATE_PRECISION = 0.02;

/**
 * The highest rate that holds with the replicas of one of `splits`, if what holds at a rate holds at
 * less; begins at `rps`. A split after the first is first asked for more than the best so far: where it
 * does not hold that, it is done with. Undefined where no rate holds.
 */
export async function highest(
  trials: SizeTrials,
  splits: readonly Replicas[],
  rps: number,
): Promise<Trial | undefined> {
  let best: Trial | undefined;
  for (const split of splits) {
    const holds = async (rate: number) => (await trials.try({ ...split, rps: rate })).holds;
    const more = best && threeDigits(best.value * (1 + RATE_PRECISION));
    if (more !== undefined && !await holds(more)) continue;
    const { found } = await most(holds, more ?? rps, RATE_PRECISION);
    if (found !== undefined) best = await trials.try({ ...split, rps: found });
  }
  return best;
}

function threeDigits(rate: number): number {
  return Number(rate.toPrecision(3));
}

/**
 * Every way to share out so many GPUs, that with the ratio of the start first, then those next to it: as
 * many prefill replicas, and of the others all that there is room for. One where the prefill replicas are
 * not to be varied; empty where there is room for none.
 */
export function splitsOf(space: SizeSpace, total: number): Replicas[] {
  const { start, gpus, maxReplicas, variesPrefill } = space;
  const { replica, prefill: each } = gpus;
  if (start.prefill === undefined) {
    const replicas = Math.min(maxReplicas, Math.floor(total / replica));
    return replicas < 1 ? [] : [{ replicas }];
  }
  const splitWith = (prefill: number) => ({
    prefill,
    replicas: Math.min(maxReplicas, Math.floor((total - prefill * each) / replica)),
  });
  const most = Math.min(maxReplicas, Math.floor((total - replica) / each));
  if (!variesPrefill) return start.prefill > most ? [] : [splitWith(start.prefill)];
  const splits = Array.from({ length: Math.max(0, most) }, (_, index) => splitWith(index + 1));
  const shareOf = ({ replicas, prefill = 0 }: Replicas) =>
    prefill * each / (prefill * each + replicas * replica);
  const wanted = shareOf(start);
  return splits.toSorted((a, b) => Math.abs(shareOf(a) - wanted) - Math.abs(shareOf(b) - wanted));
}
