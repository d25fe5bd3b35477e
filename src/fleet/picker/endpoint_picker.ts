// An endpoint picker (llm-d's EPP) of one pool: which endpoint gets a request, or why none does.

import type { RequestId } from "../../serving/requests.ts";
import type { Clock } from "../../sim/clock.ts";
import type { Stream } from "../../sim/streams.ts";
import type { FleetRequest } from "../fleet_request.ts";
import type { OpenRequest } from "../unfinished_requests.ts";
import { build, type PickerParts } from "./build.ts";
import { Endpoints, type PickedPod, type PoolMember } from "./endpoints.ts";
import { FlowControl } from "./flow_control.ts";
import type { HasFirstToken, InFlight } from "./in_flight.ts";
import type { PickerPlan } from "./plan.ts";
import { type Choice, NOBODY } from "./ports.ts";
import { type Rejection, REJECTIONS } from "./rejections.ts";
import { Rig } from "./rig.ts";

/** What becomes of the requests; `arrivedUs` is when they came to the picker. */
export interface PickerOutlet {
  /** The row of the request; undefined where it has none that stands until its end. */
  send(
    request: FleetRequest,
    pod: PickedPod,
    prefill: PickedPod | undefined,
    arrivedUs: number,
  ): RequestId | undefined;
  refuse(request: FleetRequest, rejection: Rejection, arrivedUs: number): void;
  /** Its client gave it up while it waited. */
  giveUp(request: FleetRequest, arrivedUs: number): void;
  readonly hasFirstToken: HasFirstToken;
}

export interface PickerContext {
  readonly clock: Clock;
  /** The stream named after the picker and this purpose. */
  stream(purpose: string): Stream;
  readonly loraSlots: number;
}

/**
 * Order as in llm-d-router: flow control if it is on, data producers, the profile handler with its
 * profiles, then whoever hears of choices. That takes no virtual time.
 */
export class EndpointPicker {
  readonly #clock: Clock;
  readonly #outlet: PickerOutlet;
  readonly #endpoints: Endpoints;
  readonly #parts: PickerParts;
  readonly #flow: FlowControl | undefined;
  readonly #inFlight: InFlight | undefined;
  readonly #countsTokens: boolean;
  readonly #choice: Choice = { slot: NOBODY, prefillSlot: NOBODY };

  constructor(plan: PickerPlan, { clock, stream, loraSlots }: PickerContext, outlet: PickerOutlet) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#endpoints = new Endpoints(plan.refreshUs);
    const rig = new Rig(clock, this.#endpoints, loraSlots, stream);
    this.#parts = build(plan, rig);
    this.#inFlight = rig.usedInFlight;
    this.#countsTokens = rig.countsTokens;
    if (!plan.flowControl) return;
    const flow = new FlowControl(plan.flowControl, clock, {
      isOpen: (nowUs) => this.#saturation(nowUs) < 1,
      isEmpty: () => this.#endpoints.pool.count === 0,
      nextLookUs: (nowUs) => this.#endpoints.nextRefreshUs(nowUs),
      dispatch: (request, arrivedUs) => this.#dispatch(request, arrivedUs),
      refuse: (request, rejection, arrivedUs) => outlet.refuse(request, rejection, arrivedUs),
      giveUp: (request, arrivedUs) => outlet.giveUp(request, arrivedUs),
    });
    this.#flow = flow;
    // Not at once: it ends in the middle of what an engine does.
    if (this.#inFlight) {
      this.#inFlight.onEnd = () => {
        if (flow.waiting > 0) clock.after(0, () => flow.look());
      };
    }
  }

  /** Requests that wait for an endpoint; undefined where nobody may. */
  get waiting(): number | undefined {
    return this.#flow?.waiting;
  }

  /** The same one by one. */
  get open(): readonly OpenRequest[] {
    return this.#flow?.open ?? [];
  }

  /** Calls back for every request that has to wait. */
  onWait(callback: () => void): void {
    if (this.#flow) this.#flow.onWait = callback;
  }

  /** The pool is these from now on. */
  update(members: readonly PoolMember[]): void {
    this.#endpoints.update(members, this.#clock.nowUs);
    this.#flow?.look();
  }

  /** A request arrives now. */
  submit(request: FleetRequest): void {
    if (this.#flow) return this.#flow.submit(request);
    const nowUs = this.#clock.nowUs;
    const { noEndpoints, shed } = REJECTIONS;
    if (this.#endpoints.pool.count === 0) return this.#outlet.refuse(request, noEndpoints, nowUs);
    const { objective = 0 } = request.kind;
    if (objective < 0 && this.#saturation(nowUs) >= 1) {
      return this.#outlet.refuse(request, shed, nowUs);
    }
    this.#dispatch(request, nowUs);
  }

  /**
   * Nobody answers any more: those that wait are turned away, and what comes up again knows nothing of
   * what was sent where and found by the last scrape. What a client's header holds is not forgotten.
   */
  shutDown(): void {
    this.#flow?.shutDown();
    this.#inFlight?.forgetAll();
    this.#endpoints.forgetAll();
  }

  #saturation(nowUs: number): number {
    this.#refresh(nowUs);
    return this.#parts.detector.saturation(this.#endpoints.pool, nowUs);
  }

  #refresh(nowUs: number): void {
    if (!this.#endpoints.refresh(nowUs) || !this.#countsTokens) return;
    this.#inFlight?.release(this.#outlet.hasFirstToken);
  }

  #dispatch(request: FleetRequest, arrivedUs: number): void {
    const { handler, prefixes, listeners } = this.#parts;
    const endpoints = this.#endpoints;
    const choice = this.#choice;
    this.#refresh(this.#clock.nowUs);
    for (const prefix of prefixes) prefix.find(request);
    handler.choose(request, endpoints.pool, choice);
    if (choice.slot === NOBODY) {
      return this.#outlet.refuse(request, REJECTIONS.filteredOut, arrivedUs);
    }
    for (const listener of listeners) listener.picked(request, choice);
    const { slot, prefillSlot } = choice;
    const pod = endpoints.pod(slot);
    const prefill = prefillSlot === NOBODY ? undefined : endpoints.pod(prefillSlot);
    if (!this.#inFlight) {
      this.#outlet.send(request, pod, prefill, arrivedUs);
      return;
    }
    const flight = this.#inFlight.begin(request, choice);
    flight.id = this.#outlet.send(flight.sent(), pod, prefill, arrivedUs) ?? NOBODY;
  }
}
