// What stands above the table of a screen: what is looked at, how far it is, and the sums over its rows.

import type { FleetState } from "../fleet/state.ts";
import { PPM } from "../metrics/names.ts";
import { formatUsd } from "./columns.ts";
import type { ServiceRow } from "./fleet_table.ts";
import { formatCount, formatInstant, formatPpm, formatRate } from "./format.ts";
import type { Span } from "./spans.ts";

/** How time goes on. */
export interface Progress {
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed: number;
  readonly paused: boolean;
  readonly ended: boolean;
}

/** What stands above the table, in pieces that are not torn apart. */
export function headSegments(
  state: FleetState,
  nowUs: number,
  rows: readonly ServiceRow[],
  progress: Progress,
  label: string,
): Span[][] {
  const ready = rows.filter((row) => row.state === "Ready").length;
  return [
    [{ text: "mtop ", style: "bold" }, { text: label }],
    timeSpans(state, nowUs, progress),
    [
      { text: "services " },
      { text: `${ready}/${rows.length}`, style: ready === rows.length ? "ok" : "warn" },
      { text: " ready" },
    ],
    ...totalsOf(rows).map((text) => [{ text }]),
  ];
}

/** A run that lasts for days is watched, and nobody waits for its end. */
const ENDLESS_US = 24 * 3_600_000_000;

function timeSpans({ run }: FleetState, nowUs: number, progress: Progress): Span[] {
  const end = run === undefined || run.durationUs === 0 || run.durationUs >= ENDLESS_US
    ? ""
    : ` of ${formatInstant(run.durationUs)}`;
  const time = `${formatInstant(nowUs)}${end}`;
  if (progress.ended) return [{ text: `${time} ` }, { text: "ENDED", style: "reverse" }];
  if (progress.paused) return [{ text: `${time} ` }, { text: "PAUSED", style: "reverse" }];
  return [{ text: `${time} ${speedText(progress.speed)}` }];
}

function speedText(speed: number): string {
  return speed === Infinity ? "max" : `${speed}x`;
}

/** Sums over the rows; unknown where no row knows. */
function totalsOf(rows: readonly ServiceRow[]): string[] {
  const sum = (of: (row: ServiceRow) => number | undefined) => {
    const known = rows.map(of).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  };
  const bad = sum(({ requests }) => requests && requests.failed + requests.rejected);
  const good = sum(({ requests }) => requests?.completed);
  const ended = bad === undefined || good === undefined ? undefined : bad + good;
  const errors = bad === undefined || !ended ? undefined : Math.round(bad / ended * PPM);
  // A sum that leaves out a service would look like a saving.
  const cost = rows.every(({ usdPerHour }) => usdPerHour !== undefined)
    ? sum(({ usdPerHour }) => usdPerHour)
    : undefined;
  const rounded = errors === undefined ? undefined : Math.round(errors / 1000) * 1000;
  return [
    `${formatRate(sum(({ rps }) => rps))} rps`,
    `${formatRate(sum(({ outputTokensPerSecond }) => outputTokensPerSecond))} tok/s`,
    `${formatCount(sum(({ waiting }) => waiting))} waiting`,
    `errors ${formatPpm(rounded)}`,
    `$/h ${formatUsd(cost)}`,
  ];
}
