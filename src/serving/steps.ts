// What an engine computes now: a step with prompts in it, or a span of decode steps; and what of it is told.

import type { Batch } from "./batch.ts";
import { DecodeSpan } from "./decode_span.ts";
import type { EngineLimits } from "./limits.ts";
import type { StepTime } from "./step_time.ts";
import { TokenClock } from "./token_clock.ts";
import type { TokenLedger } from "./token_ledger.ts";

const PS_PER_US = 1e6;

/** It has no clock of its own: whoever begins something is told when it ends, and ends it then. */
export class Steps {
  readonly #batch: Batch;
  readonly #ledger: TokenLedger;
  readonly #stepTime: StepTime;
  /** Each step is planned when the one before it begins. */
  readonly #ahead: boolean;
  readonly #tokenClock: TokenClock;
  readonly #span: DecodeSpan;
  /** Decode steps that are over. */
  #over = 0;
  /** Of the span in progress: steps until the next change, and those told already; 0 outside one. */
  #spanSteps = 0;
  #told = 0;
  /** Up to when the span in progress is told: it is asked several times in one instant. */
  #toldUntilUs = -1;
  /** The same batch has decoded since the span's base. */
  #sameBatch = false;
  #startUs = 0;
  /** Length of the step in progress, 0 where there is none; and whether anybody decodes in it. */
  #stepUs = 0;
  #decodes = false;
  /** Made once: steps are told more often than anything else happens. */
  readonly #tellGaps = (us: number, steps: number): void =>
    this.#ledger.gaps(this.#batch.decoders.counts, us, steps);

  constructor(batch: Batch, ledger: TokenLedger, stepTime: StepTime, limits: EngineLimits) {
    this.#batch = batch;
    this.#ledger = ledger;
    this.#stepTime = stepTime;
    this.#ahead = limits.asyncScheduling ?? false;
    this.#tokenClock = new TokenClock(limits.speculative?.acceptedPpm);
    this.#span = new DecodeSpan(this.#tokenClock);
  }

  /** The token clock of the decoding requests, after all steps that are over. */
  get clock(): number {
    return this.#tokenClock.at(this.#over);
  }

  /** The same, with the steps of the span in progress that were told. */
  get toldClock(): number {
    return this.#tokenClock.at(this.#over + this.#told);
  }

  /** When the last step that was told began; undefined where no step of a span in progress is over. */
  get toldStartedUs(): number | undefined {
    return this.#told > 0 ? this.#spanEndUs(this.#told - 1) : undefined;
  }

  /** When the step began that ends now; now where there is none. */
  startedUs(nowUs: number): number {
    return this.#spanSteps > 0 ? this.#spanEndUs(this.#spanSteps - 1) : nowUs - this.#stepUs;
  }

  /** When the last step that was told ended: the last token of all who decode. */
  get toldUs(): number {
    return this.#spanEndUs(this.#told);
  }

  /** Begins the step that the batch has planned, with prompts in it; returns when it ends. */
  beginStep(nowUs: number): number {
    this.rest(nowUs);
    this.#decodes = this.#batch.decoders.count > 0;
    this.#stepUs = Math.floor(this.#batch.mixedStepPs(this.clock) / PS_PER_US);
    return nowUs + this.#stepUs;
  }

