// A request as it arrives at the fleet: what is asked for, by whom, and what becomes of it if it fails.

import type { Attempt, AttemptOutcome } from "../load/load.ts";
import {
  REQUEST_CLASS,
  type RequestClass,
  type RequestKind,
  type SharedContent,
} from "../serving/requests.ts";
import type { GatewayTry } from "./request_tries.ts";
import type { RoutePolicy } from "./route_policy.ts";

/** What the requests of one load have in common. */
export interface ClientKind extends RequestKind {
  /** The load's name. */
  readonly load?: string;
  /** So long after it arrived its client gives a request up. */
  readonly timeoutUs?: number;
  /** Its InferenceObjective's priority: the higher the more important, negative ones are shed first. */
  readonly objective?: number;
  /** By which the endpoint picker's flow control tells flows of one priority apart. */
  readonly fairnessId?: string;
}

/** A request that arrives now: one attempt of its client's, whether or not there are more. */
export interface FleetRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly warmup: boolean;
  readonly kind: ClientKind;
  readonly content: SharedContent | undefined;
  /** Requests of equal numbers are one user's; undefined: nobody's in particular. */
  readonly session?: number | undefined;
  /** Called once, at the instant at which it ends for its client. */
  readonly onEnd?: ((outcome: AttemptOutcome) => void) | undefined;
  /** Undefined: the only one. */
  readonly attempt?: Attempt | undefined;
  /** What the route that it took says of time and tries; undefined: nothing. */
  readonly policy?: RoutePolicy | undefined;
  /** Undefined: the gateway's first. */
  readonly gatewayTry?: GatewayTry | undefined;
  /** A copy that a gateway sent: nobody waits for its answer. */
  readonly mirrored?: true;
  /** Its server breaks the answer off after `outputTokens`. */
  readonly cut?: true;
}

/**
 * The same request as its server answers it: after `cutAfter` of its tokens the answer breaks off. Undefined
 * where there is no amid.
 */
export function cutShort(
  request: FleetRequest,
  cutAfter: ((tokens: number) => number) | undefined,
): FleetRequest | undefined {
  const { content, promptTokens, outputTokens } = request;
  if (!cutAfter || outputTokens < 2) return undefined;
  return {
    ...request,
    content: content && promptOf(content, promptTokens),
    outputTokens: cutAfter(outputTokens),
    cut: true,
  };
}

/**
 * The content without its answer: a client that tries again sends the same, and the copy of what it gave
 * up goes on, so that the answers of the two are two.
 */
export function promptOf(content: SharedContent, promptTokens: number): SharedContent {
  const ends = Array.from(content.ends).filter((end) => end <= promptTokens);
  return { ids: Array.from(content.ids).slice(0, ends.length), ends };
}

/** Where a request is counted. */
export function classOf({ mirrored, warmup }: FleetRequest): RequestClass {
  if (mirrored) return REQUEST_CLASS.mirrored;
  return warmup ? REQUEST_CLASS.warmup : REQUEST_CLASS.measured;
}

/** Whether the client of a request that ended so will send it again. */
export function isRetried({ attempt }: FleetRequest, outcome: AttemptOutcome): boolean {
  return attempt !== undefined && attempt.retryOn.includes(outcome);
}
