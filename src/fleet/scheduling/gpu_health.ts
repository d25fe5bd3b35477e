// How the GPUs of one node are: which are counted, which compute, and how fast. It knows no pod.

import type { GpuFacts } from "../../serving/gpus.ts";

/** What ails a GPU without keeping it from computing. */
export interface Slowdown {
  /** Share of its core clock that is left: 0.7 at 30 % less. */
  readonly clock?: number;
  /** To the other GPUs of its node, in GB/s, one way, where that is less than it was. */
  readonly linkGBps?: number;
}

export class GpuHealth {
  readonly #unhealthy: boolean[];
  readonly #dead: boolean[];
  readonly #slowdowns: readonly Set<Slowdown>[];

  constructor(gpus: number) {
    this.#unhealthy = Array.from({ length: gpus }, () => false);
    this.#dead = Array.from({ length: gpus }, () => false);
    this.#slowdowns = Array.from({ length: gpus }, () => new Set<Slowdown>());
  }

  /** By GPU: the device plugin does not count it, and nobody new gets it. */
  get unhealthy(): readonly boolean[] {
    return this.#unhealthy;
  }

  /** By GPU: no process can use it. */
  get dead(): readonly boolean[] {
    return this.#dead;
  }

  /** It is not counted any more; `computes`: whoever has it can go on with it. */
  fail(gpu: number, computes: boolean): void {
    this.#unhealthy[gpu] = true;
    if (!computes) this.#dead[gpu] = true;
  }

  /** As good as new. */
  repair(gpu: number): void {
    this.#unhealthy[gpu] = false;
    this.#dead[gpu] = false;
  }

  slow(gpu: number, slowdown: Slowdown): void {
    this.#slowdowns[gpu]!.add(slowdown);
  }

  /** Takes back what `slow` was given: the same object. */
  restore(gpu: number, slowdown: Slowdown): void {
    this.#slowdowns[gpu]!.delete(slowdown);
  }

  /**
   * What GPUs that compute together are good for now: all wait for the slowest of them, and a ring of
   * all-reduces for its slowest link. The core clock carries the tensor cores; memory has a clock of its
   * own, so its bandwidth stays, and what the host and the launch of kernels take stays as well.
   */
  slowed(facts: GpuFacts, gpus: readonly number[]): GpuFacts {
    const ailments = gpus.flatMap((gpu) => [...this.#slowdowns[gpu]!]);
    if (ailments.length === 0) return facts;
    const clock = Math.min(...ailments.map(({ clock = 1 }) => clock));
    const link = Math.min(...ailments.map(({ linkGBps = Infinity }) => linkGBps));
    const { bf16Tflops, fp8Tflops, fp4Tflops, linkGBps } = facts;
    return {
      ...facts,
      bf16Tflops: bf16Tflops * clock,
      ...(fp8Tflops === undefined ? {} : { fp8Tflops: fp8Tflops * clock }),
      ...(fp4Tflops === undefined ? {} : { fp4Tflops: fp4Tflops * clock }),
      ...(linkGBps === undefined ? {} : { linkGBps: Math.min(linkGBps, link) }),
    };
  }
}
