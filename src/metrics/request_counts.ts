// How many requests there were, by what became of them.

/**
 * Attempts by what became of them, as a server counts them: what neither completed, failed nor was
 * rejected is in flight. A client that tries again makes one request of several attempts; those that
 * are not `retried` are requests that ended.
 */
export interface RequestCounts {
  readonly arrived: number;
  readonly completed: number;
  /** Accepted by a server and not answered: it died, never answered, or the client gave up. */
  readonly failed: number;
  /** Refused at once: no endpoint (503), or a prompt beyond the model's length (400). */
  readonly rejected: number;
  /**
   * Requests completed within every SLO, the load's own or else the service's, with what their earlier
   * attempts took; counted only where there is an SLO.
   */
  readonly good: number;
  /** Of the failed and rejected: those after which the client tries again; absent: none. */
  readonly retried?: number;
  /** Of these, those that the gateway tries again; absent: none. */
  readonly retriedByGateway?: number;
  /** Of those in flight when the run ends: they can meet an SLO no more; absent: none, or not the end. */
  readonly late?: number;
}

export type MutableCounts = { -readonly [K in keyof RequestCounts]: RequestCounts[K] };

export function emptyCounts(): Omit<MutableCounts, "retried" | "late" | "retriedByGateway"> {
  return { arrived: 0, completed: 0, failed: 0, rejected: 0, good: 0 };
}
