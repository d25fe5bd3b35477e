// What becomes of single requests: engines get them, clients give them up, and the log may have a row each.

import type { AttemptOutcome } from "../load/load.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import type { RequestEnd } from "../serving/engine_news.ts";
import type { HeldAnswers, WholeAnswer } from "../serving/held_answers.ts";
import type { EngineWindows } from "../serving/limits.ts";
import { REQUEST_STATE, type RequestId, type RequestTable } from "../serving/requests.ts";
import type { StepTime } from "../serving/step_time.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import { classOf, type FleetRequest, isRetried } from "./fleet_request.ts";
import { HandOffs } from "./hand_off.ts";
import { type Deadline, holdAnswer } from "./held_request.ts";
import type { Journal } from "./journal.ts";
import { CLEAR_WAY, type WayBack } from "./network_path.ts";
import {
  type RefusedFate,
  refusedRow,
  type RequestFate,
  type RequestOrigin,
  type RequestPlace,
  requestRow,
} from "./request_rows.ts";
import { UnfinishedRequests } from "./unfinished_requests.ts";

/** How long a gateway waits for a try, and whether it then tries again; it does so at once. */
export interface TryLimit {
  readonly deadlineUs: number;
  tryAgain(): boolean;
}

/** Why a request was given up, and whether its gateway tries again. */
interface GivenUp {
  readonly reason: "timeout" | "gateway-timeout";
  readonly again: boolean;
}

/** What a request is sent to: a pod and the process in it. */
export interface RequestServer {
  readonly engine: ServingEngine | undefined;
  readonly alive: boolean;
}

/** The status of a gateway's answer when no backend answered in time. */
const GATEWAY_TIMEOUT = 504;

export class RequestHost {
  readonly table: RequestTable;
  readonly handOffs: HandOffs;
  readonly unfinished: UnfinishedRequests;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #rows: boolean;
  readonly #timeouts = new Map<RequestId, Deadline & { readonly event: EventHandle }>();
  /** By request, kept up only where rows are told; a row that is used again is written over. */
  readonly #origins: RequestOrigin[] = [];
  /** Those whose answers' packets may be lost, and the gaps that come of that. */
  readonly #stalls = new Map<RequestId, NonNullable<WayBack["stallsUs"]>>();
  /** Those whose client waits for their end, or will try again. */
  readonly #awaited = new Map<RequestId, FleetRequest>();
  /** Given up by clients or gateways, and not over yet: an engine ends them with its next step. */
  readonly #givenUp = new Map<RequestId, GivenUp>();

  /** `rows`: each request is told when it ends. */
  constructor(table: RequestTable, clock: Clock, journal: Journal, rows: boolean) {
    this.table = table;
    this.handOffs = new HandOffs(clock, table);
    this.unfinished = new UnfinishedRequests(table);
    this.#clock = clock;
    this.#journal = journal;
    this.#rows = rows;
  }

