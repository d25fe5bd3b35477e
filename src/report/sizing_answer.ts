// The answer of a sizing in words: what holds and by how much, what one less breaks, what is assumed.

import { formatPpm, formatUs, formatUsd } from "../view/format.ts";
import { formatFigure } from "./figures.ts";
import {
  brokenLimits,
  type Candidate,
  gpusHeld,
  isOnlyStarved,
  marginOf,
  neighboursOf,
  type Sizing,
  type Trial,
} from "./sizing.ts";

/** `tp 4 on H100-SXM`. */
export function shapeText({ gpu, tensorParallel }: Candidate): string {
  return `tp ${tensorParallel} on ${gpu}`;
}

/** Without an indent the answer, below it what goes with it. */
export function answerLines(sizing: Sizing): string[] {
  const { candidates, of } = sizing;
  const [first] = candidates;
  return [
    ...(first!.best ? bestLines(sizing, first!, first!.best) : [noneText(candidates, of)]),
    ...notesOf(sizing).map((note) => `  ${note}`),
  ];
}

function bestLines({ of, maxErrors }: Sizing, candidate: Candidate, best: Trial): string[] {
  const held = gpusHeld(best);
  const gpus = held === undefined ? "" : `, ${counted(held, "GPU")}`;
  const cost = best.costUsdPerHour === null ? "" : `, ${formatUsd(best.costUsdPerHour)} an hour`;
  const what = of === "replicas" ? sizeText(best) : `${best.rps} rps with ${sizeText(best)}`;
  const beside = of === "replicas"
    ? replicasBeside(candidate, best, maxErrors)
    : ratesBeside(candidate, best, maxErrors);
  return [`${what}${gpus}${cost}${marginText(best)}`, ...beside];
}

/** `3 replicas and 2 of prefill`. */
export function sizeText({ replicas, prefill }: Pick<Trial, "replicas" | "prefill">): string {
  const beside = prefill === undefined ? "" : ` and ${prefill} of prefill`;
  return `${counted(replicas, "replica")}${beside}`;
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function marginText(found: Trial): string {
  const nearest = marginOf(found);
  if (!nearest) return "";
  const { label, worstMs, limitMs } = found.limits.find((each) => each.label === nearest.label)!;
  const percent = Math.round(nearest.margin * 100);
  const [worst, limit] = [worstMs! * 1000, limitMs * 1000].map(formatUs);
  return `; nearest is ${label}, ${worst} of ${limit}, ${percent}% away`;
}

/** The sizes next to the answer: what one less breaks, and whether one more holds as is assumed. */
function replicasBeside({ trials }: Candidate, best: Trial, maxErrors: number): string[] {
  const { less, more } = neighboursOf(best, trials);
  return [
    ...less.map((trial) => `  ${sizeText(trial)} would not do: ${brokenText(trial, maxErrors)}`),
    ...more.filter(({ holds }) => !holds).map((trial) =>
      `  but more is worse here: ${sizeText(trial)}: ${brokenText(trial, maxErrors)}`
    ),
  ];
}

/** The lowest rate of the same replicas that was found not to hold. */
function ratesBeside({ trials }: Candidate, best: Trial, maxErrors: number): string[] {
  const above =
    trials.filter((each) =>
      each.replicas === best.replicas && each.prefill === best.prefill && !each.holds &&
      each.value > best.value
    ).toSorted((a, b) => a.value - b.value)[0];
  return [
    above
      ? `  ${above.value} rps would not do: ${brokenText(above, maxErrors)}`
      : "  no rate was found that would not do",
  ];
}

function brokenText(trial: Trial, maxErrors: number): string {
  const limits = brokenLimits(trial).map(({ label, worstMs, limitMs }) =>
    `${label} ${formatFigure("ms", worstMs)} of ${formatUs(limitMs * 1000)}`
  );
  const errors = (trial.errorRate ?? 1) > maxErrors
    ? [`errors ${formatFigure("share", trial.errorRate)} of ${formatPpm(maxErrors * 1e6)}`]
    : [];
  const late = isOnlyStarved(trial)
    ? [`${formatFigure("share", trial.lateShare)} late and still without an answer at the end`]
    : [];
  return [...limits, ...errors, ...late].join(", ");
}

function noneText(candidates: readonly Candidate[], of: Sizing["of"]): string {
  const trials = candidates.flatMap(({ trials }) => trials);
  const bounds = candidates.flatMap(({ bound }) => bound ?? []);
  if (of === "rps") {
    return `not even ${Math.min(...trials.map(({ value }) => value))} rps hold`;
  }
  const gpus = ({ replicas, prefill = 0 }: Trial) => replicas + prefill;
  const [most] = trials.toSorted((a, b) => gpus(b) - gpus(a));
  const bound = bounds.length > 0 ? `, of ${Math.max(...bounds)} GPUs in the cluster` : "";
  const verb = gpus(most!) === 1 ? "holds" : "hold";
  return `not even ${sizeText(most!)} ${verb}${bound}`;
}

function notesOf({ of, candidates }: Sizing): string[] {
  const [first] = candidates;
  const { calibration, bound } = first!;
  const cheapest = cheaperThan(candidates);
  return [
    ...(cheapest ? [`cheaper an hour: ${cheapest}`] : []),
    ...(of === "replicas" ? replicasNotes(first!) : [
      "assumed: what holds at some rate holds at less",
      ...(bound === undefined ? [] : [`the cluster has no more than ${bound} such GPUs`]),
    ]),
    ...(calibration === null || calibration === "calibrated"
      ? []
      : [`the figures are ${calibration}`]),
  ];
}

function replicasNotes({ best, trials }: Candidate): string[] {
  const counts = new Set(trials.map(({ prefill }) => prefill));
  const isVaried = counts.size > 1;
  const [prefill] = counts;
  const isChecked = best && neighboursOf(best, trials).more.every(({ holds }) => holds);
  const of = isVaried ? " of each role" : "";
  const checked = isChecked ? " (one more was tried)" : "";
  return [
    `assumed: what holds with some replicas${of} holds with more${checked}`,
    ...(prefill === undefined || isVaried
      ? []
      : [`not sized: its ${counted(prefill, "replica")} of prefill`]),
  ];
}

/** The shape that costs less than the best, where one with more GPUs does. */
function cheaperThan([first, ...others]: readonly Candidate[]): string | undefined {
  const cost = ({ best }: Candidate) => best?.costUsdPerHour ?? Infinity;
  const limit = cost(first!);
  const [least] = others.filter((each) => cost(each) < limit).toSorted((a, b) => cost(a) - cost(b));
  if (!least || !Number.isFinite(limit)) return undefined;
  return `${sizeText(least.best!)}, ${shapeText(least)}, ${formatUsd(cost(least))}`;
}
