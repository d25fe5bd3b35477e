// So many in each window of time, counted from when the limit begins: as hubs and registries write theirs.

import { bandwidthText } from "../serving/bandwidth_schema.ts";
import { formatDuration } from "../sim/duration.ts";

export class RateLimit {
  readonly #count: number;
  readonly #windowUs: number;
  #startUs: number | undefined;
  #taken = 0;

  constructor(count: number, windowUs: number) {
    this.#count = count;
    this.#windowUs = windowUs;
  }

  /** Takes one, if the window has one left; its first window begins with the first that asks. */
  admits(nowUs: number): boolean {
    if (this.#startUs === undefined || nowUs >= this.#startUs + this.#windowUs) {
      this.#startUs = nowUs;
      this.#taken = 0;
    }
    return this.#taken++ < this.#count;
  }
}

/** `200MB/s, 3 pulls in 6h`: what a throttled supplier gives. */
export function limitText(
  bandwidth: number | undefined,
  count: number | undefined,
  noun: string,
  windowUs: number,
): string {
  return [
    ...(bandwidth === undefined ? [] : [bandwidthText(bandwidth)]),
    ...(count === undefined ? [] : [`${count} ${noun} in ${formatDuration(windowUs)}`]),
  ].join(", ");
}