  /** Hears of the end of every request of an engine, counted in `windows`; before it takes the first. */
  watch(
    engine: ServingEngine,
    place: RequestPlace,
    stepTime: StepTime,
    windows: EngineWindows,
  ): void {
    this.unfinished.watch(engine, windows);
    engine.onEnd = (id, end) => {
      if (this.#stalls.size > 0) this.#tellStalls(id, end, windows);
      const { held } = engine;
      const whole = held?.ended(id);
      if (whole) return this.#hold(held!, whole, id, place, stepTime);
      if (this.#timeouts.size > 0) this.#forget(id);
      this.handOffs.ended(id);
      const givenUp = this.#givenUp.get(id);
      if (givenUp) this.#givenUp.delete(id);
      if (this.#awaited.size > 0) this.#tellClient(id, end, givenUp, stepTime, windows);
      if (!this.#rows) return;
      const { columns, cut } = this.table;
      // One that is lost before it is cut is lost.
      const isCut = cut.has(id) && columns.state[id] === REQUEST_STATE.ended;
      const fate = end === "failed" ? failure(givenUp, isCut) : { outcome: end };
      this.#journal.tell(requestRow(columns, id, fate, place, this.#origins[id]!, stepTime));
    };
  }

  /** What of its tokens its client had to wait for, beside what the engine has told of them. */
  #tellStalls(id: RequestId, end: RequestEnd, windows: EngineWindows): void {
    const stallsUs = this.#stalls.get(id);
    this.#stalls.delete(id);
    const { generatedTokens, firstTokenUs, lastTokenUs } = this.table.columns;
    const packets = generatedTokens[id]! - 1;
    if (!stallsUs || end !== "completed" || packets < 1) return;
    const gapUs = Math.round((lastTokenUs[id]! - firstTokenUs[id]!) / packets);
    const { class_, load } = this.table.tallyOf(id);
    for (const us of stallsUs(packets, gapUs)) windows[class_].steps(us, 1, load);
  }

  /** Its answer is whole and does not reach its client yet, who may give it up. */
  #hold(
    held: HeldAnswers,
    answer: WholeAnswer,
    id: RequestId,
    place: RequestPlace,
    stepTime: StepTime,
  ): void {
    const { columns } = this.table;
    const timeout = this.#timeouts.get(id);
    const request = this.#awaited.get(id);
    const row = this.#rows
      ? requestRow(columns, id, { outcome: "completed" }, place, this.#origins[id]!, stepTime)
      : undefined;
    this.#forget(id);
    this.#awaited.delete(id);
    this.handOffs.ended(id);
    holdAnswer(held, answer, {
      ...{ deadline: timeout, row },
      tellRow: (row) => this.#journal.tell(row),
      retries: (outcome) => request !== undefined && isRetried(request, outcome),
      onEnd: (outcome) => request?.onEnd?.(outcome),
    }, this.#clock);
  }

  /** The client of a request that an engine had hears of its end, if it waits for that. */
  #tellClient(
    id: RequestId,
    end: RequestEnd,
    givenUp: GivenUp | undefined,
    { tokenUs, completionUs }: StepTime,
    windows: EngineWindows,
  ): void {
    const request = this.#awaited.get(id);
    if (!request) return;
    this.#awaited.delete(id);
    // What an engine refuses is wrong, and would be wherever it is sent.
    const outcome = givenUp?.reason === "timeout" && end === "failed"
      ? "timeout"
      : end === "rejected"
      ? "invalid"
      : end;
    const window = windows[classOf(request)];
    if (givenUp?.again) window.retried(true, request.kind.countedAs);
    else if (isRetried(request, outcome)) window.retried(false, request.kind.countedAs);
    const { onEnd } = request;
    // It heard of being given up when that was so.
    if (!onEnd || givenUp) return;
    if (outcome !== "completed") return onEnd(outcome);
    // As its e2e latency is counted: the last token has yet to reach it.
    const { outputTokens, lateUs } = this.table.columns;
    const onItsWayUs = tokenUs * outputTokens[id]! + completionUs + lateUs[id]!;
    this.#clock.after(onItsWayUs, () => onEnd("completed"));
  }

  /** Gives the request's row, which stands until it ends. */
  serve(
    engine: ServingEngine,
    request: FleetRequest,
    sinceUs?: number,
    limit?: TryLimit,
    back = CLEAR_WAY,
  ): RequestId {
    const arrivedUs = sinceUs ?? this.#clock.nowUs;
    const id = this.#add(request, arrivedUs, back);
    this.#send(engine, id, request, arrivedUs, limit);
    return id;
  }

  /**
   * The same, its prompt computed by `prefill` first. llm-d's sidecar, which asks for it, is in the pod
   * that is to answer: `unanswered` is called when that is gone by the time the prompt is computed, or
   * when the two engines do not agree on what keys and values look like.
   */
  serveSplit(
    prefill: ServingEngine,
    decode: RequestServer,
    request: FleetRequest,
    unanswered: (arrivedUs: number, reason: "lost" | "handshake") => void,
    sinceUs?: number,
    limit?: TryLimit,
    back = CLEAR_WAY,
  ): void {
    const arrivedUs = sinceUs ?? this.#clock.nowUs;
    const engine = decode.engine!;
    const prompt = this.#add(request, arrivedUs);
    this.handOffs.whenPrefilled(prompt, () => {
      this.#forget(prompt);
      this.#awaited.delete(prompt);
      const there = decode.alive && decode.engine === engine;
      if (!there || !this.handOffs.agree(prefill, engine)) {
        this.handOffs.abandon(prefill, prompt);
        unanswered(arrivedUs, there ? "handshake" : "lost");
        return;
      }
      const answer = this.#add(request, arrivedUs, back);
      this.handOffs.begin(prefill, prompt, engine, answer);
      this.#send(engine, answer, request, arrivedUs, limit);
    });
    this.#send(prefill, prompt, request, arrivedUs, limit);
  }

  /** `back`: the way of its answer. */
  #add(request: FleetRequest, arrivedUs: number, back = CLEAR_WAY): RequestId {
    const { promptTokens, outputTokens, kind, content, attempt, gatewayTry } = request;
    const id = this.table.add(
      arrivedUs,
      promptTokens,
      outputTokens,
      classOf(request),
      kind,
      content,
      attempt?.firstUs ?? gatewayTry?.arrivedUs,
    );
    if (request.cut) this.table.cut.add(id);
    if (back.lateUs > 0) this.table.columns.lateUs[id] = back.lateUs;
    if (back.stallsUs) this.#stalls.set(id, back.stallsUs);
    if (request.onEnd || attempt || request.policy?.retry) this.#awaited.set(id, request);
    if (this.#rows) this.#origins[id] = originOf(request);
    return id;
  }

  #send(
    engine: ServingEngine,
    id: RequestId,
    { kind: { timeoutUs = Infinity }, gatewayTry }: FleetRequest,
    arrivedUs: number,
    limit: TryLimit | undefined,
  ): void {
    this.unfinished.served(id, engine);
    const patienceUs = (gatewayTry?.arrivedUs ?? arrivedUs) + timeoutUs;
    const deadlineUs = limit?.deadlineUs ?? Infinity;
    const firstUs = Math.min(patienceUs, deadlineUs);
    if (firstUs < Infinity) {
      const byClient = patienceUs <= deadlineUs;
      const giveUp = () => {
        this.#timeouts.delete(id);
        // What its client has begun to read cannot be begun anew.
        const again = !byClient && !this.hasFirstToken(id) && limit!.tryAgain();
        this.#givenUp.set(id, { reason: byClient ? "timeout" : "gateway-timeout", again });
        this.handOffs.giveUp(id);
        const onEnd = again ? undefined : this.#awaited.get(id)?.onEnd;
        engine.abort(id);
        onEnd?.(byClient ? "timeout" : "failed");
      };
      const event = this.#clock.at(Math.max(firstUs, this.#clock.nowUs), giveUp);
      this.#timeouts.set(id, { atUs: firstUs, byClient, event });
    }
    engine.submit(id);
  }

  hasFirstToken(id: RequestId): boolean {
    const { state, generatedTokens } = this.table.columns;
    return state[id] === REQUEST_STATE.decoding || generatedTokens[id]! > 0;
  }

  /** No engine had it, or none has it any more. */
  refused(
    fate: RefusedFate,
    place: RequestPlace,
    request: FleetRequest,
    arrivedUs = this.#clock.nowUs,
  ): void {
    if (this.#rows) {
      const { promptTokens, warmup } = request;
      const row = refusedRow(fate, place, originOf(request), arrivedUs, promptTokens, warmup);
      this.#journal.tell(row);
    }
    if (!fate.again) request.onEnd?.(outcomeOf(fate));
  }

  #forget(id: RequestId): void {
    const timeout = this.#timeouts.get(id);
    if (timeout === undefined) return;
    this.#clock.cancel(timeout.event);
    this.#timeouts.delete(id);
  }
}

/** As its client sees it. */
export function outcomeOf({ outcome, reason }: RefusedFate): AttemptOutcome {
  return reason === "timeout" ? "timeout" : outcome;
}

function failure(givenUp: GivenUp | undefined, isCut: boolean): RequestFate {
  if (!givenUp) return { outcome: "failed", reason: isCut ? "server-error" : "lost" };
  const { reason, again } = givenUp;
  const status = reason === "gateway-timeout" ? { status: GATEWAY_TIMEOUT } : {};
  return { outcome: "failed", reason, ...status, ...(again ? { again } : {}) };
}

/** The kind itself where that says it all: there are as many of these as loads. */
function originOf({ kind, attempt, gatewayTry, mirrored }: FleetRequest): RequestOrigin {
  if (!attempt && !gatewayTry && !mirrored) return kind;
  return {
    ...kind,
    attempt: attempt?.number,
    gatewayTry: gatewayTry?.number,
    ...(mirrored ? { mirrored } : {}),
  };
}
