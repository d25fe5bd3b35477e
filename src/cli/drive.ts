// Drives a simulation in real time: as fast as asked, breathing often enough to be stopped.

import type { Simulation } from "../scenario/run.ts";

/** Taken before a scenario is loaded: what it does to the globals does not reach the loop. */
const { setTimeout } = globalThis;
export const nowMs = performance.now.bind(performance);

/** A run gives way to signals and messages this often. */
export const BREATH_MS = 50;

export interface DriveOptions {
  /** Virtual seconds a second; Infinity is as fast as it goes. */
  readonly speed: number;
  /** Absent: nothing stops it in here, so that it need not give way. */
  readonly stop?: AbortSignal | undefined;
  /** Called at every breath, and waited for. */
  readonly breath?: () => void | Promise<void>;
}

/** Runs to the end, or until it is told to stop; true when it came to the end and was finished. */
export async function drive(simulation: Simulation, options: DriveOptions): Promise<boolean> {
  const { speed, stop, breath } = options;
  const startMs = nowMs();
  const startUs = simulation.nowUs;
  while (!stop?.aborted) {
    const breathAtMs = nowMs() + BREATH_MS;
    const dueUs = speed === Infinity
      ? simulation.durationUs
      : Math.floor(startUs + (nowMs() - startMs) * 1000 * speed);
    const arrived = simulation.advance(dueUs, () => nowMs() >= breathAtMs);
    if (arrived && simulation.nowUs >= simulation.durationUs) {
      simulation.finish();
      await breath?.();
      return true;
    }
    await breath?.();
    // A timer of no time takes more than a millisecond.
    if (arrived || stop) await sleepMs(arrived ? BREATH_MS : 0);
  }
  return false;
}

/** Timers of 0 ms still let signals and messages through. */
export function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
