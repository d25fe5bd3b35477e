// What is wrong on the way between the gateway and a pod: how late, how lossy, how narrow, or cut.

import type { SharedLink } from "../serving/shared_link.ts";

/** What one fault does to a path. */
export interface PathEffect {
  /** On top, one way, drawn for each, in µs. */
  delayUs?(): number;
  /** Whether a packet is lost, drawn for each. */
  isLost?(): boolean;
  /** Nothing comes through. */
  readonly cut?: true;
  /** What carries the requests to the pod, all of them together. */
  readonly link?: SharedLink;
}

/**
 * Linux' least wait for an acknowledgement (`TCP_RTO_MIN`, include/net/tcp.h), and the most (`TCP_RTO_MAX`).
 * It doubles with each packet that is lost again.
 */
const RTO_US = 200_000;
const MOST_RTO_US = 120_000_000;

/** All effects that are in force on it; a path without one is none. */
export class NetworkPath {
  readonly #effects: PathEffect[] = [];

  add(effect: PathEffect): void {
    this.#effects.push(effect);
  }

  remove(effect: PathEffect): void {
    this.#effects.splice(this.#effects.indexOf(effect), 1);
  }

  get isClear(): boolean {
    return this.#effects.length === 0;
  }

  get isCut(): boolean {
    return this.#effects.some(({ cut }) => cut === true);
  }

  get links(): SharedLink[] {
    return this.#effects.flatMap(({ link }) => link ? [link] : []);
  }

  /**
   * One way, in µs: a draw of each effect, and what it takes until a packet that must come through (the
   * last of a request, the first of an answer) does so. Packets before the last are repaired by those
   * that follow, within a round trip, and are taken to cost nothing.
   */
  oneWayUs(): number {
    let us = this.#delayUs();
    for (let rtoUs = RTO_US; this.#isLost(); rtoUs = Math.min(2 * rtoUs, MOST_RTO_US)) us += rtoUs;
    return us;
  }

  #delayUs(): number {
    return this.#effects.reduce((sum, effect) => sum + (effect.delayUs?.() ?? 0), 0);
  }

  #isLost(): boolean {
    // Each fault draws for each packet, whatever another has done to it.
    return this.#effects.filter((effect) => effect.isLost?.()).length > 0;
  }
}

/** A pod's end of it; undefined: nothing is wrong. */
export interface Reachable {
  path: NetworkPath | undefined;
}

export function disturb(pod: Reachable, effect: PathEffect): void {
  (pod.path ??= new NetworkPath()).add(effect);
}

export function undisturb(pod: Reachable, effect: PathEffect): void {
  pod.path?.remove(effect);
  if (pod.path?.isClear) pod.path = undefined;
}
