// A revision's pods as the columns of its window. Knows what an engine counts, and not how it does.

import { PPM } from "../metrics/names.ts";
import type { PodColumns } from "../metrics/window.ts";

/** What a window asks of an engine. */
export interface CountedEngine {
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
  readonly kvBlocks: number;
  /** What it did since it was last asked. */
  takeCounts(): {
    readonly outputTokens: number;
    readonly promptTokens: number;
    readonly prefixQueries: number;
    readonly prefixHits: number;
    readonly preemptions: number;
    readonly busyUs: number;
    readonly prefillUs: number;
  };
}

const ALONE: readonly string[] = [];

export interface CountedPod {
  readonly name: string;
  readonly engine: CountedEngine | undefined;
}

/**
 * Gauges of now, counts since the last call; a pod without an engine has no column. Pods whose GPUs are
 * an engine's beside its own have one of their own: their GPUs are busy and their memory is full as the
 * engine's, its requests and tokens are told once.
 */
export function podColumns<Pod extends CountedPod>(
  pods: readonly Pod[],
  workersOf: (pod: Pod) => readonly string[] = () => ALONE,
): PodColumns {
  const name: string[] = [];
  const running: number[] = [];
  const waiting: number[] = [];
  const kvPpm: number[] = [];
  const promptTokens: number[] = [];
  const outputTokens: number[] = [];
  const prefixQueries: number[] = [];
  const prefixHits: number[] = [];
  const preemptions: number[] = [];
  const busyUs: number[] = [];
  const prefillUs: number[] = [];
  let queried = false;
  for (const pod of pods) {
    const { engine } = pod;
    if (!engine) continue;
    const counts = engine.takeCounts();
    name.push(pod.name);
    running.push(engine.running);
    waiting.push(engine.waiting);
    kvPpm.push(Math.round(engine.usedBlocks * PPM / engine.kvBlocks));
    promptTokens.push(counts.promptTokens);
    outputTokens.push(counts.outputTokens);
    prefixQueries.push(counts.prefixQueries);
    prefixHits.push(counts.prefixHits);
    preemptions.push(counts.preemptions);
    busyUs.push(counts.busyUs);
    prefillUs.push(counts.prefillUs);
    queried ||= counts.prefixQueries > 0;
    for (const worker of workersOf(pod)) {
      name.push(worker);
      kvPpm.push(kvPpm.at(-1)!);
      busyUs.push(counts.busyUs);
      prefillUs.push(counts.prefillUs);
      for (const nothing of [running, waiting, promptTokens, outputTokens]) nothing.push(0);
      for (const nothing of [prefixQueries, prefixHits, preemptions]) nothing.push(0);
    }
  }
  const served = { name, running, waiting, kvPpm, promptTokens, outputTokens };
  const spent = { preemptions, busyUs, prefillUs };
  return queried ? { ...served, prefixQueries, prefixHits, ...spent } : { ...served, ...spent };
}
