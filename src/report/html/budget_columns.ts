// How much of each error budget is spent by the end of each bin: the figure of the summary at that instant.

import type { ServiceState } from "../../fleet/state.ts";
import { PPM } from "../../metrics/names.ts";
import { loadBudgets, sloSummary } from "../slo_summary.ts";
import type { BinEnd } from "./columns.ts";
import type { BudgetColumn } from "./data.ts";
import { clipped } from "./text.ts";

export class BudgetColumns {
  readonly #bins: number;
  readonly #services = new Map<string, Map<string, (number | null)[]>>();

  constructor(bins: number) {
    this.#bins = bins;
  }

  end(name: string, service: ServiceState, { index, state, atUs }: BinEnd): void {
    this.#put(name, "all requests", index, sloSummary(name, service, state, atUs)?.budget.spent);
    for (const [load, budget] of loadBudgets(name, service, state, atUs)) {
      this.#put(name, load, index, budget?.spent);
    }
  }

  of(name: string): BudgetColumn[] {
    const columns = this.#services.get(name) ?? [];
    return [...columns].map(([of, spent]) => ({ name: clipped(of), spent }));
  }

  #put(name: string, of: string, index: number, spent: number | null | undefined): void {
    if (spent === null || spent === undefined) return;
    let columns = this.#services.get(name);
    if (!columns) this.#services.set(name, columns = new Map());
    let column = columns.get(of);
    if (!column) columns.set(of, column = new Array<number | null>(this.#bins).fill(null));
    column[index] = Math.round(spent * PPM);
  }
}
