// From a scheduled pod to a server that answers: the phases and what each costs.

import { type ModelFacts, weightBytes } from "./models.ts";

/** Phases in µs, in the order in which they happen. */
export interface StartupPhases {
  readonly pullUs: number;
  readonly importUs: number;
  readonly loadUs: number;
  readonly initUs: number;
}

const SECOND = 1_000_000;

/**
 * Measured on one cold start (Qwen3-32B, H100, vLLM 0.26; llm-d guides 005cf57): image of 8.91 GB
 * pulled in 69 s, Python and CUDA imports 73 s, 61.03 GiB of weights fetched and loaded in 130 s,
 * engine init (profile, KV cache, CUDA graphs, warm-up) 73 s.
 */
const MEASURED = { pullS: 69, importS: 73, loadGiB: 61.03, loadS: 130, initS: 73 } as const;

/** The phases for a model; only loading grows with its size, by the measured bandwidth. */
export function startupPhases(model: ModelFacts): StartupPhases {
  const gib = weightBytes(model) / 2 ** 30;
  return {
    pullUs: MEASURED.pullS * SECOND,
    importUs: MEASURED.importS * SECOND,
    loadUs: Math.round(gib / MEASURED.loadGiB * MEASURED.loadS * SECOND),
    initUs: MEASURED.initS * SECOND,
  };
}
