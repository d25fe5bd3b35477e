// What a gateway or a Service does without an endpoint picker: it balances over the pods by itself.

import type { Stream } from "../../sim/streams.ts";

export const BALANCINGS = ["round-robin", "random", "least-request"] as const;

export type Balancing = (typeof BALANCINGS)[number];

/** By which a service says how it is balanced where no endpoint picker does it. */
export const BALANCING_ANNOTATION = "mtop.dev/load-balancing";

/** What balancing sees of a pod: its active requests. */
export interface BalancedPod {
  readonly engine: { readonly inFlight: number } | undefined;
}

export class Balancer<P extends BalancedPod> {
  readonly #balancing: Balancing;
  /** Of the others alone. */
  readonly #stream: Stream | undefined;
  #next = 0;

  constructor(balancing: Balancing, stream: () => Stream) {
    this.#balancing = balancing;
    this.#stream = balancing === "round-robin" ? undefined : stream();
  }

  /** One of the pods; undefined when there is none. */
  pick(pods: readonly P[]): P | undefined {
    const { length } = pods;
    if (length === 0) return undefined;
    switch (this.#balancing) {
      case "round-robin":
        this.#next = (this.#next + 1) % length;
        return pods[this.#next];
      case "random":
        return this.#any(pods);
      case "least-request":
        return this.#leastOfTwo(pods);
    }
  }

  #any(pods: readonly P[]): P {
    return pods[this.#stream!.integer(0, pods.length - 1)]!;
  }

  /** Envoy's LEAST_REQUEST with equal weights: of two hosts at random the one with fewer requests. */
  #leastOfTwo(pods: readonly P[]): P {
    const first = this.#any(pods), second = this.#any(pods);
    return (second.engine?.inFlight ?? 0) < (first.engine?.inFlight ?? 0) ? second : first;
  }
}
