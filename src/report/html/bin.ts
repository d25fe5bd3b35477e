// One bin of one revision: its windows added up, and the figures that its columns get of them.

import type { EventOf } from "../../fleet/events.ts";
import type { WindowEvent } from "../../fleet/state.ts";
import { distribution, emptyTotals, errorRatePpm, goodputPpm } from "../../metrics/totals.ts";
import { addWindow, type Distribution, type Totals } from "../../metrics/totals.ts";
import type { ColumnName } from "./data.ts";

export type Figures = Partial<Record<ColumnName, number | undefined>>;

/** Sums over the windows of one bin. */
export interface Bin {
  /** Of all requests but copies: the charts show the warm-up, too. */
  readonly totals: Totals;
  /** Of those that verdicts speak of. */
  readonly measured: Totals;
  running: number;
  waiting: number;
  kvPpm: number;
  podSeconds: number;
  /** The end of the last second whose pods were added. */
  podsUs?: number;
}

export function emptyBin(): Bin {
  const sums = { running: 0, waiting: 0, kvPpm: 0, podSeconds: 0 };
  return { totals: emptyTotals(), measured: emptyTotals(), ...sums };
}

export function addToBin(bin: Bin, { at, measured, warmup, pods }: WindowEvent): void {
  if (measured) {
    addWindow(bin.totals, measured);
    addWindow(bin.measured, measured);
  }
  if (warmup) addWindow(bin.totals, warmup);
  // A run's last second may be told twice, its pods were what they were once.
  if (bin.podsUs === at) return;
  bin.podsUs = at;
  bin.running += sum(pods.running);
  bin.waiting += sum(pods.waiting);
  bin.kvPpm += sum(pods.kvPpm);
  bin.podSeconds += pods.kvPpm.length;
}

export function addMirrored(bin: Bin, copies: EventOf<"window">["mirrored"]): void {
  if (copies) addWindow(bin.totals, copies);
}

/** Of requests alone, as a mirror's copies have them too; a second without a window had none. */
export function requestFigures({ totals }: Bin, seconds: number, hasSlo: boolean): Figures {
  const { requests, outputTokens, latencyUs } = totals;
  return {
    rps: decimals(requests.arrived / seconds),
    errors: errorRatePpm(requests),
    goodput: hasSlo ? goodputPpm(requests) : undefined,
    tokens: decimals(outputTokens / seconds),
    ...percentiles("ttft", distribution(latencyUs.ttft)),
    ...percentiles("itl", distribution(latencyUs.itl)),
    ...percentiles("tpot", distribution(latencyUs.tpot)),
    ...percentiles("e2e", distribution(latencyUs.e2e)),
  };
}

/** Of pods: a second without a window had nothing running, and nobody said what the cache held. */
export function gaugeFigures({ running, waiting, kvPpm, podSeconds }: Bin, seconds: number) {
  return {
    running: decimals(running / seconds),
    waiting: decimals(waiting / seconds),
    kv: podSeconds === 0 ? undefined : Math.round(kvPpm / podSeconds),
  };
}

function percentiles(
  name: "ttft" | "itl" | "tpot" | "e2e",
  found: Distribution | undefined,
): Figures {
  return { [`${name}50`]: found?.p50, [`${name}95`]: found?.p95, [`${name}99`]: found?.p99 };
}

/** Three of them: a chart is not read closer, and a page gets no floats of 17 digits. */
function decimals(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
