// KServe's init container of a pod, which downloads its model: what is known of it, and what changes that.

import type { PodLife } from "./pod_life.ts";
import type { Ended, Ending } from "./pod_stages.ts";
import { backOffUs } from "./timings.ts";

export class PodInit {
  readonly #life: PodLife;
  state: "waiting" | "running" | "done" | "failed" = "waiting";
  /** Of its last process, where that was seen. */
  startedUs: number | undefined;
  finishedUs: number | undefined;
  /** Of its processes; all but the first are restarts. */
  starts = 0;
  /** How its last process ended, where it failed. */
  last: Ended | undefined;
  /** Why the process that was started last will fail. */
  refused: string | undefined;
  #crashes = 0;

  constructor(life: PodLife) {
    this.#life = life;
  }

  get toDo(): boolean {
    return this.state !== "done";
  }

  /** Its next process is started. */
  begin(): void {
    const { pod, nowUs, host } = this.#life;
    this.state = "running";
    this.startedUs = nowUs;
    this.finishedUs = undefined;
    this.starts++;
    this.refused = host.lines.troubles.refusesDownload(pod);
  }

  /** Its process is over, with a failure or without. */
  end(failure?: Ending): void {
    const { startedUs } = this;
    const finishedUs = this.#life.nowUs;
    this.state = failure ? "failed" : "done";
    this.finishedUs = finishedUs;
    this.last = failure && { ...failure, startedUs, finishedUs };
    if (failure) this.#crashes++;
  }

  /** It was through before the run. */
  wasDone(): void {
    this.#forget("done");
    this.starts++;
  }

  /** Its host was down: it has all to do again. */
  reboot(): void {
    this.#forget("waiting");
  }

  #forget(state: "waiting" | "done"): void {
    this.state = state;
    this.startedUs = undefined;
    this.finishedUs = undefined;
    this.last = undefined;
  }

  get backsOff(): boolean {
    return this.#crashes > 1;
  }

  get backOffUs(): number {
    return backOffUs(this.#crashes - 2);
  }
}
