// A run that was measured on real hardware, as data: what served, what was asked, what came out. Knows
// no file format and no simulator.

import type { KvDtype } from "../serving/models.ts";

/** What served. Absent flags are vLLM's defaults for the GPU. */
export interface MeasuredServer {
  /** A repository of the catalogue, such as `Qwen/Qwen3-32B`. */
  readonly model: string;
  /** A GPU of the catalogue, such as `H100-SXM`. */
  readonly gpu: string;
  readonly vllm?: string;
  readonly tensorParallel: number;
  readonly pipelineParallel?: number;
  readonly dataParallel?: number;
  readonly expertParallel?: boolean;
  /** Weights as they are served, where the repository's name does not say: `--quantization`. */
  readonly quantization?: "fp8";
  readonly kvDtype?: KvDtype;
  readonly maxModelLen?: number;
  readonly maxNumSeqs?: number;
  readonly maxNumBatchedTokens?: number;
  /** Default 0.9, vLLM's up to 0.19. */
  readonly gpuMemoryUtilization?: number;
  readonly prefixCaching?: boolean;
  /** Absent: by the version, which is taken for a later one where it is absent too. */
  readonly asyncScheduling?: boolean;
  /** KV-cache blocks of 16 tokens as the server's log gave them; absent: as vLLM would compute them. */
  readonly kvBlocks?: number;
}

/** A prompt's beginning that other requests of the run share: of group `group`, so many tokens. */
export interface MeasuredPrefix {
  readonly group: number;
  readonly tokens: number;
}

export interface MeasuredRequest {
  /** From the run's start; in a closed loop it counts for nothing but order. */
  readonly atUs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly prefix?: MeasuredPrefix;
}

export interface MeasuredWorkload {
  readonly requests: readonly MeasuredRequest[];
  /** So many at a time, the next one as soon as one ends; absent: each at its own time. */
  readonly concurrency?: number;
  /** The first so many requests warm up: they are served and not counted. Default 0. */
  readonly warmupRequests?: number;
}

/** In ms; what was not measured is absent. */
export interface MeasuredLatency {
  readonly mean?: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** Over the requests that completed. */
export interface MeasuredFigures {
  readonly ttftMs?: MeasuredLatency;
  /** Per request: (e2e − TTFT) / (output − 1). */
  readonly tpotMs?: MeasuredLatency;
  readonly itlMs?: MeasuredLatency;
  readonly e2eMs?: MeasuredLatency;
  readonly outputTokensPerSecond?: number;
}

export interface MeasuredRun {
  /** Unique among runs that are looked at together. */
  readonly id: string;
  /** The file, and the commit or tool it is from. */
  readonly source: string;
  readonly server: MeasuredServer;
  readonly workload: MeasuredWorkload;
  readonly measured: MeasuredFigures;
}
