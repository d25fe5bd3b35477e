// How the requests of one revision find a pod: by its endpoint picker, or balanced without one.

import { REQUEST_STATE, type RequestId } from "../serving/requests.ts";
import type { Clock } from "../sim/clock.ts";
import type { Stream } from "../sim/streams.ts";
import { Balancer } from "./picker/balancing.ts";
import { EndpointPicker } from "./picker/endpoint_picker.ts";
import type { PickedPod, PoolMember } from "./picker/endpoints.ts";
import type { Routing } from "./picker/plan.ts";
import { type Rejection, REJECTIONS } from "./picker/rejections.ts";
import type { FleetRequest, RequestHost } from "./request_host.ts";
import type { RefusedFate } from "./request_rows.ts";
import { type GatewayPlan, GatewayPush } from "./route_gateway.ts";
import { GATEWAY_REJECTIONS } from "./route_rejections.ts";

/** Hears of a request that no engine has; `arrivedUs` undefined is now. */
export type Refuse = (
  fate: RefusedFate,
  request: FleetRequest,
  arrivedUs?: number,
  pod?: string,
) => void;

export interface RouterContext {
  readonly clock: Clock;
  readonly host: RequestHost;
  readonly gateway: GatewayPlan;
  /** The stream of this name: `picker/<purpose>` or `gateway/<purpose>`. */
  stream(name: string): Stream;
}

/** The pods that may get requests now, and whether the endpoint picker answers. */
export interface Pools {
  readonly main: readonly PoolMember[];
  readonly prefill: readonly PoolMember[];
  readonly pickerAnswers: boolean;
}

export class RequestRouter {
  readonly #host: RequestHost;
  readonly #refuse: Refuse;
  readonly #picker: EndpointPicker | undefined;
  readonly #failsOpen: boolean;
  readonly #balancer: Balancer<PickedPod>;
  readonly #prefillBalancer: Balancer<PickedPod>;
  readonly #push: GatewayPush;
  /** As the gateway has them. */
  #pods: readonly PickedPod[] = [];
  #prefillPods: readonly PickedPod[] = [];
  #pools: Pools = { main: [], prefill: [], pickerAnswers: false };

  constructor(routing: Routing, { clock, host, gateway, stream }: RouterContext, refuse: Refuse) {
    const { balancing, picker, failureMode, loraSlots } = routing;
    this.#host = host;
    this.#refuse = refuse;
    this.#failsOpen = failureMode === "FailOpen";
    this.#push = new GatewayPush(clock, gateway, () => {
      this.#pods = this.#pools.main.map(({ pod }) => pod);
      this.#prefillPods = this.#pools.prefill.map(({ pod }) => pod);
    });
    this.#balancer = new Balancer(balancing, () => stream("gateway/balance"));
    this.#prefillBalancer = new Balancer("round-robin", () => stream("gateway/prefill"));
    if (!picker) return;
    const context = { clock, loraSlots, stream: (purpose: string) => stream(`picker/${purpose}`) };
    this.#picker = new EndpointPicker(picker, context, {
      send: (request, pod, prefill, arrivedUs) => this.#send(request, pod, prefill, arrivedUs),
      refuse: (request, rejection, arrivedUs) => this.#reject(request, rejection, arrivedUs),
      giveUp: (request, arrivedUs) =>
        refuse({ outcome: "failed", reason: "timeout" }, request, arrivedUs),
      hasFirstToken: (id) => hasFirstToken(host, id),
    });
  }

  /** An endpoint picker watches its pods itself; what balances hears of them from its control plane. */
  update(pools: Pools): void {
    if (this.#pools.pickerAnswers && !pools.pickerAnswers) this.#picker?.shutDown();
    this.#pools = pools;
    this.#push.changed();
    this.#picker?.update([...pools.main, ...pools.prefill]);
  }

  /** One request arrives now. */
  submit(request: FleetRequest): void {
    if (!this.#picker) return this.#balance(request, true);
    if (this.#pools.pickerAnswers) return this.#picker.submit(request);
    // Nobody tells the sidecar of a prefill pod then: who answers computes the prompt too.
    if (this.#failsOpen) return this.#balance(request, false);
    this.#reject(request, REJECTIONS.pickerUnavailable);
  }

  #balance(request: FleetRequest, split: boolean): void {
    const pod = this.#balancer.pick(this.#pods);
    if (!pod) {
      const { status, reason } = GATEWAY_REJECTIONS.noHealthyUpstream;
      return this.#refuse({ outcome: "rejected", reason, status }, request);
    }
    const prefill = split && pod.engine ? this.#prefillBalancer.pick(this.#prefillPods) : undefined;
    this.#send(request, pod, prefill);
  }

  #send(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs?: number,
  ): RequestId | undefined {
    const lost = (sinceUs?: number) =>
      this.#refuse({ outcome: "failed", reason: "lost" }, request, sinceUs, pod.name);
    const { engine } = pod;
    if (!engine) {
      lost(arrivedUs);
      return undefined;
    }
    // llm-d's sidecar goes on without when the prefill pod does not answer.
    if (!prefill?.engine) return this.#host.serve(engine, request, arrivedUs);
    this.#host.serveSplit(prefill.engine, pod, request, lost, arrivedUs);
    return undefined;
  }

  #reject(request: FleetRequest, { status, reason }: Rejection, arrivedUs?: number): void {
    this.#refuse({ outcome: "rejected", reason, status }, request, arrivedUs);
  }
}

function hasFirstToken({ table: { columns } }: RequestHost, id: RequestId): boolean {
  return columns.state[id] === REQUEST_STATE.decoding || columns.generatedTokens[id]! > 0;
}
