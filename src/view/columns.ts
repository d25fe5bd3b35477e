// The closed list of what `top` can show: each column's head, unit, rank, and what it is held against.

import { PPM } from "../metrics/names.ts";
import type { ServiceRow } from "./fleet_table.ts";
import { formatCount, formatPpm, formatRate, formatUs, UNKNOWN } from "./format.ts";
import { SERVICE_WORDS } from "./service_state.ts";
import type { Style } from "./theme.ts";
import {
  againstSlo,
  BURN_RATES,
  highIsBad,
  type Level,
  lowIsBad,
  type Thresholds,
  waitingLevel,
} from "./thresholds.ts";

export interface Column {
  readonly key: string;
  readonly head: string;
  readonly align: "left" | "right";
  /** What a narrow table leaves out first has the highest; 0 always stays. */
  readonly rank: number;
  /** How to read it, for the help. */
  readonly about: string;
  text(row: ServiceRow): string;
  /** What it is sorted by; undefined always goes last. */
  order(row: ServiceRow): number | string | undefined;
  readonly level?: (row: ServiceRow, thresholds: Thresholds) => Level;
  /** Of the whole cell, where it does not come from a level. */
  readonly style?: (row: ServiceRow) => Style;
  /** Whether a wide table has use for it unasked; without it only who asks for it gets it. */
  readonly useful?: (rows: readonly ServiceRow[]) => boolean;
}

type Maybe = number | undefined;
type Judge = NonNullable<Column["level"]>;

/** From left to right. */
export const COLUMNS: readonly Column[] = [
  {
    ...words("namespace", "NAMESPACE", 7, ({ namespace }) => namespace),
    about: "of the service",
    useful: (rows) => new Set(rows.map(({ namespace }) => namespace)).size > 1,
  },
  { ...words("name", "NAME", 0, ({ name }) => name), about: "of the LLMInferenceService" },
  {
    ...words("state", "STATE", 0, ({ state }) => state),
    about: "its condition Ready and its pods in a word",
    order: ({ state }) => Object.keys(SERVICE_WORDS).indexOf(state),
    style: ({ state }) => SERVICE_WORDS[state].style,
  },
  {
    ...number("ready", "READY", 5, ({ ready }) => ready, () => ""),
    about: "replicas that serve, of those it is to have",
    text: ({ ready, desired }) => `${ready ?? UNKNOWN}/${desired ?? UNKNOWN}`,
    order: ({ ready, desired }) => ready === undefined || !desired ? undefined : ready / desired,
  },
  {
    ...number("rps", "RPS", 4, ({ rps }) => rps, formatRate),
    about: "requests that arrived, per second",
  },
  {
    ...latency("ttft", "TTFTp95", 0, "ttftP95Us"),
    about: "time to first token, queue included",
  },
  {
    ...latency("itl", "ITLp95", 6, "itlP95Us"),
    about: "gap between two tokens; marked by its mean of a request where a scenario limits that",
    level: (row, { slo }) =>
      againstSlo(row.slo.itlIsMean ? row.tpotP95Us : row.itlP95Us, row.slo.itlP95Us, slo),
  },
  {
    ...latency("e2e", "E2Ep95", 9, "e2eP95Us"),
    about: "arrival to last token",
    useful: () => true,
  },
  {
    ...number("kv", "KV%", 2, ({ kvPpm }) => kvPpm, percent),
    about: "KV-cache blocks in use now, mean of pods; - 2 s after the last request",
    level: ({ kvPpm }, { kvCacheUsage }) => highIsBad(share(kvPpm), kvCacheUsage),
  },
  {
    ...number("prefix", "PREFIX%", 15, ({ prefixHitPpm }) => prefixHitPpm, percent),
    about: "prompt tokens found in the prefix cache, of those looked up there",
    useful: (rows) => rows.some(({ prefixHitPpm }) => prefixHitPpm !== undefined),
  },
  {
    ...number("run", "RUN", 11, ({ running }) => running, formatCount),
    about: "requests in the batches now; - 2 s after the last one",
    useful: () => true,
  },
  {
    ...number("wait", "WAIT", 3, ({ waiting }) => waiting, formatCount),
    about: "requests in the queues now; - 2 s after the last one",
    level: ({ waiting, running, waitingSeconds }, thresholds) =>
      waitingLevel(waiting, running, waitingSeconds, thresholds.waiting),
  },
  {
    ...number("err", "ERR%", 1, ({ errorPpm }) => errorPpm, percent),
    about: "failed and rejected, of the requests that ended",
    level: ({ errorPpm }, { errorRate }) => highIsBad(share(errorPpm), errorRate),
  },
  {
    ...number("goodput", "GOODPUT%", 10, ({ goodputPpm }) => goodputPpm, percent),
    about: "met every SLO, of the requests that ended",
    level: ({ goodputPpm }, { errorRate }) => lowIsBad(share(goodputPpm), errorRate),
    useful: (rows) => rows.some(({ goodputPpm }) => goodputPpm !== undefined),
  },
  {
    ...number(
      "burn",
      "BURN",
      16,
      ({ burnMilli }) => burnMilli,
      (milli) => formatRate(milli && milli / 1000),
    ),
    about: "how fast its error budget burns: 1 spends it in just its time",
    level: ({ burnMilli }) => highIsBad(burnMilli && burnMilli / 1000, BURN_RATES),
    useful: (rows) => rows.some(({ burnMilli }) => burnMilli !== undefined),
  },
  {
    ...number("tokens", "TOK/S", 8, (row) => row.outputTokensPerSecond, formatRate),
    about: "tokens put out, per second",
    useful: () => true,
  },
  {
    ...number("weight", "WEIGHT", 14, ({ weight }) => weight, formatCount),
    about: "its part of the route that it shares",
    useful: (rows) => rows.some(({ weight }) => weight !== undefined),
  },
  {
    ...number("gpus", "GPUS", 12, ({ gpus }) => gpus, formatCount),
    about: "GPUs that its pods hold",
    useful: () => true,
  },
  {
    ...number("cost", "$/H", 13, ({ usdPerHour }) => usdPerHour, formatUsd),
    about: "price of those GPUs an hour: the scenario's, the settings', or mtop's own",
    useful: (rows) => rows.some(({ usdPerHour = 0 }) => usdPerHour > 0),
  },
  { ...objective("ttftslo", "TTFTslo", "ttftP95Us"), about: "the objective of TTFTp95" },
  { ...objective("itlslo", "ITLslo", "itlP95Us"), about: "the objective of ITLp95" },
  { ...objective("e2eslo", "E2Eslo", "e2eP95Us"), about: "the objective of E2Ep95" },
  {
    ...words("calibration", "CALIBRATION", 1, ({ calibration = UNKNOWN }) => calibration),
    about: "whether its speed was fitted to measured runs",
  },
];

