// Requests between the gateway and a pod whose network is disturbed: when they arrive, or why they do not.

import type { Clock } from "../sim/clock.ts";
import type { FleetRequest } from "./fleet_request.ts";
import { CLEAR_WAY, type NetworkPath, type WayBack } from "./network_path.ts";
import type { TryLimit } from "./request_host.ts";
import type { RefusedFate } from "./request_rows.ts";
import type { OpenRequest } from "./unfinished_requests.ts";

/** Linux' first wait for the answer to a SYN (RFC 6298's 1 s); it doubles with each. */
const SYN_US = 1_000_000;
/** Envoy's `connect_timeout` of a cluster where none is given (`cluster.proto`). */
const CONNECT_TIMEOUT_US = 5_000_000;

/** "A good guess of average characters per token is 4" (gateway-api-inference-extension, prefix plugin). */
const BYTES_A_TOKEN = 4;
/** Whom it is sent to: its path may be another at any time. */
export interface Destination {
  readonly path?: NetworkPath | undefined;
}

export interface Trip extends OpenRequest {
  readonly bytes: number;
  /** When its client or its gateway gives it up; Infinity: never. */
  readonly untilUs: number;
  /** It is there; what the server puts out comes back this way. */
  arrive(back: WayBack): void;
  giveUp(): void;
  /** No connection was made. */
  unreachable(): void;
}

/**
 * A gateway keeps connections to its pods, so that a request costs no handshake. On a path that is cut
 * those it has are of no use, and it tries to make another until `connect_timeout`: one whose SYN comes
 * through after all goes on from there.
 */
export class Wire {
  readonly #clock: Clock;
  readonly #underWay = new Set<Trip>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests that have not arrived yet. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** The same one by one. */
  get open(): readonly OpenRequest[] {
    return [...this.#underWay];
  }

  send(to: Destination, trip: Trip): void {
    const { bytes, untilUs, arrive, giveUp, unreachable } = trip;
    const clock = this.#clock;
    let over = false;
    const end = (how: () => void) => {
      if (over) return;
      over = true;
      this.#underWay.delete(trip);
      if (timeout !== undefined) clock.cancel(timeout);
      how();
    };
    const timeout = untilUs < Infinity
      ? clock.at(Math.max(untilUs, clock.nowUs), () => end(giveUp))
      : undefined;
    this.#underWay.add(trip);
    this.#connect(to, () => end(unreachable), () => {
      this.#carry(to.path, bytes, () => end(() => arrive(to.path?.back() ?? CLEAR_WAY)));
    });
  }

  #connect(to: Destination, fail: () => void, go: () => void): void {
    const sinceUs = this.#clock.nowUs;
    const attempt = (waitUs: number) => {
      if (!to.path?.isCut) return go();
      const leftUs = sinceUs + CONNECT_TIMEOUT_US - this.#clock.nowUs;
      if (waitUs < leftUs) this.#clock.after(waitUs, () => attempt(2 * waitUs));
      else this.#clock.after(leftUs, fail);
    };
    attempt(SYN_US);
  }

  /** Over what is narrow one after the other, then as far as it is. */
  #carry(path: NetworkPath | undefined, bytes: number, arrived: () => void): void {
    const [link, ...others] = path?.links ?? [];
    const far = () => {
      const us = path?.oneWayUs() ?? 0;
      if (us > 0) this.#clock.after(us, arrived);
      else arrived();
    };
    if (!link) return far();
    const next = (index: number) => {
      const following = others[index];
      if (following) following.start(bytes, () => next(index + 1));
      else far();
    };
    link.start(bytes, () => next(0));
  }
}

/** How much a request is, and who gives it up on its way. */
export function tripOf(
  request: FleetRequest,
  sinceUs: number,
  limit: TryLimit | undefined,
  refuse: (fate: RefusedFate) => void,
): Pick<Trip, "request" | "sinceUs" | "bytes" | "untilUs" | "giveUp"> {
  const { promptTokens, kind, gatewayTry } = request;
  const patienceUs = (gatewayTry?.arrivedUs ?? sinceUs) + (kind.timeoutUs ?? Infinity);
  const deadlineUs = limit?.deadlineUs ?? Infinity;
  const giveUp = () => {
    if (patienceUs <= deadlineUs) return refuse({ outcome: "failed", reason: "timeout" });
    const again = limit!.tryAgain();
    const fate = { outcome: "failed", reason: "gateway-timeout", status: 504 } as const;
    refuse({ ...fate, ...(again ? { again } : {}) });
  };
  const bytes = promptTokens * BYTES_A_TOKEN;
  return { request, sinceUs, bytes, untilUs: Math.min(patienceUs, deadlineUs), giveUp };
}
