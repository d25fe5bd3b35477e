// What was tried to size a service, as a table, and the answer with its margin and price.

import { formatPpm, formatUs, formatUsd, UNKNOWN } from "../view/format.ts";
import { table } from "../view/table.ts";
import { formatFigure } from "./figures.ts";
import type { TextOptions } from "./text.ts";

/** A limit under the worst of the seeds; null where nothing was observed. */
export interface WorstLimit {
  readonly label: string;
  readonly limitMs: number;
  readonly worstMs: number | null;
}

/** One size that was simulated under all seeds. */
export interface Trial {
  /** Replicas, or requests a second. */
  readonly value: number;
  readonly holds: boolean;
  readonly limits: readonly WorstLimit[];
  /** Share of the attempts that failed or were rejected, under the worst seed. */
  readonly errorRate: number | null;
  /** GPUs that were held on average. */
  readonly gpus: number | null;
  readonly costUsdPerHour: number | null;
}

export interface Sizing {
  readonly service: string;
  readonly of: "replicas" | "rps";
  readonly seeds: number;
  /** Largest share of errors that holds. */
  readonly maxErrors: number;
  readonly calibration: string;
  /** Replicas of other roles of the service, by role: these are not sized. */
  readonly beside?: Readonly<Record<string, number>>;
  readonly trials: readonly Trial[];
  /** The value that was looked for; null where there is none. */
  readonly answer: number | null;
}

/** How near an answer is to the limit that is nearest: 0.2 is 20 % away. */
export function marginOf({ limits }: Trial): { label: string; margin: number } | undefined {
  const margins = limits.flatMap(({ label, limitMs, worstMs }) =>
    worstMs === null ? [] : [{ label, margin: (limitMs - worstMs) / limitMs }]
  );
  return margins.sort((a, b) => a.margin - b.margin)[0];
}

export function sizingText(sizing: Sizing, options: TextOptions): string {
  const { service, of, seeds, trials, maxErrors } = sizing;
  const [first] = trials;
  const limits = (first?.limits ?? []).map(({ label, limitMs }) =>
    `${label} ≤ ${formatUs(limitMs * 1000)}`
  );
  const goal = of === "replicas" ? "the fewest replicas" : "the highest rate";
  return [
    `${service}: ${goal} for ${[...limits, `errors ≤ ${formatPpm(maxErrors * 1e6)}`].join(", ")}`,
    seeds === 1
      ? "  under seed 1 alone"
      : `  under each of the seeds 1 to ${seeds}; shown is the worst of them`,
    "",
    ...trialLines(sizing, options),
    "",
    ...answerLines(sizing),
  ].join("\n") + "\n";
}

function trialLines({ of, trials, maxErrors }: Sizing, { marks, width }: TextOptions): string[] {
  const { passed, failed } = marks ?? { passed: "✓", failed: "✗" };
  const mark = (ok: boolean) => ok ? passed : failed;
  const labels = (trials[0]?.limits ?? []).map(({ label }) => label);
  const heads = [of, "gpus", "an hour", "errors", ...labels, "holds"];
  const rows = trials.toSorted((a, b) => a.value - b.value).map((trial) => [
    String(trial.value),
    trial.gpus === null ? UNKNOWN : String(Number(trial.gpus.toFixed(1))),
    formatUsd(trial.costUsdPerHour ?? undefined),
    `${formatFigure("share", trial.errorRate)} ${mark((trial.errorRate ?? 1) <= maxErrors)}`,
    ...trial.limits.map(({ worstMs, limitMs }) =>
      `${formatFigure("ms", worstMs)} ${mark(worstMs !== null && worstMs <= limitMs)}`
    ),
    trial.holds ? "yes" : "no",
  ]);
  const right = [...heads.keys()].slice(0, -1);
  return table([heads, ...rows], { indent: "  ", right, width });
}

function answerLines(sizing: Sizing): string[] {
  const { of, answer, trials, calibration, beside = {} } = sizing;
  const values = trials.map(({ value }) => value);
  const found = trials.find(({ value }) => value === answer);
  const notes = [
    of === "replicas"
      ? "assumed: what holds with some replicas holds with more"
      : "assumed: what holds at some rate holds at less",
    ...Object.entries(beside).map(([role, count]) => `not sized: its ${count} replicas of ${role}`),
    ...(calibration === "calibrated" ? [] : [`the figures are ${calibration}`]),
  ].map((note) => `  ${note}`);
  if (!found) {
    const last = of === "replicas"
      ? `not even ${Math.max(...values)} replicas hold`
      : `not even ${Math.min(...values)} rps hold`;
    return [last, ...notes];
  }
  const gpus = found.gpus === null ? "" : `, ${counted(Number(found.gpus.toFixed(1)), "GPU")}`;
  const cost = found.costUsdPerHour === null ? "" : `, ${formatUsd(found.costUsdPerHour)} an hour`;
  const what = of === "replicas" ? counted(found.value, "replica") : `${found.value} rps`;
  return [`${what}${gpus}${cost}${marginText(found)}`, ...nextLines(sizing, found.value), ...notes];
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

/** The next worse size that was tried: it bounds the answer. */
function nextLines({ of, trials }: Sizing, answer: number): string[] {
  const failing = trials.filter(({ holds }) => !holds).map(({ value }) => value);
  const next = of === "replicas"
    ? Math.max(...failing.filter((value) => value < answer))
    : Math.min(...failing.filter((value) => value > answer));
  if (of === "replicas") {
    return Number.isFinite(next) ? [`  ${counted(next, "replica")} would not do`] : [];
  }
  return [
    Number.isFinite(next) ? `  ${next} rps would not do` : "  no rate was found that would not do",
  ];
}
