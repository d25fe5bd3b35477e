// A way through the gateway as its data plane has it now: who gets the next request that takes it.

import { PPM } from "../metrics/names.ts";
import type { Stream } from "../sim/streams.ts";
import { type FleetRequest, promptOf } from "./fleet_request.ts";
import type { RouteOwner } from "./member_requests.ts";
import type { Revision } from "./revision.ts";
import type { WeightedDraw } from "./route_draw.ts";
import { mirrorKind } from "./route_mirror.ts";
import type { RoutePolicy } from "./route_policy.ts";
import { GATEWAY_REJECTIONS } from "./route_rejections.ts";
import { Trouble } from "./trouble.ts";

/** Where the requests of a route go. */
export interface RouteTable {
  /** Whose HTTPRoute it is. */
  readonly owner: RouteOwner;
  readonly draw: WeightedDraw<Revision>;
  /** What its rule says of time and tries; undefined: nothing. */
  readonly policy?: RoutePolicy | undefined;
  /** Who gets a copy of so many of the requests, in millionths. */
  readonly mirrors: readonly { to(): Revision | undefined; readonly ppm: number }[];
  /** Backends that the gateway does not have before this time, in µs; almost always none. */
  readonly coldUntilUs?: ReadonlyMap<Revision, number>;
}

export interface RouteStreams {
  readonly stream: Stream;
  readonly mirror: Stream;
  /** What is wrong at the gateway; absent: never anything. */
  readonly trouble?: Trouble;
}

/** What a request can be sent to. */
export interface Way {
  /** One request arrives now. */
  submit(request: FleetRequest, nowUs: number): void;
}

export class Route implements Way {
  readonly #stream: Stream;
  readonly #mirror: Stream;
  readonly #trouble: Trouble;
  /** In whose name requests are refused while there is no table. */
  #owner: RouteOwner;
  #table: RouteTable | undefined;

  /** The gateway draws a backend from `stream` for each request, and from `mirror` whether to copy it. */
  constructor(owner: RouteOwner, { stream, mirror, trouble = new Trouble() }: RouteStreams) {
    this.#owner = owner;
    this.#stream = stream;
    this.#mirror = mirror;
    this.#trouble = trouble;
  }

  /** From now on it is this; undefined: no HTTPRoute leads there. */
  set(table: RouteTable | undefined): void {
    if (table) this.#owner = table.owner;
    this.#table = table;
  }

  /** Whether there is an HTTPRoute. */
  get leads(): boolean {
    return this.#table !== undefined;
  }

  /** The member that would get the next request: a draw from its stream. */
  pick(): Revision | undefined {
    return this.#table?.draw.pick(this.#stream);
  }

  submit(request: FleetRequest, nowUs: number): void {
    if (this.#trouble.turnsAway(request, this.#owner)) return;
    const table = this.#table;
    if (!table) return this.#owner.reject(request, GATEWAY_REJECTIONS.noRoute);
    const revision = table.draw.pick(this.#stream);
    if (!revision) return this.#owner.reject(request, GATEWAY_REJECTIONS.noWeight);
    const coldUntilUs = table.coldUntilUs?.get(revision);
    if (coldUntilUs !== undefined && nowUs < coldUntilUs) {
      return revision.reject(request, GATEWAY_REJECTIONS.noCluster);
    }
    const { policy, mirrors } = table;
    revision.submit(policy ? { ...request, policy } : request);
    for (const { to, ppm } of mirrors) {
      if (ppm < PPM && this.#mirror.integer(0, PPM - 1) >= ppm) continue;
      to()?.submit(copyOf(request, policy));
    }
  }
}

/**
 * What a mirror's backend gets: the same prompt, for as long as the route allows and however soon its
 * client gives up. Nobody hears of its end.
 */
function copyOf(request: FleetRequest, policy: RoutePolicy | undefined): FleetRequest {
  const { promptTokens, outputTokens, warmup, kind, content, session } = request;
  const { requestUs } = policy ?? {};
  return {
    ...{ promptTokens, outputTokens, warmup, session },
    content: content && promptOf(content, promptTokens),
    kind: mirrorKind(kind),
    ...(requestUs === undefined ? {} : { policy: { requestUs } }),
    mirrored: true,
  };
}

/** Routes of several groups that match the same requests: the first that is there takes them. */
export class RouteChain implements Way {
  readonly #routes: readonly [Route, ...Route[]];

  constructor(routes: readonly [Route, ...Route[]]) {
    this.#routes = routes;
  }

  submit(request: FleetRequest, nowUs: number): void {
    (this.#routes.find((route) => route.leads) ?? this.#routes[0]).submit(request, nowUs);
  }
}
