// What was tried to size a service as text: shapes side by side, the trials of the best, the answer.

import { formatPpm, formatRate, formatUs, formatUsd, UNKNOWN } from "../view/format.ts";
import { plotLines } from "../view/plot.ts";
import { table } from "../view/table.ts";
import { formatFigure } from "./figures.ts";
import {
  brokenLimits,
  type Candidate,
  firstSentence,
  gpusHeld,
  isOnlyStarved,
  isStarved,
  marginOf,
  type Sizing,
  type Trial,
} from "./sizing.ts";
import { answerLines, shapeText, sizeText } from "./sizing_answer.ts";
import type { TextOptions } from "./text.ts";

export function sizingText(sizing: Sizing, options: TextOptions): string {
  const { candidates } = sizing;
  const [first] = candidates;
  const many = candidates.length > 1;
  return [
    ...headLines(sizing),
    "",
    ...(many ? [...candidateLines(sizing, options), ""] : []),
    ...(many && first!.best ? [`${shapeText(first!)}, all that was tried:`, ""] : []),
    ...(!many || first!.best ? [...trialLines(sizing, first!, options), ""] : []),
    ...(first!.rates ? [...rateLines(first!, options), ""] : []),
    ...answerLines(sizing),
  ].join("\n") + "\n";
}

function headLines({ service, of, seeds, candidates, maxErrors }: Sizing): string[] {
  const [first] = candidates.flatMap(({ trials }) => trials);
  const limits = (first?.limits ?? []).map(({ label, limitMs }) =>
    `${label} ≤ ${formatUs(limitMs * 1000)}`
  );
  const goal = of === "replicas" ? "the fewest GPUs" : "the highest rate";
  return [
    `${service}: ${goal} for ${[...limits, `errors ≤ ${formatPpm(maxErrors * 1e6)}`].join(", ")}`,
    seeds === 1
      ? "  under seed 1 alone"
      : `  under each of the seeds 1 to ${seeds}; shown is the worst of them`,
  ];
}

/** The best of every shape that could be tried, best first; then why the others could not. */
function candidateLines({ candidates, of }: Sizing, { width = Infinity }: TextOptions): string[] {
  const possible = candidates.filter(({ cannot }) => cannot === undefined);
  const apart = possible.some(({ best }) => best?.prefill !== undefined);
  const heads = [
    ...["gpus", "replicas"],
    ...(apart ? ["prefill"] : []),
    ...["tp", "gpu", "rps held", "an hour", "per 1M tokens", "nearest limit", ""],
  ];
  const rows = possible.map(({ best, gpu, tensorParallel, calibration }) => [
    best ? gpusText(best) : "none",
    best ? String(best.replicas) : UNKNOWN,
    ...(apart ? [String(best?.prefill ?? UNKNOWN)] : []),
    String(tensorParallel),
    gpu,
    formatRate(best?.rps ?? undefined),
    formatUsd(best?.costUsdPerHour ?? undefined),
    formatUsd(best?.costPerMillionOutputTokensUsd ?? undefined),
    best ? nearestText(best) : UNKNOWN,
    calibration === "calibrated" ? "" : calibration ?? "",
  ]);
  const first = apart ? 3 : 2;
  const right = [...Array(first + 1).keys(), first + 2, first + 3, first + 4];
  // The price a token and the margin first; what is asked for, and with which shape, never.
  const drop = [first + 4, first + 5, first + 3, of === "rps" ? 0 : first + 2, first + 6];
  return [
    ...table([heads, ...rows], { indent: "  ", right, width, drop }),
    ...candidates.flatMap((candidate) =>
      candidate.cannot === undefined
        ? []
        : [`  ${shapeText(candidate)}: ${firstSentence(candidate.cannot)}`]
    ),
  ];
}

function gpusText(trial: Trial): string {
  return String(gpusHeld(trial) ?? UNKNOWN);
}

