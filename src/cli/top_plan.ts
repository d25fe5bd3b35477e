// What the user of `top` asked to see, out of options, settings and environment; all of it checked.

import type { KubeObject } from "../kube/object.ts";
import { parseLabelSelector } from "../kube/selector.ts";
import { suggestion } from "../scenario/problem.ts";
import { sortBy } from "../tui/controls.ts";
import { type Column, COLUMNS, findColumn, type Sort } from "../view/columns.ts";
import { namespaceOf } from "../view/fleet_table.ts";
import type { FrameOptions } from "../view/frame.ts";
import { COLOR, MONO, PLAIN, type Theme } from "../view/theme.ts";
import { hasColor } from "./color.ts";
import type { CliContext } from "./context.ts";
import { CliError } from "./exit.ts";
import { DEFAULTS } from "./settings.ts";

/** Options of whatever is shown live. */
export interface LiveTableOptions {
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed: number;
  /** Virtual µs to begin at. */
  readonly at?: number;
  readonly namespace?: string;
  readonly selector?: string;
  /** A column, and `:asc` or `:desc` behind it. */
  readonly sortBy?: string;
  /** Wall µs between two refreshes; without it the settings'. */
  readonly interval?: number;
  /** Heads; without it the settings'. */
  readonly columns?: readonly string[];
  readonly output?: "json" | "ndjson";
  readonly once?: true;
}

export type TableFrame = Omit<FrameOptions, "width" | "height" | "label">;

export interface TopPlan {
  readonly names: readonly string[];
  readonly namespace: string | undefined;
  readonly sort: Sort;
  readonly refreshMs: number;
  readonly terminal: boolean;
  /** Escape codes may be sent: it is a terminal, and not a dumb one. */
  readonly drawn: boolean;
  readonly decorated: boolean;
  readonly frame: TableFrame;
}

/** Throws a `CliError` for a column, an order or a selector that is none. */
export function planTop(
  names: readonly string[],
  options: LiveTableOptions,
  context: CliContext,
): TopPlan {
  const settings = context.settings();
  const { outIsTerminal: isTerminal } = context.console;
  const env = environment("NO_COLOR", "FORCE_COLOR", "TERM");
  const dumb = env["TERM"] === "dumb";
  const color = hasColor({ choice: settings.color, env, isTerminal });
  const heads = options.columns ?? settings.columns;
  const drawn = isTerminal && !dumb;
  // To kubectl `-n ''` names none, and so means the usual one.
  const namespace = options.namespace === "" ? settings.namespace : options.namespace;
  return {
    names,
    namespace,
    sort: sortOf(options.sortBy),
    refreshMs: (options.interval ?? settings.refreshUs) / 1000,
    terminal: isTerminal,
    drawn,
    decorated: isTerminal || color,
    frame: {
      theme: themeOf(color, drawn),
      columns: heads.map(columnOf),
      more: heads === settings.columns && same(heads, DEFAULTS.columns),
      thresholds: settings.thresholds,
      rows: {
        keep: keepOf(names, namespace, options.selector),
        slo: settings.slo,
        gpuPrices: settings.gpuPrices,
      },
    },
  };
}

function themeOf(color: boolean, drawn: boolean): Theme {
  if (color) return COLOR;
  return drawn ? MONO : PLAIN;
}

function columnOf(word: string): Column {
  const column = findColumn(word);
  if (column) return column;
  const hint = suggestion(word.toLowerCase(), COLUMNS.map(({ head }) => head.toLowerCase()));
  throw new CliError(`Unknown column "${word}": ${hint}`);
}

function sortOf(text: string | undefined): Sort {
  if (text === undefined) return { column: findColumn("name")!, descending: false };
  const [word = "", direction] = text.split(":");
  const sort = sortBy(columnOf(word));
  if (direction === undefined) return sort;
  if (direction !== "asc" && direction !== "desc") {
    throw new CliError(`Cannot sort "${text}": write asc or desc behind the colon`);
  }
  return { ...sort, descending: direction === "desc" };
}

function keepOf(
  names: readonly string[],
  namespace: string | undefined,
  selector: string | undefined,
) {
  const parsed = selector === undefined ? undefined : parseLabelSelector(selector);
  if (parsed && "problem" in parsed) throw new CliError(parsed.problem);
  return (service: KubeObject) =>
    (names.length === 0 || names.includes(service.metadata.name)) &&
    (namespace === undefined || namespaceOf(service) === namespace) &&
    (parsed === undefined || parsed.matches(service.metadata.labels ?? {}));
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.join() === right.join();
}

/** What of the environment one may read; the rest counts as not set. */
function environment(...names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => {
    try {
      return [name, Deno.env.get(name)];
    } catch {
      return [name, undefined];
    }
  }));
}
