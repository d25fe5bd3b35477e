// The volumes of a pod: whether they are attached and mounted on its node, and how long that takes.

import type { PodLife } from "./pod_life.ts";

export class PodVolumes {
  readonly #life: PodLife;
  #begunUs = 0;
  #mounted = false;

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** The kubelet waits for them from now on. */
  begin(): void {
    this.#begunUs = this.#life.nowUs;
  }

  end(): void {
    this.#mounted = true;
  }

  /** Its host was down. */
  reboot(): void {
    this.#mounted = false;
  }

  /** µs from now on until they are mounted; 0: they are, or there is none to wait for. */
  get leftUs(): number {
    const { template: { startup: { claim } }, host, stage, nowUs } = this.#life;
    if (this.#mounted || claim === undefined) return 0;
    const us = host.lines.troubles.mountUs(claim);
    const begun = stage === "Mounting" ? nowUs - this.#begunUs : 0;
    return Math.max(0, us - begun);
  }
}
