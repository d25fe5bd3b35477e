// The summary as text: verdicts first, then totals, then how it came about.

import type { SaidPrices } from "../fleet/gpu_prices.ts";
import type { FleetState } from "../fleet/state.ts";
import { formatCount, formatInstant } from "../view/format.ts";
import { table } from "../view/table.ts";
import { faultLines, podLines, rolloutLines } from "./now_text.ts";
import { outcomeLines, storyLines } from "./story_text.ts";
import { summarize, type Summary } from "./summary.ts";
import { totalLines } from "./totals_text.ts";

export interface TextOptions {
  /** Marks of a passed and a failed expectation, which a terminal may colour. */
  readonly marks?: { readonly passed: string; readonly failed: string };
  readonly hash?: string;
  readonly events?: number;
  /** The command line that runs it once more; told where an expectation failed. */
  readonly again?: string;
  /** Columns of the terminal; a pipe has no limit. */
  readonly width?: number;
  /** USD per GPU-hour, where the scenario does not say: the user's own. */
  readonly gpuPrices?: SaidPrices;
}

/** What a finished run prints. */
export function runText(state: FleetState, options: TextOptions = {}): string {
  const summary = summarize(state, state.at, options);
  return [
    ...verdictLines(summary, options),
    ...totalLines(summary, options),
    ...outcomeLines(state, options),
    ...storyLines(state, options),
    ...endLines(summary, options),
  ].join("\n") + "\n";
}

/** One instant of a run: what is in force and in the servers now, then the totals up to it. */
export function instantText(state: FleetState, atUs: number, options: TextOptions = {}): string {
  const summary = summarize(state, atUs, options);
  const of = formatInstant(summary.durationSeconds * 1e6);
  return [
    `${summary.scenario} at ${formatInstant(atUs)} of ${of}, seed ${summary.seed}`,
    "",
    ...rolloutLines(state),
    ...faultLines(state),
    ...podLines(state, atUs, options),
    ...(summary.expectations.length > 0 ? verdictLines(summary, options) : []),
    ...totalLines(summary, options),
    ...storyLines(state, options),
  ].join("\n").trimEnd() + "\n";
}

/** The lines that say which expectations held. */
function verdictLines(
  { expectations }: Summary,
  { marks, width = Infinity }: TextOptions,
): string[] {
  if (expectations.length === 0) return ["  no expectations", ""];
  const { passed, failed } = marks ?? { passed: "✓", failed: "✗" };
  const rows = expectations.map((verdict) => {
    const at = formatInstant(verdict.atSeconds * 1e6);
    const mark = verdict.passed ? passed : failed;
    const found = verdict.passed ? verdict.got : `expected ${verdict.expected}, got ${verdict.got}`;
    return [`  ${mark} ${verdict.about}`, `${found} (at ${at})`];
  });
  const lines = table(rows);
  // Nothing of a verdict is left out: where it does not fit, what was found goes below.
  if (lines.some((line) => line.length > width)) {
    return [...rows.flatMap(([about, found]) => [about!, `      ${found}`]), ""];
  }
  return [...lines, ""];
}

function endLines(summary: Summary, { hash, events, again }: TextOptions): string[] {
  const failed = summary.expectations.filter(({ passed }) => !passed).length;
  const verdict = summary.expectations.length === 0
    ? "nothing was expected"
    : failed === 0
    ? `${summary.expectations.length} of ${summary.expectations.length} expectations held`
    : `${failed} of ${summary.expectations.length} expectations failed`;
  const log = hash === undefined ? "" : `, ${formatCount(events)} events, log ${hash.slice(0, 12)}`;
  return [
    `${summary.scenario}, seed ${summary.seed}: ${verdict}${log}`,
    ...(failed === 0 || again === undefined ? [] : [`once more: ${again}`]),
  ];
}