function nearestText(trial: Trial): string {
  const nearest = marginOf(trial);
  return nearest ? `${nearest.label}, ${Math.round(nearest.margin * 100)}% away` : UNKNOWN;
}

/** Replicas of each role have a column where they differ from what is looked for. */
function trialLines(
  { of, maxErrors }: Sizing,
  { trials }: Candidate,
  { marks, width }: TextOptions,
): string[] {
  const { passed, failed } = marks ?? { passed: "✓", failed: "✗" };
  const mark = (ok: boolean) => ok ? passed : failed;
  const labels = (trials[0]?.limits ?? []).map(({ label }) => label);
  const apart = trials.some(({ prefill }) => prefill !== undefined);
  const late = trials.some(isOnlyStarved);
  const splits = of === "rps" && new Set(trials.map(({ replicas }) => replicas)).size > 1;
  const heads = [
    ...(of === "rps" ? ["rps"] : []),
    ...(of === "replicas" || splits ? ["replicas"] : []),
    ...(apart && (of === "replicas" || splits) ? ["prefill"] : []),
    ...["gpus", "an hour", "errors", ...labels, ...(late ? ["unanswered"] : []), "holds"],
  ];
  const rows = trials.toSorted(bySize).map((trial) => [
    ...(of === "rps" ? [String(trial.rps)] : []),
    ...(of === "replicas" || splits ? [String(trial.replicas)] : []),
    ...(apart && (of === "replicas" || splits) ? [String(trial.prefill)] : []),
    gpusText(trial),
    formatUsd(trial.costUsdPerHour ?? undefined),
    `${formatFigure("share", trial.errorRate)} ${mark((trial.errorRate ?? 1) <= maxErrors)}`,
    ...trial.limits.map(({ worstMs, limitMs }) =>
      `${formatFigure("ms", worstMs)} ${mark(worstMs !== null && worstMs <= limitMs)}`
    ),
    ...(late ? [`${formatFigure("share", trial.lateShare)} ${mark(!isStarved(trial))}`] : []),
    trial.holds ? "yes" : "no",
  ]);
  const right = [...heads.keys()].slice(0, -1);
  const beside = ["an hour", "errors", "gpus"].map((head) => heads.indexOf(head));
  const first = heads.indexOf("errors") + 1;
  const limits = labels.map((_, index) => first + index);
  return table([heads, ...rows], { indent: "  ", right, width, drop: [...beside, ...limits] });
}

function bySize(a: Trial, b: Trial): number {
  return (a.prefill ?? 0) - (b.prefill ?? 0) || a.replicas - b.replicas || a.value - b.value;
}

const PLOT_COLUMNS = 60;
const PLOT_ROWS = 10;

/** The percentile of the best size over the rate that is the first to be over its limit. */
function rateLines({ best, rates = [] }: Candidate, { width }: TextOptions): string[] {
  const [first] = rates.flatMap((trial) => brokenLimits(trial));
  const label = first?.label ?? (best && marginOf(best)?.label);
  const limitOf = (trial: Trial) => trial.limits.find((each) => each.label === label);
  const limit = best && limitOf(best);
  if (!best || !limit) return [];
  const lines = plotLines({
    points: rates.map((trial) => {
      const { worstMs = null } = limitOf(trial) ?? {};
      const y = worstMs === null ? undefined : worstMs * 1000;
      return { x: trial.rps!, y, mark: trial.holds ? "●" : "✗" };
    }),
    limit: limit.limitMs * 1000,
    formatX: (rps) => `${rps} rps`,
    formatY: formatUs,
    columns: Math.max(20, Math.min(PLOT_COLUMNS, (width ?? Infinity) - 14)),
    rows: PLOT_ROWS,
  });
  return [
    `${label} of ${sizeText(best)} over the rate, its limit the dashed line; ✗ does not hold:`,
    "",
    ...lines.map((line) => `  ${line}`),
  ];
}
