// What an engine tells of itself: counts, and how requests leave it. Data alone.

import type { RequestId } from "./requests.ts";

/** What an engine did since it was last asked. */
export interface EngineCounts {
  readonly outputTokens: number;
  /** Prompts whose first token came. */
  readonly promptTokens: number;
  /** Tokens looked up in the prefix cache by requests that were admitted first, and those found. */
  readonly prefixQueries: number;
  readonly prefixHits: number;
  readonly preemptions: number;
  /** Time in which a step was in progress, up to now, and in which one with prompts in it was. */
  readonly busyUs: number;
  readonly prefillUs: number;
}

/** How a scheduler stood when a step ended. */
export interface EngineGauges {
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
}

export type RequestEnd = "completed" | "failed" | "rejected";

/** Whom it tells. */
export interface Listeners {
  /** When the last request left; a pod that terminates waits for it. */
  onIdle: (() => void) | undefined;
  /** When a request ends, as long as its row can be read. */
  onEnd: ((id: RequestId, end: RequestEnd) => void) | undefined;
  /**
   * Of role prefill: when a prompt is computed. Its blocks stay until `handedOver`; when the engine
   * dies before, `onLost` is called. The row is read no more after either.
   */
  onPrefilled: ((id: RequestId) => void) | undefined;
  onLost: ((id: RequestId) => void) | undefined;
}
