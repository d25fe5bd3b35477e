// The columns of a report's charts, filled bin by bin out of windows and the state at the bin's end.

import type { SaidPrices } from "../../fleet/gpu_prices.ts";
import type { FleetState, RevisionState, ServiceState, WindowEvent } from "../../fleet/state.ts";
import { addTotals, emptyTotals, type Totals } from "../../metrics/totals.ts";
import { calibrationErrorText } from "../../view/calibration_error.ts";
import { costOf } from "../cost.ts";
import {
  addMirrored,
  addToBin,
  type Bin,
  emptyBin,
  type Figures,
  gaugeFigures,
  requestFigures,
} from "./bin.ts";
import { BudgetColumns } from "./budget_columns.ts";
import type { ColumnName, Columns, ServiceColumns } from "./data.ts";
import { type Replicas, replicasNow } from "./replicas.ts";
import { clipped } from "./text.ts";

const NAMES: readonly ColumnName[] = [
  ...["rps", "errors", "goodput", "tokens"] as const,
  ...["ttft50", "ttft95", "ttft99", "itl50", "itl95", "itl99"] as const,
  ...["tpot50", "tpot95", "tpot99", "e2e50", "e2e95", "e2e99"] as const,
  ...["running", "waiting", "kv", "ready", "wanted", "weight", "gpuHours", "costUsd"] as const,
];

/** A bin that ends: its place, its length, and what is known at its end. */
export interface BinEnd {
  readonly index: number;
  readonly atUs: number;
  readonly seconds: number;
  readonly state: FleetState;
}

type Filling = Record<ColumnName, (number | null)[]>;

interface Chart {
  readonly filling: Filling;
  bin: Bin;
}

export class ColumnsFilling {
  readonly #bins: number;
  readonly #shown: ReadonlySet<string>;
  readonly #gpuPrices: SaidPrices | undefined;
  readonly #charts = new Map<string, Map<string, Chart>>();
  readonly #budgets: BudgetColumns;

  constructor(bins: number, shown: ReadonlySet<string>, gpuPrices: SaidPrices | undefined) {
    this.#bins = bins;
    this.#shown = shown;
    this.#gpuPrices = gpuPrices;
    this.#budgets = new BudgetColumns(bins);
  }

  window(event: WindowEvent): void {
    const { service, revision } = event;
    if (!this.#shown.has(service)) return;
    addToBin(this.#chart(service, revision).bin, event);
    if (event.mirrored) {
      addMirrored(this.#chart(service, mirroredName(revision)).bin, event.mirrored);
    }
  }

  /** What each service shown answered in the bin, by its name: what objectives are held against. */
  end(end: BinEnd): Map<string, Totals> {
    const replicas = replicasNow(end.state);
    const measured = new Map<string, Totals>();
    for (const [name, service] of Object.entries(end.state.services)) {
      if (!this.#shown.has(name)) continue;
      const totals = emptyTotals();
      for (const [revision, known] of Object.entries(service.revisions)) {
        const chart = this.#chart(name, revision);
        addTotals(totals, chart.bin.measured);
        put(chart.filling, end.index, {
          ...requestFigures(chart.bin, end.seconds, service.hasSlo),
          ...gaugeFigures(chart.bin, end.seconds),
          ...this.#stateFigures(service, revision, known, replicas, end),
        });
        chart.bin = emptyBin();
        this.#endMirrored(name, revision, end);
      }
      this.#budgets.end(name, service, end);
      measured.set(name, totals);
    }
    return measured;
  }

  /** With what is known of each service's figures in the end. */
  services(state: FleetState): ServiceColumns[] {
    return [...this.#charts].map(([name, charts]) => ({
      name: clipped(name),
      calibration: clipped(calibrationOf(state.services[name])),
      revisions: [...charts].map(([revision, { filling }]) => ({
        name: clipped(revision),
        columns: filling as Columns,
      })),
      budgets: this.#budgets.of(name),
    }));
  }

  #endMirrored(service: string, revision: string, { index, seconds }: BinEnd): void {
    const chart = this.#charts.get(service)?.get(mirroredName(revision));
    if (!chart) return;
    put(chart.filling, index, requestFigures(chart.bin, seconds, false));
    chart.bin = emptyBin();
  }

  #stateFigures(
    { weights, hasSlo }: ServiceState,
    revision: string,
    known: RevisionState,
    replicas: ReadonlyMap<string, Replicas>,
    { state, atUs }: BinEnd,
  ): Figures {
    const { outputTokens, goodTokens } = known.measured;
    const tokens = { outputTokens, goodTokens: hasSlo ? goodTokens : undefined };
    const { gpuHours, costUsd } = costOf(state, [known], tokens, atUs, this.#gpuPrices);
    return {
      ...(known.member === undefined ? {} : replicas.get(known.member)),
      weight: weights[revision],
      gpuHours: gpuHours ?? undefined,
      costUsd: costUsd ?? undefined,
    };
  }

  #chart(service: string, revision: string): Chart {
    let charts = this.#charts.get(service);
    if (!charts) this.#charts.set(service, charts = new Map());
    let chart = charts.get(revision);
    if (!chart) {
      const filling = Object.fromEntries(
        NAMES.map((name) => [name, new Array<number | null>(this.#bins).fill(null)]),
      ) as Filling;
      charts.set(revision, chart = { filling, bin: emptyBin() });
    }
    return chart;
  }
}

function put(filling: Filling, index: number, figures: Figures): void {
  for (const [name, value] of Object.entries(figures)) {
    if (value !== undefined) filling[name as ColumnName][index] = value;
  }
}

/** `calibrated (E2E ±4.1%)`: wherever figures of a service stand, it stands too. */
function calibrationOf(service: ServiceState | undefined): string {
  const error = calibrationErrorText(service?.calibrationError);
  return `${service?.calibration ?? "uncalibrated"}${error === "" ? "" : ` (${error})`}`;
}

/** No revision is called so: names of Kubernetes hold no blanks. */
function mirroredName(revision: string): string {
  return `${revision} (mirrored)`;
}
