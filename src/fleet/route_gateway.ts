// The gateway's control plane: how long a change takes from the cluster's objects to the data plane.

import type { Clock } from "../sim/clock.ts";
import type { Lag } from "./trouble.ts";

export interface GatewayPlan {
  /** From a change of weights, members or endpoints to the first request that goes by it, in µs. */
  readonly propagationUs: number;
  /**
   * For so long after a member first gets a weight above 0 the gateway has its route and not yet its
   * backend: requests for it are answered 503. Clusters and routes come to Envoy one after the other
   * (CDS, RDS), so that a canary that was deployed with weight 0 may fail on its first ramp.
   */
  readonly coldUs: number;
  /** What is wrong; its `gatewayLag` is added to each change's delay. */
  readonly trouble?: { readonly gatewayLag: Lag };
}

/**
 * Every change is there at once. A real gateway takes its time: Istio pushes what changed 100 ms later
 * (PILOT_DEBOUNCE_AFTER), and KServe's own test of a canary waits for 5 s after each change
 * (`test_llm_canary_lifecycle.py`).
 */
export const IMMEDIATE_GATEWAY: GatewayPlan = { propagationUs: 0, coldUs: 0 };

/** Brings what changed to the gateway: all changes of one delay together, as they are at its end. */
export class GatewayPush {
  readonly #clock: Clock;
  readonly #plan: GatewayPlan;
  readonly #publish: () => void;
  #pending = false;

  constructor(clock: Clock, plan: GatewayPlan, publish: () => void) {
    this.#clock = clock;
    this.#plan = plan;
    this.#publish = publish;
  }

  changed(): void {
    const { propagationUs, trouble } = this.#plan;
    if (this.#pending) return;
    // What is so when the run begins was so before it.
    if (this.#clock.nowUs === 0) return this.#publish();
    const delayUs = propagationUs + (trouble?.gatewayLag.ofChange() ?? 0);
    if (delayUs === 0) return this.#publish();
    this.#pending = true;
    this.#clock.after(delayUs, () => {
      this.#pending = false;
      this.#publish();
    });
  }
}
