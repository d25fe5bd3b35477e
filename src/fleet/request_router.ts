// How the requests of one revision find a pod: by its endpoint picker, or balanced without one.

import type { RequestId } from "../serving/requests.ts";
import type { Clock } from "../sim/clock.ts";
import type { Stream } from "../sim/streams.ts";
import { cutShort, type FleetRequest } from "./fleet_request.ts";
import { CLEAR_WAY, type WayBack } from "./network_path.ts";
import { Balancer } from "./picker/balancing.ts";
import { EndpointPicker } from "./picker/endpoint_picker.ts";
import type { PickedPod, PoolMember } from "./picker/endpoints.ts";
import type { Routing } from "./picker/plan.ts";
import { type Rejection, REJECTIONS } from "./picker/rejections.ts";
import type { FailingVersion } from "./regressions.ts";
import type { RequestHost, TryLimit } from "./request_host.ts";
import type { RefusedFate } from "./request_rows.ts";
import { deadlineOf, nextTry } from "./request_tries.ts";
import { tripOf, Wire } from "./request_wire.ts";
import { type GatewayPlan, GatewayPush } from "./route_gateway.ts";
import { GATEWAY_REJECTIONS } from "./route_rejections.ts";
import type { OpenRequest } from "./unfinished_requests.ts";

/** Hears of a request that no engine has; `arrivedUs` undefined is now. */
export type Refuse = (
  fate: RefusedFate,
  request: FleetRequest,
  arrivedUs?: number,
  pod?: string,
) => void;

/** Hears what becomes of requests that no engine tells of. */
export interface RouterOutlet {
  /** Another try at a request that arrived before. */
  arrive(request: FleetRequest): void;
  readonly refuse: Refuse;
}

export interface RouterContext {
  readonly clock: Clock;
  readonly host: RequestHost;
  readonly gateway: GatewayPlan;
  /** How a server with this image fails the request that comes to it now; undefined: it does not. */
  failureOf(image: string): Pick<FailingVersion, "cutAfter"> | undefined;
  /** The stream of this name: `picker/<purpose>` or `gateway/<purpose>`. */
  stream(name: string): Stream;
}

/** The pods that may get requests now, and whether the endpoint picker answers. */
export interface Pools {
  readonly main: readonly PoolMember[];
  readonly prefill: readonly PoolMember[];
  readonly pickerAnswers: boolean;
}

const SERVER_ERROR = 500;

export class RequestRouter {
  readonly #clock: Clock;
  readonly #host: RequestHost;
  readonly #outlet: RouterOutlet;
  readonly #refuse: Refuse;
  /** From which the waits before further tries are drawn. */
  readonly #jitter: () => Stream;
  readonly #picker: EndpointPicker | undefined;
  readonly #failsOpen: boolean;
  readonly #balancer: Balancer<PickedPod>;
  readonly #prefillBalancer: Balancer<PickedPod>;
  readonly #push: GatewayPush;
  readonly #wire: Wire;
  readonly #failureOf: RouterContext["failureOf"];
  /** As the gateway has them. */
  #pods: readonly PickedPod[] = [];
  #prefillPods: readonly PickedPod[] = [];
  #pools: Pools = { main: [], prefill: [], pickerAnswers: false };

