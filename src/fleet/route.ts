// A way through the gateway as its data plane has it now: who gets the next request that takes it.

import type { Stream } from "../sim/streams.ts";
import type { FleetRequest } from "./request_host.ts";
import type { Revision } from "./revision.ts";
import { WeightedDraw } from "./route_draw.ts";
import { GATEWAY_REJECTIONS } from "./route_rejections.ts";

/** Where the requests of a route go. */
export interface RouteTable {
  /** Whose HTTPRoute it is. */
  readonly owner: Revision;
  readonly draw: WeightedDraw<Revision>;
  /** Backends that the gateway does not have before this time, in µs; almost always none. */
  readonly coldUntilUs?: ReadonlyMap<Revision, number>;
}

/** What a request can be sent to. */
export interface Way {
  /** One request arrives now. */
  submit(request: FleetRequest, nowUs: number): void;
}

export class Route implements Way {
  readonly #stream: Stream;
  /** In whose name requests are refused while there is no table. */
  #owner: Revision;
  #table: RouteTable | undefined;

  /** `stream` is what the gateway draws a backend from for each request. */
  constructor(owner: Revision, stream: Stream) {
    this.#owner = owner;
    this.#stream = stream;
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
    const table = this.#table;
    if (!table) return this.#owner.reject(request, GATEWAY_REJECTIONS.noRoute);
    const revision = table.draw.pick(this.#stream);
    if (!revision) return this.#owner.reject(request, GATEWAY_REJECTIONS.noWeight);
    const coldUntilUs = table.coldUntilUs?.get(revision);
    if (coldUntilUs !== undefined && nowUs < coldUntilUs) {
      return revision.reject(request, GATEWAY_REJECTIONS.noCluster);
    }
    revision.submit(request);
  }
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
