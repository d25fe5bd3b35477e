// How long an engine computes, and how much of that with prompts. Knows not what it computes.

/** What an engine does between two boundaries; a step with prompts and answers in it counts as prompts. */
export type Doing = "nothing" | "prompts" | "answers";

/** Time in which a step was in progress; for watts, and for the share of time that a server idles. */
export class BusyTime {
  #doing: Doing = "nothing";
  #sinceUs = 0;
  #busyUs = 0;
  #prefillUs = 0;

  /** From now on it does this. */
  turnTo(doing: Doing, nowUs: number): void {
    const us = nowUs - this.#sinceUs;
    this.#sinceUs = nowUs;
    if (this.#doing !== "nothing") this.#busyUs += us;
    if (this.#doing === "prompts") this.#prefillUs += us;
    this.#doing = doing;
  }

  /** Since the last call, up to now, whether the step in progress is over or not. */
  take(nowUs: number) {
    this.turnTo(this.#doing, nowUs);
    const taken = { busyUs: this.#busyUs, prefillUs: this.#prefillUs };
    this.#busyUs = 0;
    this.#prefillUs = 0;
    return taken;
  }
}
