// What a controller does about pods that the API server refuses: it says so, and tries again later and later.

import type { EventHandle } from "../sim/clock.ts";
import type { PodHost } from "./pod_template.ts";
import { TIMINGS } from "./timings.ts";

export class PodCreation {
  #failure: { readonly message: string; readonly sinceUs: number } | undefined;
  #tries = 0;
  #triedUs = -1;
  #retry: EventHandle | undefined;

  /** The API server's last words, and since when it refuses; undefined: it does not. */
  get failure(): { readonly message: string; readonly sinceUs: number } | undefined {
    return this.#failure;
  }

  /** It is tried whenever the controller is called, and once at each instant. */
  mayTry(nowUs: number): boolean {
    return this.#failure === undefined || nowUs > this.#triedUs;
  }

  /** A work queue's back-off (`DefaultControllerRateLimiter`): 5 ms, doubled up to 1000 s. */
  refused(message: string, { clock, changed }: PodHost): void {
    this.#failure = { message, sinceUs: this.#failure?.sinceUs ?? clock.nowUs };
    this.#triedUs = clock.nowUs;
    const { firstRequeueUs, maxRequeueUs } = TIMINGS;
    if (this.#retry !== undefined) clock.cancel(this.#retry);
    const delayUs = Math.min(firstRequeueUs * 2 ** this.#tries++, maxRequeueUs);
    this.#retry = clock.after(delayUs, () => {
      this.#retry = undefined;
      changed();
    });
  }

  /** All that were wanted are made. */
  succeeded({ clock }: Pick<PodHost, "clock">): void {
    if (this.#retry !== undefined) clock.cancel(this.#retry);
    this.#retry = undefined;
    this.#failure = undefined;
    this.#tries = 0;
  }
}
