// A gateway's own tries at one request: when it tries again, and how long a try may take. It picks no pod.

import type { Stream } from "../sim/streams.ts";
import type { FleetRequest } from "./fleet_request.ts";

/** Which try of the gateway's a request is, from the second on. */
export interface GatewayTry {
  readonly number: number;
  /** When the request came to the gateway. */
  readonly arrivedUs: number;
}

export interface NextTry {
  readonly request: FleetRequest;
  /** From now. */
  readonly delayUs: number;
}

/** Envoy's `max_interval` where none is given, in base intervals. */
const LONGEST_BACKOFF = 10;

/**
 * The next try at a request that came to the gateway at `arrivedUs`; undefined when its route allows none
 * any more, in tries or in time. The wait is Envoy's fully jittered exponential back-off: below
 * base · (2^n − 1) before the n-th retry, and below ten times the base.
 */
export function nextTry(
  request: FleetRequest,
  arrivedUs: number,
  nowUs: number,
  jitter: () => Stream,
): NextTry | undefined {
  const { policy, gatewayTry } = request;
  if (!policy?.retry) return undefined;
  const { attempts, backoffUs } = policy.retry;
  const number = gatewayTry?.number ?? 1;
  if (number > attempts) return undefined;
  const bound = backoffUs * Math.min(2 ** number - 1, LONGEST_BACKOFF);
  const delayUs = bound > 0 ? jitter().integer(0, bound - 1) : 0;
  const first = gatewayTry?.arrivedUs ?? arrivedUs;
  // One that could not begin in time is none: its client is told so now rather than at the deadline.
  if (policy.requestUs !== undefined && nowUs + delayUs >= first + policy.requestUs) {
    return undefined;
  }
  return {
    request: { ...request, gatewayTry: { number: number + 1, arrivedUs: first } },
    delayUs,
  };
}

/**
 * When the gateway gives up a try that it sends now; undefined: never. As Envoy's, a route's timeouts run
 * from when the request leaves for its backend, not while an endpoint picker holds it.
 */
export function deadlineOf(
  { policy, gatewayTry }: FleetRequest,
  nowUs: number,
): number | undefined {
  if (!policy) return undefined;
  const { requestUs = Infinity, backendRequestUs = Infinity } = policy;
  const deadlineUs = Math.min(
    (gatewayTry?.arrivedUs ?? nowUs) + requestUs,
    nowUs + backendRequestUs,
  );
  return deadlineUs === Infinity ? undefined : deadlineUs;
}