  /**
   * Begins steps of decoding requests alone; returns when the last of them ends. That is one step if
   * the batch is not `settled`, else as many as are alike, or as `cutFor` an arrival at `arrivalUs`
   * that may change them.
   */
  beginSpan(nowUs: number, settled: boolean, arrivalUs: number | undefined): number {
    const { decoders } = this.#batch;
    const clock = this.clock;
    if (this.#batch.takeChanged() || !this.#sameBatch) this.#span.rebase(nowUs);
    this.#sameBatch = true;
    this.#startUs = nowUs;
    decoders.fill(clock);
    this.#span.begin(nowUs, this.#over, this.#batch.decodeStepPs(clock), this.#batch.slopePs);
    this.#told = 0;
    this.#toldUntilUs = -1;
    this.#spanSteps = settled ? this.#span.within(this.#stepsToChange(clock)) : 1;
    if (arrivalUs !== undefined) this.cutFor(arrivalUs, -1);
    return this.#span.endUs(this.#spanSteps);
  }

  /** Nothing is computed. */
  rest(nowUs: number): void {
    this.#sameBatch = false;
    this.#startUs = nowUs;
    this.#stepUs = 0;
  }

  /** Steps until an answer is whole, blocks run out, a window or a block that matters is full. */
  #stepsToChange(clock: number): number {
    const { decoders } = this.#batch;
    const toFinish = this.#tokenClock.stepsTo(decoders.nextFinishClock()) - this.#over;
    // The last of the steps that are left begins before the clock at which the answer is whole.
    const last = Math.min(
      this.#tokenClock.at(this.#over + toFinish - 1),
      decoders.nextFullClock(),
      this.#batch.nextFillClock - 1,
    );
    const enough = decoders.clockWithin(this.#batch.freeBlocks, Math.max(last, clock));
    const within = this.#tokenClock.stepsWithin(enough) - this.#over + 1;
    return Math.max(1, Math.min(toFinish, within));
  }

  /**
   * Ends the span in progress with the first of its steps that ends after `us`; returns when that is,
   * undefined when it stays as it was.
   */
  cut(us: number): number | undefined {
    if (this.#spanSteps <= 1) return undefined;
    return this.#shorten(this.#span.stepsBy(us, this.#told, this.#spanSteps) + 1);
  }

  /**
   * Ends the span in progress with the first of its steps, of those that end after `pastUs`, whose end
   * finds a request that is visible at `us`; returns as `cut` does. Where steps are planned ahead that
   * is the first that begins at `us` or later.
   */
  cutFor(us: number, pastUs: number): number | undefined {
    if (!this.#ahead) return this.cut(Math.max(us - 1, pastUs));
    if (this.#spanSteps <= 1) return undefined;
    if (us <= this.#startUs) return this.#shorten(1);
    // As many as end before `us`, the one that ends at `us` or later, and the one that follows on it.
    return this.#shorten(this.#span.stepsBy(us - 1, 0, this.#spanSteps) + 2);
  }

  #shorten(steps: number): number | undefined {
    if (steps >= this.#spanSteps) return undefined;
    this.#spanSteps = steps;
    return this.#span.endUs(steps);
  }

  /** Tells those steps of a span that are over at `us`. */
  tellUntil(us: number): void {
    if (this.#spanSteps === 0 || us === this.#toldUntilUs) return;
    this.#toldUntilUs = us;
    this.#tell(this.#span.stepsBy(us, this.#told, this.#spanSteps));
  }

  /** Tells all steps of a span but the last, which some requests are to get nothing from. */
  tellAllButLast(): void {
    if (this.#spanSteps > 0) this.#tell(this.#spanSteps - 1);
  }

  /**
   * What was begun is over, and told as far as decoding requests go. Returns when the step that begins
   * now was planned, or could have been where nothing was begun.
   */
  end(nowUs: number): number {
    const plannedUs = this.#ahead ? this.startedUs(nowUs) : nowUs;
    if (this.#spanSteps > 0) this.#endSpan();
    else this.#endStep();
    return plannedUs;
  }

  #endStep(): void {
    const { decoders } = this.#batch;
    const before = this.clock;
    if (this.#decodes) this.#over++;
    this.#decodes = false;
    if (decoders.count === 0) return;
    this.#ledger.decoded(decoders.counts, this.clock - before, 1, this.#stepUs);
    this.#ledger.gaps(decoders.counts, this.#stepUs + this.#stepTime.tokenUs, 1);
  }

  #endSpan(): void {
    this.#tell(this.#spanSteps);
    this.#over += this.#spanSteps;
    this.#span.goOn(this.#spanSteps);
    this.#spanSteps = 0;
    this.#told = 0;
  }

  /** What was begun will not end: only what was told has happened. */
  drop(): void {
    this.rest(this.toldUs);
    this.#over += this.#told;
    this.#spanSteps = 0;
    this.#told = 0;
    this.#decodes = false;
  }

  /** Tells the span's steps up to this one; the blocks of the step after it are taken as well. */
  #tell(steps: number): void {
    const told = this.#told;
    if (steps > told) {
      const from = this.#tokenClock.at(this.#over + told);
      const tokens = this.#tokenClock.at(this.#over + steps) - from;
      const passedUs = this.#span.endUs(steps) - this.#spanEndUs(told);
      this.#ledger.decoded(this.#batch.decoders.counts, tokens, steps - told, passedUs);
      this.#span.eachLength(told, steps, this.#stepTime.tokenUs, this.#tellGaps);
      this.#told = steps;
    }
    const begun = Math.min(steps, this.#spanSteps - 1);
    this.#batch.reserve(this.#tokenClock.at(this.#over + begun));
  }

  #spanEndUs(steps: number): number {
    return steps === 0 ? this.#startUs : this.#span.endUs(steps);
  }
}
