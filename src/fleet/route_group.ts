// A route group of several services: the gateway draws one of them by weight for each request.

import type { Stream } from "../sim/streams.ts";
import type { Service } from "./service.ts";

export interface GroupMember {
  readonly service: Service;
  /** A proportion, not a percentage. */
  readonly weight: number;
}

/**
 * KServe's rule: the route is the oldest member's, which is always on it; any other only while it has
 * a ready pod. Among those, by weight.
 */
export class RouteGroup {
  readonly #members: readonly GroupMember[];
  readonly #route: Stream;

  /** The oldest member first. */
  constructor(members: readonly GroupMember[], route: Stream) {
    this.#members = members;
    this.#route = route;
  }

  pick(): Service {
    const [oldest] = this.#members;
    const eligible = this.#members.filter(({ service, weight }) =>
      weight > 0 && (service === oldest!.service || service.hasReadyPods)
    );
    const total = eligible.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return oldest!.service;
    return drawByWeight(eligible, ({ weight }) => weight, total, this.#route)!.service;
  }
}

/** One of the members, each as likely as its share of `total`, the sum of their weights above 0. */
export function drawByWeight<T>(
  members: readonly T[],
  weightOf: (member: T) => number,
  total: number,
  stream: Stream,
): T | undefined {
  let ticket = stream.integer(0, total - 1);
  return members.find((member) => (ticket -= weightOf(member)) < 0);
}
