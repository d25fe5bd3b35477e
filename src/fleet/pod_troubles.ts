// What is wrong with how pods start, for as long as it is: faults put it here, pods ask. It knows no fault.

import type { StartupPhases } from "../serving/startup.ts";
import type { Clock } from "../sim/clock.ts";
import type { Pod } from "./pod.ts";

/** Whom it concerns: pods that are made later too. */
interface Concerns {
  hits(pod: Pod): boolean;
}

/** Their starts take longer. */
export interface SlowStart extends Concerns {
  readonly phases: readonly (keyof StartupPhases)[];
  readonly factor: number;
  /** On top of each of the phases. */
  readonly plusUs: number;
}

/** Their containers die so long after each start. */
export interface Crashing extends Concerns {
  readonly afterUs: number;
  readonly message: string;
  readonly exitCode: number;
}

/** Their server refuses what it is told, with these last words: once imported, or once its engine is up. */
export interface Misconfigured extends Concerns {
  readonly noticed: "imported" | "initialised";
  readonly message: string;
  readonly exitCode: number;
}

export class PodTroubles {
  readonly slowStarts = new Set<SlowStart>();
  readonly crashing = new Set<Crashing>();
  readonly misconfigured = new Set<Misconfigured>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long a phase takes that would take `us`. */
  phaseUs(pod: Pod, phase: keyof StartupPhases, us: number): number {
    if (this.slowStarts.size === 0) return us;
    return Math.round(this.#slowed(pod, phase, us, 1));
  }

  /** What a phase moves that would move so many bytes, alone at so many a second; nothing stays nothing. */
  phaseBytes(pod: Pod, phase: keyof StartupPhases, bytes: number, bytesPerSecond: number): number {
    if (bytes === 0 || this.slowStarts.size === 0) return bytes;
    return Math.round(this.#slowed(pod, phase, bytes, bytesPerSecond / 1e6));
  }

  #slowed(pod: Pod, phase: keyof StartupPhases, alone: number, perUs: number): number {
    let slowed = alone;
    for (const rule of this.slowStarts) {
      if (!rule.phases.includes(phase) || !rule.hits(pod)) continue;
      slowed = slowed * rule.factor + rule.plusUs * perUs;
    }
    return slowed;
  }

  /** A container's process was started. */
  started(pod: Pod): void {
    for (const rule of this.crashing) if (rule.hits(pod)) this.dieLater(rule, pod);
  }

  /** The process that runs now dies when its time is over, if the trouble is not over before. */
  dieLater(rule: Crashing, pod: Pod): void {
    const { starts } = pod;
    this.#clock.after(rule.afterUs, () => {
      if (this.crashing.has(rule) && pod.starts === starts) pod.die(rule.message, rule.exitCode);
    });
  }

  /** Why its server does not start, by what it has come to know. */
  refusal(pod: Pod, noticed: Misconfigured["noticed"]): Misconfigured | undefined {
    for (const rule of this.misconfigured) {
      if (rule.noticed === noticed && rule.hits(pod)) return rule;
    }
    return undefined;
  }
}