  constructor(routing: Routing, context: RouterContext, outlet: RouterOutlet) {
    const { balancing, picker, failureMode, loraSlots } = routing;
    const { clock, host, gateway, stream } = context;
    const { refuse } = outlet;
    this.#clock = clock;
    this.#host = host;
    this.#outlet = outlet;
    this.#failureOf = context.failureOf;
    this.#refuse = refuse;
    this.#jitter = () => stream("gateway/retries");
    this.#wire = new Wire(clock);
    this.#failsOpen = failureMode === "FailOpen";
    this.#push = new GatewayPush(clock, gateway, () => {
      this.#pods = this.#pools.main.map(({ pod }) => pod);
      this.#prefillPods = this.#pools.prefill.map(({ pod }) => pod);
    });
    this.#balancer = new Balancer(balancing, () => stream("gateway/balance"));
    this.#prefillBalancer = new Balancer("round-robin", () => stream("gateway/prefill"));
    if (!picker) return;
    const around = { clock, loraSlots, stream: (purpose: string) => stream(`picker/${purpose}`) };
    this.#picker = new EndpointPicker(picker, around, {
      send: (request, pod, prefill, arrivedUs) => this.#send(request, pod, prefill, arrivedUs),
      refuse: (request, rejection, arrivedUs) => this.#reject(request, rejection, arrivedUs),
      giveUp: (request, arrivedUs) =>
        refuse({ outcome: "failed", reason: "timeout" }, request, arrivedUs),
      hasFirstToken: (id) => host.hasFirstToken(id),
    });
  }

  /** Requests that wait in the endpoint picker; undefined where nobody may. */
  get waiting(): number | undefined {
    return this.#picker?.waiting;
  }

  /** Requests on their way to a pod whose network is disturbed. */
  get underWay(): number {
    return this.#wire.underWay;
  }

  /** Those that no engine has yet: they wait there, or are on their way. */
  get open(): readonly OpenRequest[] {
    return [...this.#picker?.open ?? [], ...this.#wire.open];
  }

  /** Calls back for every request that has to wait there. */
  onWait(callback: () => void): void {
    this.#picker?.onWait(callback);
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
    if (!pod) return this.#rejectUnhealthy(request);
    const prefill = split && pod.engine ? this.#prefillBalancer.pick(this.#prefillPods) : undefined;
    this.#send(request, pod, prefill);
  }

  #send(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs?: number,
  ): RequestId | undefined {
    const limit = this.#limitOf(request, prefill, arrivedUs);
    if (pod.path === undefined) return this.#deliver(request, pod, prefill, arrivedUs, limit);
    this.#sendFar(request, pod, prefill, arrivedUs ?? this.#clock.nowUs, limit);
    return undefined;
  }

  /** Over a network that is disturbed. */
  #sendFar(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    sinceUs: number,
    limit: TryLimit | undefined,
  ): void {
    this.#wire.send(pod, {
      ...tripOf(request, sinceUs, limit, (fate) => this.#refuse(fate, request, sinceUs, pod.name)),
      arrive: (back) => this.#deliver(request, pod, prefill, sinceUs, limit, back),
      unreachable: () => {
        const again = this.#tryAgain(request, prefill, sinceUs);
        const fate = { outcome: "failed", reason: "connect-timeout", status: 503 } as const;
        this.#refuse({ ...fate, ...(again ? { again } : {}) }, request, sinceUs, pod.name);
      },
    });
  }

  /** From the pod's sidecar to the one that is to compute the prompt; its word that it is done is not late. */
  #prefillFar(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod,
    sinceUs: number,
    limit: TryLimit | undefined,
    back: WayBack,
  ): void {
    this.#wire.send(prefill, {
      ...tripOf(request, sinceUs, limit, (fate) => this.#refuse(fate, request, sinceUs, pod.name)),
      arrive: () => this.#serve(request, pod, prefill, sinceUs, limit, back),
      unreachable: () => this.#serve(request, pod, undefined, sinceUs, limit, back),
    });
  }

  #deliver(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs: number | undefined,
    limit: TryLimit | undefined,
    back = CLEAR_WAY,
  ): RequestId | undefined {
    if (prefill?.engine && prefill.path && pod.engine) {
      const sinceUs = arrivedUs ?? this.#clock.nowUs;
      this.#prefillFar(request, pod, prefill, sinceUs, limit, back);
      return undefined;
    }
    return this.#serve(request, pod, prefill, arrivedUs, limit, back);
  }

  #serve(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs: number | undefined,
    limit: TryLimit | undefined,
    back: WayBack,
  ): RequestId | undefined {
    const { engine } = pod;
    if (!engine) {
      // Nobody listens there: the connection is refused, and no request was made.
      const again = this.#tryAgain(request, prefill, arrivedUs ?? this.#clock.nowUs);
      const fate = { outcome: "failed", reason: "lost", ...(again ? { again } : {}) } as const;
      this.#refuse(fate, request, arrivedUs, pod.name);
      return undefined;
    }
    const failure = this.#failureOf(pod.image);
    const asked = failure ? cutShort(request, failure.cutAfter) : request;
    if (!asked) return this.#error(request, pod, prefill, arrivedUs);
    // llm-d's sidecar goes on without when the prefill pod does not answer.
    if (!prefill?.engine) return this.#host.serve(engine, asked, arrivedUs, limit, back);
    const unanswered = (sinceUs: number, reason: "lost" | "handshake") =>
      this.#refuse({ outcome: "failed", reason }, request, sinceUs, pod.name);
    this.#host.serveSplit(prefill.engine, pod, asked, unanswered, arrivedUs, limit, back);
    return undefined;
  }

  /** Its server answers 500; the gateway tries again where its route says that this is worth it. */
  #error(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs: number | undefined,
  ): undefined {
    const again = request.policy?.retry?.serverErrors &&
      this.#tryAgain(request, prefill, arrivedUs ?? this.#clock.nowUs);
    const fate = { outcome: "failed", reason: "server-error", status: SERVER_ERROR } as const;
    this.#refuse({ ...fate, ...(again ? { again } : {}) }, request, arrivedUs, pod.name);
  }

  #limitOf(
    request: FleetRequest,
    prefill: PickedPod | undefined,
    arrivedUs = this.#clock.nowUs,
  ): TryLimit | undefined {
    const deadlineUs = deadlineOf(request, this.#clock.nowUs);
    if (deadlineUs === undefined) return undefined;
    return { deadlineUs, tryAgain: () => this.#tryAgain(request, prefill, arrivedUs) ?? false };
  }

  /**
   * The gateway tries once more, if its route allows that: at the same backend, as Envoy does of several
   * with weights (envoy#5891), and at any pod of it, the one that failed too (envoy#2259). No endpoint
   * picker is asked again: what it did to the request stays.
   */
  #tryAgain(
    request: FleetRequest,
    prefill: PickedPod | undefined,
    arrivedUs: number,
  ): true | undefined {
    const next = nextTry(request, arrivedUs, this.#clock.nowUs, this.#jitter);
    if (!next) return undefined;
    this.#clock.after(next.delayUs, () => this.#again(next.request, prefill));
    return true;
  }

  #again(request: FleetRequest, prefill: PickedPod | undefined): void {
    this.#outlet.arrive(request);
    const { timeoutUs = Infinity } = request.kind;
    if (this.#clock.nowUs >= request.gatewayTry!.arrivedUs + timeoutUs) {
      return this.#refuse({ outcome: "failed", reason: "timeout" }, request);
    }
    const pod = this.#balancer.pick(this.#pods);
    if (pod) this.#send(request, pod, prefill);
    else this.#rejectUnhealthy(request);
  }

  #rejectUnhealthy(request: FleetRequest): void {
    const { status, reason } = GATEWAY_REJECTIONS.noHealthyUpstream;
    this.#refuse({ outcome: "rejected", reason, status }, request);
  }

  #reject(request: FleetRequest, { status, reason }: Rejection, arrivedUs?: number): void {
    this.#refuse({ outcome: "rejected", reason, status }, request, arrivedUs);
  }
}
