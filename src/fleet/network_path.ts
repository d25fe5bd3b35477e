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

/** What the way of an answer does to it. */
export interface WayBack {
  /** How much later its client has its tokens, in µs. */
  readonly lateUs: number;
  /**
   * Gaps that its client sees before tokens whose packets were lost, in µs, where so many packets follow
   * the first, so far apart; undefined: none is lost.
   */
  readonly stallsUs?: (packets: number, gapUs: number) => number[];
}

export const CLEAR_WAY: WayBack = { lateUs: 0 };

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
    return this.#delayUs() + repairUs(this.#effects);
  }

  /** As it is now, also for what is put out later. */
  back(): WayBack {
    const lateUs = this.oneWayUs();
    const lossy = this.#effects.filter(({ isLost }) => isLost !== undefined);
    if (lossy.length === 0) return { lateUs };
    return { lateUs, stallsUs: (packets, gapUs) => stalls(lossy, packets, gapUs) };
  }

  #delayUs(): number {
    return this.#effects.reduce((sum, effect) => sum + (effect.delayUs?.() ?? 0), 0);
  }
}

/** Until a packet comes through: what TCP waits each time before it sends again. */
function repairUs(effects: readonly PathEffect[]): number {
  let us = 0;
  for (let rtoUs = RTO_US; isLost(effects); rtoUs = Math.min(2 * rtoUs, MOST_RTO_US)) us += rtoUs;
  return us;
}

function isLost(effects: readonly PathEffect[]): boolean {
  // Each fault draws for each packet, whatever another has done to it.
  return effects.filter((effect) => effect.isLost?.()).length > 0;
}

/**
 * Each token is a packet of its own; those behind one that is lost wait for it, and come with it. So a gap
 * before a lost one is long, and what it is longer is missing in those after it.
 */
function stalls(effects: readonly PathEffect[], packets: number, gapUs: number): number[] {
  const gaps: number[] = [];
  let before = 0;
  for (let packet = 1; packet <= packets; packet++) {
    const us = repairUs(effects);
    const arrives = Math.max(before, packet * gapUs + us);
    if (us > 0 && arrives - before > gapUs) gaps.push(arrives - before);
    before = arrives;
  }
  return gaps;
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
