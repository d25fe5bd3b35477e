// What the keys have made of the screen: sorting, pause, speed, scroll. Pure; it draws nothing.

import { type Column, COLUMNS, findColumn, firstDescending, type Sort } from "../view/columns.ts";
import type { Act } from "../view/rollout_rows.ts";
import type { Action } from "./keys.ts";

export interface Controls {
  readonly sort: Sort;
  readonly scroll: number;
  readonly paused: boolean;
  /** Virtual seconds a second. */
  readonly speed: number;
  readonly help: boolean;
  /** Virtual µs to go on although it is paused. */
  readonly stepUs: number;
  readonly ending?: "quit" | "interrupt";
  /** The rollout that is marked; undefined: the first. */
  readonly rollout?: string | undefined;
  /** What is to be answered; time stands still as long. */
  readonly asking?: Asked | undefined;
  /** What came of the last act. */
  readonly notice?: string | undefined;
}

/** Whether something is to be done about a rollout, by its id, or which of some faults is to begin. */
export type Asked =
  | { readonly act: Act; readonly rollout: string }
  | { readonly faults: readonly string[] };

/** What of the last frame an action needs. */
export interface Shown {
  readonly columns: readonly Column[];
  readonly scroll: number;
  readonly page: number;
  /** Ids of the rollouts, in their order, and that of the marked one. */
  readonly rollouts: readonly string[];
  readonly rollout: string | undefined;
}

const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 1000];
const STEP_US = 1_000_000;

/** The controls after an action. */
export function apply(controls: Controls, action: Action, shown: Shown): Controls {
  switch (action.kind) {
    case "sort":
    case "sortNext":
    case "sortPrevious":
    case "reverse":
      // What comes first now is what was asked for.
      return { ...controls, sort: sortAfter(controls.sort, action, shown.columns), scroll: 0 };
    case "scroll":
      return { ...controls, scroll: Math.max(0, shown.scroll + action.rows) };
    case "page":
      return { ...controls, scroll: Math.max(0, shown.scroll + action.pages * shown.page) };
    case "nextRollout":
      return { ...controls, rollout: nextOf(shown) };
    // Whoever holds the source does it.
    case "act":
    case "fault":
      return controls;
    default:
      return plainly(controls, action.kind);
  }
}

function nextOf({ rollouts, rollout = "" }: Shown): string | undefined {
  return rollouts[(rollouts.indexOf(rollout) + 1) % rollouts.length];
}

type PlainKind = Exclude<
  Action["kind"],
  | "sort"
  | "sortNext"
  | "sortPrevious"
  | "reverse"
  | "scroll"
  | "page"
  | "nextRollout"
  | "act"
  | "fault"
>;

/** Actions that need to know nothing of what is shown. */
function plainly(controls: Controls, kind: PlainKind): Controls {
  switch (kind) {
    case "quit":
    case "interrupt":
      return { ...controls, ending: kind };
    case "pause":
      return { ...controls, paused: !controls.paused };
    case "step":
      return { ...controls, stepUs: controls.stepUs + STEP_US };
    case "help":
    case "close":
      return { ...controls, help: kind === "help" && !controls.help, scroll: 0 };
    case "answer":
    case "choice":
      return { ...controls, asking: undefined };
    case "redraw":
      return controls;
    default:
      return { ...controls, speed: speedAfter(controls.speed, kind) };
  }
}

type SpeedKind = "faster" | "slower" | "realtime";

function speedAfter(speed: number, kind: SpeedKind): number {
  if (kind === "realtime") return 1;
  if (kind === "faster") return SPEEDS.find((other) => other > speed) ?? speed;
  return SPEEDS.findLast((other) => other < speed) ?? speed;
}

type SortAction = Extract<Action, { kind: "sort" | "sortNext" | "sortPrevious" | "reverse" }>;

function sortAfter(sort: Sort, action: SortAction, columns: readonly Column[]): Sort {
  if (action.kind === "reverse") return { ...sort, descending: !sort.descending };
  if (action.kind === "sort") return sortBy(findColumn(action.column) ?? sort.column);
  const among = columns.length === 0 ? COLUMNS : columns;
  const step = action.kind === "sortNext" ? 1 : -1;
  const place = among.indexOf(sort.column);
  // A column that is not shown any more: begin at the end from which one comes.
  const next = place < 0 ? (step > 0 ? 0 : among.length - 1) : place + step;
  return sortBy(among[Math.min(among.length - 1, Math.max(0, next))] ?? sort.column);
}

export function sortBy(column: Column): Sort {
  return { column, descending: firstDescending(column) };
}
