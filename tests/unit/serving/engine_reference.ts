// vLLM V1's engine a second time, step by step and block by block: the reference of the engine.
// It shares nothing with it but the clock, the windows and the port of the step time.
import type { WindowAccumulator } from "../../../src/metrics/window.ts";
import type { EngineWindows } from "../../../src/serving/limits.ts";
import type { StepTime } from "../../../src/serving/step_time.ts";
import { type Clock, PRIORITY } from "../../../src/sim/clock.ts";
import type { Counts } from "./reference_run.ts";
import { ReferenceScheduler } from "./reference_scheduler.ts";
import {
  adaptersOf,
  BLOCK_TOKENS,
  type Happening,
  isDecoding,
  known,
  type Outcome,
  type ReferenceLimits,
  type ReferenceRequest,
  type ReferenceStep,
  type RequestRecord,
  sum,
  type Task,
} from "./reference_task.ts";

/** A span of steps begins anew before its sum would pass this, in ps. */
const SPAN_LIMIT_PS = 2n ** 52n;
const PS_PER_US = 1_000_000n;

export class ReferenceEngine {
  readonly records: RequestRecord[] = [];
  readonly steps: ReferenceStep[] = [];
  readonly happenings = new Map<Happening, number>();

  readonly #clock: Clock;
  #stepTime: StepTime;
  readonly #limits: ReferenceLimits;
  readonly #windows: EngineWindows;
  #scheduler: ReferenceScheduler;

  #inbox: readonly Task[] = [];
  /** When the API server is through with the request that came last. */
  #acceptedUs = 0;
  /** In the order they were asked for, since the last boundary. */
  #aborts: Task[] = [];
  #pending: ReturnType<Clock["at"]> | undefined;
  #step: { readonly atUs: number; readonly ps: bigint } | undefined;
  #span = { batch: "", baseUs: 0, sumPs: 0n };
  #frozen = false;
  #counts = { outputTokens: 0, preemptions: 0 };
  /** Of the step in progress and the last ones: from when to when, and whether a prompt was in it. */
  #spent: { readonly fromUs: number; readonly toUs: number; readonly prompt: boolean }[] = [];
  #takenUs = 0;
  /** Steps with a decoding request so far: speculation's tokens are dealt out by their number. */
  #decodeSteps = 0;

  constructor(
    clock: Clock,
    stepTime: StepTime,
    limits: ReferenceLimits,
    windows: EngineWindows,
  ) {
    this.#clock = clock;
    this.#stepTime = stepTime;
    this.#limits = limits;
    this.#windows = windows;
    this.#scheduler = this.#emptyScheduler();
  }

  get running(): number {
    return this.#scheduler.running.length;
  }

  get waiting(): number {
    return this.#scheduler.waiting.length + this.#inbox.length;
  }

  get usedBlocks(): number {
    return this.#scheduler.pool.used;
  }

  cachedTokens(request: ReferenceRequest): number {
    return this.#scheduler.cachedBlocks(request) * BLOCK_TOKENS;
  }

  /** The next to be taken first. */
  get freeIds(): readonly number[] {
    return this.#scheduler.pool.freeIds;
  }

