// The figures of a run by which it is held against others: one list for diff, compare, sweep and size.

import {
  formatCount,
  formatPpm,
  formatRate,
  formatUs,
  formatUsd,
  UNKNOWN,
} from "../view/format.ts";
import type { LoadSummary } from "./load_summary.ts";
import type { ServiceSummary, Summary } from "./summary.ts";

export type FigureUnit = "count" | "ms" | "share" | "perSecond" | "usd" | "hours" | "kWh";

/** What is measured of a service, and how it is read. */
export interface FigureKind {
  /** Its place in `-o json` below `services.<name>`: `ttftMs.p95`. */
  readonly key: string;
  readonly label: string;
  readonly unit: FigureUnit;
  /** Which way is the better one; absent where neither is. */
  readonly better?: "less" | "more";
}

const latency = (name: string): FigureKind[] =>
  ["mean", "p50", "p90", "p95", "p99"].map((statistic) => ({
    key: `${name}Ms.${statistic}`,
    label: `${name} ${statistic}`,
    unit: "ms",
    better: "less",
  }));

export const FIGURES: readonly FigureKind[] = [
  { key: "requests.arrived", label: "requests arrived", unit: "count" },
  { key: "requests.completed", label: "requests completed", unit: "count", better: "more" },
  { key: "requests.failed", label: "requests failed", unit: "count", better: "less" },
  { key: "requests.rejected", label: "requests rejected", unit: "count", better: "less" },
  { key: "requests.retried", label: "requests tried again", unit: "count", better: "less" },
  { key: "errorRate", label: "errors", unit: "share", better: "less" },
  { key: "goodput", label: "goodput", unit: "share", better: "more" },
  { key: "slo.budget.spent", label: "error budget spent", unit: "share", better: "less" },
  ...["ttft", "itl", "tpot", "e2e", "queue"].flatMap(latency),
  { key: "promptTokensPerSecond", label: "prompt tokens/s", unit: "perSecond", better: "more" },
  { key: "outputTokensPerSecond", label: "output tokens/s", unit: "perSecond", better: "more" },
  { key: "kvCacheUsage", label: "kv cache", unit: "share" },
  { key: "preemptions", label: "preemptions", unit: "count", better: "less" },
  { key: "prefixHitRate", label: "prefix hits", unit: "share", better: "more" },
  { key: "gpuHours", label: "gpu hours", unit: "hours", better: "less" },
  { key: "idleShare", label: "gpus idle", unit: "share", better: "less" },
  { key: "costUsd", label: "cost", unit: "usd", better: "less" },
  {
    key: "costPerMillionOutputTokensUsd",
    label: "cost per 1M output tokens",
    unit: "usd",
    better: "less",
  },
  {
    key: "costPerMillionGoodTokensUsd",
    label: "cost per 1M good tokens",
    unit: "usd",
    better: "less",
  },
  { key: "energyKwh", label: "energy", unit: "kWh", better: "less" },
];

/** Those of one load. */
export const LOAD_FIGURES = FIGURES.filter(({ key }) =>
  /^(?:requests\.|errorRate$|goodput$)|Ms\./.test(key)
);

/** By the name of the service, then by the figure's key; null is unknown. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

export function figuresOf({ services }: Pick<Summary, "services">): Figures {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      Object.fromEntries(FIGURES.map(({ key }) => [key, read(service, key)])),
    ]),
  );
}

/** The same of each load that is told apart, by the names of the service and the load. */
export function loadFiguresOf(
  { services }: Pick<Summary, "services">,
): Readonly<Record<string, Figures>> {
  const figures = (load: LoadSummary) =>
    Object.fromEntries(LOAD_FIGURES.map(({ key }) => [key, read(load, key)]));
  return Object.fromEntries(
    Object.entries(services).map(([name, { loads }]) => [
      name,
      Object.fromEntries(Object.entries(loads).map(([load, summary]) => [load, figures(summary)])),
    ]),
  );
}

function read(summary: ServiceSummary | LoadSummary, key: string): number | null {
  let value: unknown = summary;
  for (const part of key.split(".")) value = (value as Record<string, unknown> | null)?.[part];
  return typeof value === "number" ? value : null;
}

/** A figure in the unit that a person reads it in; unknown is `-`. */
export function formatFigure(unit: FigureUnit, value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (value < 0) return `-${formatFigure(unit, -value)}`;
  switch (unit) {
    case "ms":
      return formatUs(value * 1000);
    case "share":
      return formatPpm(value * 1e6);
    case "count":
      // A mean of counts has a tenth where that says something.
      return value < 100 ? String(Number(value.toFixed(1))) : formatCount(Math.round(value));
    case "usd":
      return formatUsd(value);
    case "hours":
    case "kWh":
      return `${Number(value.toPrecision(4))} ${unit === "kWh" ? "kWh" : "h"}`;
    default:
      return formatRate(value);
  }
}

/** `+120ms (+8.3%)`; of shares in points: `-1.2 points`; `=` where there is none. */
export function formatDifference(
  unit: FigureUnit,
  a: number | null | undefined,
  b: number | null | undefined,
): string {
  if (a === b) return a === null || a === undefined ? UNKNOWN : "=";
  if (typeof a !== "number" || typeof b !== "number") return UNKNOWN;
  const text = formatChange(unit, b - a);
  if (unit === "share" || a === 0) return text;
  return `${text} (${signed(Number(((b - a) / Math.abs(a) * 100).toPrecision(3)))}%)`;
}

/** A difference with its sign; that of shares in points of a percentage. */
export function formatChange(unit: FigureUnit, change: number): string {
  if (unit === "share") {
    const points = Number((change * 100).toFixed(2));
    // What is there is not shown as nothing.
    return `${signed(points === 0 ? Number((change * 100).toPrecision(2)) : points)} points`;
  }
  return `${change >= 0 ? "+" : ""}${formatFigure(unit, change)}`;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${value}`;
}
