// The requests to one member of a service, also before there is one: how they are counted, and told when nobody serves them.

import type { Slo } from "../metrics/slo.ts";
import type { EngineWindows } from "../serving/limits.ts";
import type { FailureReason } from "./events.ts";
import { classOf, type FleetRequest, isRetried } from "./fleet_request.ts";
import { outcomeOf, type RequestHost } from "./request_host.ts";
import type { RefusedFate } from "./request_rows.ts";
import type { GatewayRejection } from "./route_rejections.ts";

/** In whose name a gateway turns requests away. */
export type RouteOwner = Pick<MemberRequests, "service" | "name" | "reject" | "lose">;

export class MemberRequests {
  readonly service: string;
  /** `stable`, `canary`: the member's name within the service. */
  readonly name: string;
  /** The fleet closes them every second. */
  readonly windows: EngineWindows;
  readonly #host: RequestHost;

  constructor(service: string, name: string, windows: EngineWindows, host: RequestHost) {
    this.service = service;
    this.name = name;
    this.windows = windows;
    this.#host = host;
  }

  /** What ends from now on is held against this; loads with objectives of their own keep these. */
  judge(slo: Slo): void {
    for (const window of this.windows) window.judge(slo);
  }

  /** One request arrives now, or another try at one that arrived before. */
  arrive(request: FleetRequest): void {
    this.windows[classOf(request)].arrived(request.kind.countedAs);
  }

  /** One request arrives now that the gateway itself turns away. */
  reject(request: FleetRequest, { status, reason }: GatewayRejection): void {
    this.arrive(request);
    this.refuse({ outcome: "rejected", reason, status }, request);
  }

  /** One request arrives now that finds no way to the gateway. */
  lose(request: FleetRequest, reason: FailureReason): void {
    this.arrive(request);
    this.refuse({ outcome: "failed", reason }, request);
  }

  /** No engine has it; `arrivedUs` undefined is now. */
  refuse(fate: RefusedFate, request: FleetRequest, arrivedUs?: number, pod?: string): void {
    const window = this.windows[classOf(request)];
    const { countedAs } = request.kind;
    window[fate.outcome](countedAs);
    if (fate.again) window.retried(true, countedAs);
    else if (isRetried(request, outcomeOf(fate))) window.retried(false, countedAs);
    const place = { service: this.service, revision: this.name, pod };
    this.#host.refused(fate, place, request, arrivedUs);
  }

  /** Nobody was sent there who has not ended, and all that happened was told. */
  get idle(): boolean {
    // Asked of every member each second: without a closure, without an iterator.
    const { windows } = this;
    return windows[0].idle && windows[1].idle && windows[2].idle;
  }
}
