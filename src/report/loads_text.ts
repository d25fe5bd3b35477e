// The loads of a service as a table: what nobody said anything of has no column.

import { PPM } from "../metrics/names.ts";
import { formatCount, formatPpm, formatUs, UNKNOWN } from "../view/format.ts";
import type { Milliseconds } from "./latency_summary.ts";
import type { LoadSummary } from "./load_summary.ts";

interface LoadColumn {
  readonly head: string;
  cell(load: LoadSummary): string;
  /** Whether any load has something to show there; absent: always. */
  isSaid?(load: LoadSummary): boolean;
  /** The lower, the earlier it gives way where a terminal is narrow; absent: never. */
  readonly rank?: number;
}

const COLUMNS: readonly LoadColumn[] = [
  {
    // The endpoint picker's.
    ...{ head: "inference priority", rank: 1 },
    cell: ({ inferencePriority }) => String(inferencePriority),
    isSaid: ({ inferencePriority }) => inferencePriority !== 0,
  },
  {
    // vLLM's.
    ...{ head: "priority", rank: 2 },
    cell: ({ priority }) => String(priority),
    isSaid: ({ priority }) => priority !== 0,
  },
  { head: "arrived", cell: ({ requests }) => formatCount(requests.arrived) },
  { head: "errors", cell: ({ errorRate }) => percent(errorRate), rank: 7 },
  {
    ...{ head: "goodput", cell: ({ goodput }) => percent(goodput) },
    isSaid: ({ goodput }) => goodput !== null,
  },
  {
    ...{ head: "objective", rank: 3 },
    cell: ({ budget }) => budget ? percent(budget.objective) : UNKNOWN,
    isSaid: ({ budget }) => budget !== null,
  },
  {
    ...{ head: "budget spent", rank: 8 },
    cell: ({ budget }) => budget ? percent(budget.spent) : UNKNOWN,
    isSaid: ({ budget }) => budget !== null,
  },
  { head: "ttft p95", cell: ({ ttftMs }) => p95(ttftMs) },
  { head: "itl p95", cell: ({ itlMs }) => p95(itlMs), rank: 5 },
  { head: "tpot p95", cell: ({ tpotMs }) => p95(tpotMs), rank: 4 },
  { head: "e2e p95", cell: ({ e2eMs }) => p95(e2eMs), rank: 6 },
];

export interface LoadTable {
  readonly heads: readonly string[];
  /** A load a row. */
  readonly rows: readonly string[][];
  /** Columns that may be left out, the first first. */
  readonly drop: readonly number[];
}

/** Undefined where no load is told apart. */
export function loadTable(loads: Readonly<Record<string, LoadSummary>>): LoadTable | undefined {
  const all = Object.entries(loads);
  if (all.length === 0) return undefined;
  const shown = COLUMNS.filter(({ isSaid }) => !isSaid || all.some(([, load]) => isSaid(load)));
  const ranked = shown.flatMap(({ rank }, index) => rank === undefined ? [] : [[rank, index + 1]]);
  return {
    heads: ["load", ...shown.map(({ head }) => head)],
    rows: all.map(([name, load]) => [name, ...shown.map(({ cell }) => cell(load))]),
    drop: ranked.sort(([a], [b]) => a! - b!).map(([, index]) => index!),
  };
}

function p95(found: Milliseconds | null): string {
  return found ? formatUs(found["p95"]! * 1000) : UNKNOWN;
}

function percent(share: number | null): string {
  return formatPpm(share === null ? undefined : Math.round(share * PPM));
}
