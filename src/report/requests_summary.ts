// Requests of a summary: how many there were, by what became of them.

import type { RequestCounts } from "../metrics/request_counts.ts";
import { inFlight } from "../metrics/totals.ts";

/** Of a service, a revision or a load: those that arrived after the warm-up. */
export interface RequestsSummary {
  readonly arrived: number;
  readonly completed: number;
  readonly failed: number;
  readonly rejected: number;
  readonly inFlight: number;
  /** Of these, at the run's end: those that can meet an SLO no more; absent: none, or not known yet. */
  readonly late?: number;
  /** Of the failed and rejected: attempts after which the client tried again. */
  readonly retried: number;
}

/** `hasSlo`: whether there is one that they can be late for. */
export function requestsSummary(counts: RequestCounts, hasSlo: boolean): RequestsSummary {
  const { arrived, completed, failed, rejected, late = 0, retried = 0 } = counts;
  return {
    ...{ arrived, completed, failed, rejected, inFlight: inFlight(counts) },
    ...(hasSlo && late > 0 ? { late } : {}),
    retried,
  };
}