/** By head or by key, in any case. */
export function findColumn(word: string): Column | undefined {
  const lower = word.toLowerCase();
  return COLUMNS.find(({ key, head }) => key === lower || head.toLowerCase() === lower);
}

export interface Sort {
  readonly column: Column;
  readonly descending: boolean;
}

/** Stable, undefined last in both directions; rows come in the order of their names. */
export function sortRows(rows: readonly ServiceRow[], { column, descending }: Sort): ServiceRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a, b] = [column.order(left), column.order(right)];
    if (a === undefined || b === undefined) {
      return Number(a === undefined) - Number(b === undefined);
    }
    return a < b ? -sign : a > b ? sign : 0;
  });
}

/** The direction in which a column is looked at first: names from A on, figures from the largest. */
export function firstDescending({ align }: Column): boolean {
  return align === "right";
}

function words(
  key: string,
  head: string,
  rank: number,
  text: (row: ServiceRow) => string,
): Omit<Column, "about"> {
  return { key, head, align: "left", rank, text, order: text };
}

function number(
  key: string,
  head: string,
  rank: number,
  order: (row: ServiceRow) => Maybe,
  format: (value: Maybe) => string,
): Omit<Column, "about"> {
  return { key, head, align: "right", rank, text: (row) => format(order(row)), order };
}

type LatencyField = "ttftP95Us" | "itlP95Us" | "e2eP95Us";

function latency(
  key: string,
  head: string,
  rank: number,
  field: LatencyField,
): Omit<Column, "about"> {
  const level: Judge = (row, { slo }) => againstSlo(row[field], row.slo[field], slo);
  return { ...number(key, head, rank, (row) => row[field], formatUs), level };
}

function objective(key: string, head: string, field: LatencyField): Omit<Column, "about"> {
  return number(key, head, 8, ({ slo }) => slo[field], formatUs);
}

function share(ppm: Maybe): Maybe {
  return ppm === undefined ? undefined : ppm / PPM;
}

/** One decimal, and the sign in the head. */
function percent(ppm: Maybe): string {
  return ppm === undefined ? UNKNOWN : formatPpm(Math.round(ppm / 1000) * 1000).replace("%", "");
}

export function formatUsd(usd: Maybe): string {
  if (usd === undefined) return UNKNOWN;
  return usd >= 100 ? formatCount(Math.round(usd)) : usd.toFixed(2);
}

/** How to read each column, a line each. */
export function columnHelp(): string[] {
  const width = Math.max(...COLUMNS.map(({ head }) => head.length));
  return COLUMNS.map(({ head, about }) => `  ${head.padEnd(width)}  ${about}`);
}
