// Rollouts as lines: a table below that of the services, and each message below its rollout.

import { STRATEGY_WORDS } from "../fleet/strategies.ts";
import { UNKNOWN } from "./format.ts";
import { chosenRollout, type RolloutRow, rolloutStep } from "./rollout_rows.ts";
import { printable, type Span } from "./spans.ts";
import { table } from "./table.ts";
import type { Style } from "./theme.ts";

const HEADS = ["ROLLOUT", "STRATEGY", "PHASE", "STEP", "WEIGHT", "ANALYSES"];
const [STRATEGY, WEIGHT, ANALYSES] = [1, 4, 5];

export const PHASES: Readonly<Record<RolloutRow["phase"], { glyph: string; style: Style }>> = {
  Progressing: { glyph: "◌", style: "plain" },
  Paused: { glyph: "‖", style: "warn" },
  Degraded: { glyph: "⚠", style: "critical" },
  Healthy: { glyph: "✔", style: "ok" },
};

/** A screen of many rollouts shows so many, and always the chosen one. */
const SHOWN = 3;

export interface RolloutBlock {
  /** With a head, and the message of each below it. */
  readonly full: readonly (readonly Span[])[];
  /** One line: the chosen one. */
  readonly brief: readonly (readonly Span[])[];
}

/** For a screen of so many cells. `wanted` is the id of the rollout that its user chose, if there is one. */
export function rolloutBlock(
  rows: readonly RolloutRow[],
  wanted: string | undefined,
  width: number,
): RolloutBlock {
  const chosen = chosenRollout(rows, wanted);
  if (!chosen) return { full: [], brief: [] };
  const first = Math.max(0, Math.min(rows.indexOf(chosen) - 1, rows.length - SHOWN));
  const shown = rows.slice(first, first + SHOWN);
  const hidden = rows.length > SHOWN ? ` ${first + 1}-${first + SHOWN} of ${rows.length}` : "";
  // Which one is meant is to be seen only where there are several.
  const mark = (row: RolloutRow) => rows.length === 1 ? "" : row === chosen ? "▸ " : "  ";
  const cells = (row: RolloutRow) => cellsOf(row, true).with(0, mark(row) + nameOf(row));
  const lines = table([HEADS.with(0, `${HEADS[0]}${hidden}`), ...shown.map(cells)], {
    ...{ width, right: [WEIGHT] },
    drop: [STRATEGY, WEIGHT, ANALYSES],
  });
  const full = shown.flatMap((row, index): Span[][] => [
    [{ text: lines[index + 1]!, style: PHASES[row.phase].style }],
    ...(row.message === "" ? [] : [[{ text: `    ${row.message}`, style: "dim" as const }]]),
  ]);
  const [brief = ""] = table([cells(chosen)], { width, drop: [STRATEGY, WEIGHT, ANALYSES] });
  return {
    full: [[{ text: lines[0]!, style: "bold" }], ...full],
    brief: [[{ text: brief, style: PHASES[chosen.phase].style }]],
  };
}

/** All of them, for a pipe or a single look; nothing where there are none. */
export function rolloutTable(
  rows: readonly RolloutRow[],
  { width, decorated }: { readonly width: number | undefined; readonly decorated: boolean },
): string[] {
  if (rows.length === 0) return [];
  const body = rows.map((row) => [
    ...cellsOf(row, decorated).with(0, nameOf(row)),
    row.message === "" ? UNKNOWN : printable(row.message),
  ]);
  return table([[...HEADS, "MESSAGE"], ...body], {
    ...{ width, right: [WEIGHT] },
    drop: [STRATEGY, WEIGHT, ANALYSES],
  });
}

function cellsOf(row: RolloutRow, decorated: boolean): string[] {
  const { strategy, phase, weight, analyses } = row;
  return [
    nameOf(row),
    STRATEGY_WORDS[strategy],
    decorated ? `${PHASES[phase].glyph} ${phase}` : phase,
    printable(rolloutStep(row)),
    weight === undefined ? UNKNOWN : String(weight),
    analyses.length === 0
      ? UNKNOWN
      : printable(analyses.map(({ name, phase }) => `${name} ${phase}`).join(", ")),
  ];
}

/** A service has one rollout at most: it is called as its service is, as Argo's is. */
function nameOf({ service }: RolloutRow): string {
  return printable(service);
}
