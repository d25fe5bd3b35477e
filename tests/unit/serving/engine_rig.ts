// An engine on the bench: its clock, its windows, and what became of every request by name.
import { addWindow, emptyTotals, type Totals } from "../../../src/metrics/totals.ts";
import { Engine } from "../../../src/serving/engine.ts";
import type { HostMemory } from "../../../src/serving/kv_offload.ts";
import { type EngineLimits, engineWindows } from "../../../src/serving/limits.ts";
import { type RequestId, RequestTable } from "../../../src/serving/requests.ts";
import type { StepBatch, StepTime } from "../../../src/serving/step_time.ts";
import { Clock } from "../../../src/sim/clock.ts";

/** What a request had got when it left: nothing of times before its first token. */
export interface Outcome {
  readonly tokens: number;
  readonly firstTokenUs?: number;
  readonly lastTokenUs?: number;
}

/** Every step takes 1000 µs, and nothing else takes any time, unless told otherwise. */
export function evenSteps(changes: Partial<StepTime> = {}): StepTime {
  return {
    calibration: "uncalibrated",
    contextPs: 0,
    fixedPs: () => 1000 * 1e6,
    admissionUs: 0,
    admissionTokenUs: 0,
    completionUs: 0,
    tokenUs: 0,
    ...changes,
  };
}

export const ROOMY: EngineLimits = {
  kvBlocks: 100,
  maxNumSeqs: 100,
  maxNumBatchedTokens: 1000,
  maxModelLen: 1000,
};

/** Notes a row's tokens at the moment it is given back. */
class NotingTable extends RequestTable {
  readonly names = new Map<RequestId, string>();
  readonly outcomes: Record<string, Outcome> = {};

  override remove(id: RequestId): void {
    const { generatedTokens, firstTokenUs, lastTokenUs } = this.columns;
    const tokens = generatedTokens[id]!;
    const times = { firstTokenUs: firstTokenUs[id]!, lastTokenUs: lastTokenUs[id]! };
    this.outcomes[this.names.get(id)!] = tokens === 0 ? { tokens } : { tokens, ...times };
    super.remove(id);
  }
}

export class Rig {
  readonly clock = new Clock();
  readonly table = new NotingTable();
  readonly engine: Engine;
  /** The batch of each step, in order. */
  readonly batches: StepBatch[] = [];
  readonly #windows = engineWindows();
  readonly #totals = [emptyTotals(), emptyTotals()] as const;

  constructor(
    limits: Partial<EngineLimits> = {},
    stepTime: StepTime = evenSteps(),
    host: (clock: Clock) => HostMemory | undefined = () => undefined,
  ) {
    const noting: StepTime = {
      ...stepTime,
      fixedPs: (batch) => {
        this.batches.push(batch);
        return stepTime.fixedPs(batch);
      },
    };
    const { maxNumBatchedTokens } = { ...ROOMY, ...limits };
    const maxNumSeqs = Math.min(ROOMY.maxNumSeqs, maxNumBatchedTokens);
    const all = { ...ROOMY, maxNumSeqs, ...limits };
    const memory = host(this.clock);
    this.engine = new Engine(this.clock, this.table, noting, all, this.#windows, memory);
  }

  /** What became of the requests that left. */
  get outcomes(): Readonly<Record<string, Outcome>> {
    return this.table.outcomes;
  }

  submitAt(atUs: number, name: string, prompt: number, output: number, warmup = false): void {
    this.clock.at(atUs, () => {
      this.#windows[warmup ? 1 : 0].arrived();
      const id = this.table.add(atUs, prompt, output, warmup ? 1 : 0);
      this.table.names.set(id, name);
      this.engine.submit(id);
    });
  }

  /** All that was told of one class of requests so far. */
  totals(class_: 0 | 1 = 0): Totals {
    const window = this.#windows[class_].take();
    if (window) addWindow(this.#totals[class_], window);
    return this.#totals[class_];
  }
}
