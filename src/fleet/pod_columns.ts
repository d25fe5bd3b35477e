// A revision's pods as the columns of its window. Knows what an engine counts, and not how it does.

import { PPM } from "../metrics/names.ts";
import type { PodColumns } from "../metrics/window.ts";
import { zeros } from "../metrics/zeros.ts";

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
  for (const pod of pods) if (pod.engine) name.push(pod.name, ...workersOf(pod));
  const column = () => zeros(name.length);
  const [running, waiting, kvPpm] = [column(), column(), column()];
  const [promptTokens, outputTokens] = [column(), column()];
  const [prefixQueries, prefixHits, preemptions] = [column(), column(), column()];
  const [busyUs, prefillUs] = [column(), column()];
  let queried = false;
  let place = 0;
  for (const pod of pods) {
    const { engine } = pod;
    if (!engine) continue;
    const counts = engine.takeCounts();
    running[place] = engine.running;
    waiting[place] = engine.waiting;
    promptTokens[place] = counts.promptTokens;
    outputTokens[place] = counts.outputTokens;
    prefixQueries[place] = counts.prefixQueries;
    prefixHits[place] = counts.prefixHits;
    preemptions[place] = counts.preemptions;
    queried ||= counts.prefixQueries > 0;
    const usedPpm = Math.round(engine.usedBlocks * PPM / engine.kvBlocks);
    for (const end = place + 1 + workersOf(pod).length; place < end; place++) {
      kvPpm[place] = usedPpm;
      busyUs[place] = counts.busyUs;
      prefillUs[place] = counts.prefillUs;
    }
  }
  const served = { name, running, waiting, kvPpm, promptTokens, outputTokens };
  const spent = { preemptions, busyUs, prefillUs };
  return queried ? { ...served, prefixQueries, prefixHits, ...spent } : { ...served, ...spent };
}