  /** Counts since the last call. */
  takeCounts(): Counts {
    const nowUs = this.#clock.nowUs;
    const within = this.#spent.map(({ fromUs, toUs, prompt }) => ({
      us: Math.max(0, Math.min(toUs, nowUs) - Math.max(fromUs, this.#takenUs)),
      prompt,
    }));
    const counts = {
      ...this.#counts,
      busyUs: sum(within.map(({ us }) => us)),
      prefillUs: sum(within.filter(({ prompt }) => prompt).map(({ us }) => us)),
    };
    this.#counts = { outputTokens: 0, preemptions: 0 };
    this.#spent = this.#spent.filter(({ toUs }) => toUs > nowUs);
    this.#takenUs = nowUs;
    return counts;
  }

  /** Nothing is put off here. */
  settle(): void {}

  #emptyScheduler(): ReferenceScheduler {
    return new ReferenceScheduler(this.#limits, (happening) => this.#note(happening));
  }

  submit(index: number, request: ReferenceRequest): void {
    const { maxModelLen, maxLoras } = this.#limits;
    const now = this.#clock.nowUs;
    const record = { arrivedUs: now, generatedTokens: 0, cachedTokens: 0, preemptions: 0 };
    this.records[index] = record;
    const adapterRefused = request.adapter !== undefined && maxLoras === undefined;
    const refused = request.prompt >= maxModelLen || adapterRefused;
    const task: Task = {
      index,
      request,
      goal: Math.min(request.output, maxModelLen - request.prompt),
      visibleUs: refused ? now : this.#tokenisedUs(request),
      record,
      phase: "prefill",
      joined: 0,
      admitted: 0,
      computed: 0,
      chunk: 0,
      blocks: [],
      whole: 0,
    };
    if (refused) {
      this.#note("rejected");
      this.#window(task).rejected(task.request.load);
      this.#end(task, "rejected");
      return;
    }
    this.#inbox = [...this.#inbox, task];
    this.#wake();
  }

  /** The API server tokenises as many prompts at once as come, and passes them on in their order. */
  #tokenisedUs({ prompt }: ReferenceRequest): number {
    const { admissionUs, admissionTokenUs } = this.#stepTime;
    const aloneUs = this.#clock.nowUs + admissionUs + Math.round(admissionTokenUs * prompt);
    if (aloneUs < this.#acceptedUs) this.#note("tokenised out of turn");
    return this.#acceptedUs = Math.max(aloneUs, this.#acceptedUs);
  }

  /** Counts at the next boundary. */
  abort(index: number): void {
    const task = this.#held().find((task) => task.index === index);
    if (task && !this.#aborts.includes(task)) this.#aborts.push(task);
    if (this.#frozen) this.#dropAborted();
  }

  crash(): void {
    if (this.running > 0) this.#note("crashed running");
    for (const task of this.#held()) this.#fail(task);
    this.#stop();
    this.#inbox = [];
    this.#acceptedUs = 0;
    this.#aborts = [];
    this.#scheduler = this.#emptyScheduler();
    this.#frozen = false;
  }

  /** For the steps that begin from now on. */
  retime(stepTime: StepTime): void {
    this.#stepTime = stepTime;
  }

  freeze(): void {
    this.#stop();
    this.#frozen = true;
    this.#dropAborted();
  }

  #held(): readonly Task[] {
    const { running, waiting } = this.#scheduler;
    return [...running, ...waiting, ...this.#inbox];
  }

  #stop(): void {
    if (this.#pending !== undefined) this.#clock.cancel(this.#pending);
    this.#pending = undefined;
    const nowUs = this.#clock.nowUs;
    this.#spent = this.#spent.map((step) => ({ ...step, toUs: Math.min(step.toUs, nowUs) }));
    this.#step = undefined;
    this.#span = { batch: "", baseUs: 0, sumPs: 0n };
  }

  #wake(): void {
    const [first] = this.#inbox;
    if (this.#pending !== undefined || this.#frozen || first === undefined) return;
    this.#pending = this.#clock.at(first.visibleUs, () => this.#boundary(), PRIORITY.engine);
  }

  #boundary(): void {
    this.#pending = undefined;
    if (this.#step) this.#tellResults(this.#step);
    this.#dropAborted();
    const over = this.#step;
    this.#step = undefined;
    const now = this.#clock.nowUs;
    this.#schedule(over && this.#limits.asyncScheduling ? over.atUs : now);
    if (this.running === 0 && this.#seenBy(now).length > 0) {
      this.#note("seen at rest");
      this.#schedule(now);
    }
    if (this.running > 0) this.#beginStep();
    else this.#wake();
  }

  #tellResults({ atUs, ps }: { readonly atUs: number; readonly ps: bigint }): void {
    const stepped = this.#scheduler.running.filter(({ chunk }) => chunk > 0);
    const accepted = stepped.some(isDecoding) ? this.#acceptedTokens() : 0;
    if (accepted > 1) this.#note("several tokens a step");
    for (const task of stepped) {
      const { chunk } = task;
      task.chunk = 0;
      if (this.#aborts.includes(task)) continue;
      if (isDecoding(task)) {
        this.#tellDecoded(task, accepted, atUs, Number(ps / PS_PER_US));
      } else {
        task.computed += chunk;
        if (task.computed === known(task)) this.#tellPrefilled(task);
      }
      if (task.record.generatedTokens === task.goal) this.#complete(task);
    }
  }

  /** Tokens of each decoding request in the step that ended: on average 1 and the accepted ones. */
  #acceptedTokens(): number {
    const perStep = 1_000_000n + BigInt(this.#limits.speculative?.acceptedPpm ?? 0);
    const until = (steps: number) => Number(BigInt(steps) * perStep / 1_000_000n);
    return until(this.#decodeSteps + 1) - until(this.#decodeSteps++);
  }

  #tellDecoded(task: Task, accepted: number, stepUs: number, gapUs: number): void {
    const { record, request: { load } } = task;
    const now = this.#clock.nowUs;
    const tokens = Math.min(accepted, task.goal - record.generatedTokens);
    task.computed += tokens;
    record.generatedTokens += tokens;
    record.lastTokenUs = now;
    this.#counts.outputTokens += tokens;
    this.#window(task).steps(gapUs + this.#stepTime.tokenUs, 1, load);
    this.#window(task).stepped(now - stepUs + this.#stepTime.tokenUs, tokens, load);
  }

  /** The token that follows a prompt, or what was known of an answer when it was preempted. */
  #tellPrefilled(task: Task): void {
    const { record, request: { prompt, load } } = task;
    const now = this.#clock.nowUs;
    const { tokenUs } = this.#stepTime;
    task.phase = "decode";
    record.generatedTokens++;
    this.#counts.outputTokens++;
    if (record.firstTokenUs === undefined) {
      record.firstTokenUs = now;
      this.#window(task).firstToken(now - record.arrivedUs + tokenUs, prompt, load);
    } else {
      this.#window(task).tokens(now - record.lastTokenUs! + tokenUs, 1, load);
    }
    record.lastTokenUs = now;
  }

  #complete(task: Task): void {
    const { record, goal, request: { load } } = task;
    const { tokenUs, completionUs } = this.#stepTime;
    const ttftUs = record.firstTokenUs! - record.arrivedUs + tokenUs;
    const decodeUs = record.lastTokenUs! - record.firstTokenUs! + tokenUs * (goal - 1);
    const tpotUs = goal > 1 ? Math.round(decodeUs / (goal - 1)) : undefined;
    const e2eUs = ttftUs + decodeUs + completionUs;
    this.#window(task).completed(ttftUs, tpotUs, e2eUs, 0, undefined, 0, load);
    this.#leave(task);
    this.#end(task, "completed");
  }

  #dropAborted(): void {
    for (const task of this.#aborts) {
      this.#note(this.#whereAborted(task));
      this.#leave(task);
      this.#fail(task);
    }
    this.#aborts = [];
  }

  #whereAborted(task: Task): Happening {
    if (this.#inbox.includes(task)) return "aborted in the inbox";
    if (this.#scheduler.waiting.includes(task)) return "aborted waiting";
    return isDecoding(task) ? "aborted decoding" : "aborted prefilling";
  }

  /** With those who were visible at `seenUs`. */
  #schedule(seenUs: number): void {
    this.#takeInbox(seenUs);
    for (const task of this.#scheduler.schedule()) this.#tellAdmission(task);
    const late = this.#seenBy(this.#clock.nowUs).length > 0;
    if (late && this.running > 0) this.#note("seen too late");
  }

  #seenBy(us: number): readonly Task[] {
    return this.#inbox.filter(({ visibleUs }) => visibleUs <= us);
  }

  #takeInbox(seenUs: number): void {
    const visible = this.#seenBy(seenUs);
    if (visible.length > 0 && this.#span.batch !== "") this.#note("arrived within a span");
    this.#inbox = this.#inbox.filter((task) => !visible.includes(task));
    for (const task of visible) this.#scheduler.join(task);
  }

  /** Of the first admission only. */
  #tellAdmission(task: Task): void {
    const { record, request, computed } = task;
    if (record.scheduledUs !== undefined) return;
    const now = this.#clock.nowUs;
    record.scheduledUs = now;
    record.cachedTokens = computed;
    this.#window(task).queued(now - task.visibleUs, request.load);
    if (this.#limits.prefixCaching !== false) this.#window(task).prefix(request.prompt, computed);
  }

  #beginStep(): void {
    const now = this.#clock.nowUs;
    const tasks = this.#scheduler.running.filter(({ chunk }) => chunk > 0);
    const ps = this.#stepPs(tasks);
    const batch = tasks.every(isDecoding) ? tasks.map(({ index }) => index).join() : "";
    const same = batch !== "" && batch === this.#span.batch;
    if (!same || this.#span.sumPs + ps > SPAN_LIMIT_PS) {
      this.#span = { batch, baseUs: now, sumPs: 0n };
    }
    this.#span.sumPs += ps;
    const endUs = this.#span.baseUs + Number(this.#span.sumPs / PS_PER_US);
    this.#step = { atUs: now, ps };
    this.#spent.push({ fromUs: now, toUs: endUs, prompt: !tasks.every(isDecoding) });
    this.steps.push({
      atUs: now,
      endUs,
      batch: tasks.map(({ index, phase, chunk }) => `${index} ${phase} ${chunk}`).join(", "),
    });
    this.#pending = this.#clock.at(endUs, () => this.#boundary(), PRIORITY.engine);
  }

  #stepPs(tasks: readonly Task[]): bigint {
    const { contextPs, window } = this.#stepTime;
    const prefilling = tasks.filter((task) => !isDecoding(task));
    const decoding = tasks.filter(isDecoding);
    const seen = (tokens: number) => Math.min(tokens, window?.tokens ?? Infinity);
    const fixedPs = this.#stepTime.fixedPs({
      prefillTokens: sum(prefilling.map(({ chunk }) => chunk)),
      prefillAttention: sum(
        prefilling.map(({ computed, chunk }) => chunk * (2 * computed + chunk)),
      ),
      prefillWindowAttention: sum(prefilling.map(({ computed, chunk }) => {
        const positions = Array.from({ length: chunk }, (_, index) => computed + index + 1);
        return 2 * sum(positions.map(seen));
      })),
      decodeTokens: sum(decoding.map(({ chunk }) => chunk)),
      requests: tasks.length,
      adapters: adaptersOf(tasks).size,
    });
    const context = sum(decoding.map(({ computed }) => computed + 1));
    const windowed = sum(decoding.map(({ computed }) => seen(computed + 1)));
    return BigInt(fixedPs) + BigInt(contextPs) * BigInt(context) +
      BigInt(window?.contextPs ?? 0) * BigInt(windowed);
  }

  #leave(task: Task): void {
    this.#scheduler.leave(task);
    this.#inbox = this.#inbox.filter((other) => other !== task);
  }

  #fail(task: Task): void {
    this.#window(task).failed(task.request.load);
    this.#end(task, "failed");
  }

  #end({ record }: Task, outcome: Outcome): void {
    record.outcome = outcome;
    record.endedUs = this.#clock.nowUs;
  }

  #window({ request }: Task): WindowAccumulator {
    return this.#windows[request.warmup ? 1 : 0];
  }

  #note(happening: Happening): void {
    if (happening === "preempted") this.#counts.preemptions++;
    this.happenings.set(happening, (this.happenings.get(happening) ?? 0) + 1);
  }
}
