// One workload through the engine and through its reference: what they told, and what happened.
import assert from "node:assert/strict";
import { Engine } from "../../../src/serving/engine.ts";
import { type RequestId, RequestTable } from "../../../src/serving/requests.ts";
import type { StepTime } from "../../../src/serving/step_time.ts";
import type { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";
import { ReferenceEngine } from "./engine_reference.ts";
import { type Difference, firstDifference } from "./reference_history.ts";
import { observe, type Server, type Windows } from "./reference_run.ts";
import type {
  Happening,
  ReferenceRequest,
  ReferenceStep,
  RequestRecord,
} from "./reference_task.ts";
import { stepTimeOf, type Workload, workloads } from "./reference_workloads.ts";

/** The engine with requests by number, noted when they end, while their row can be read. */
class NotingEngine implements Server {
  readonly records: RequestRecord[] = [];
  readonly #table = new RequestTable();
  readonly #engine: Engine;
  readonly #indexes = new Map<RequestId, number>();
  readonly #clock: Clock;

  constructor(clock: Clock, { costs, limits }: Workload, windows: Windows) {
    this.#clock = clock;
    this.#engine = new Engine(clock, this.#table, stepTimeOf(costs), limits, windows);
    this.#engine.onEnd = (id, outcome) => {
      this.records[this.#indexes.get(id)!] = { ...this.#read(id), outcome, endedUs: clock.nowUs };
      this.#indexes.delete(id);
    };
  }

  get running(): number {
    return this.#engine.running;
  }

  get waiting(): number {
    // The reference counts those in the API server as well.
    return this.#engine.inFlight - this.#engine.running;
  }

  get usedBlocks(): number {
    return this.#engine.usedBlocks;
  }

  cachedTokens({ prompt, content, adapter }: ReferenceRequest): number {
    return this.#engine.cachedTokens(prompt, content, adapter);
  }

  submit(index: number, request: ReferenceRequest): void {
    const { prompt, output, warmup = false, priority, adapter, load, content } = request;
    const kind = {
      ...(priority === undefined ? {} : { priority }),
      ...(adapter === undefined ? {} : { adapter }),
      ...(load === undefined ? {} : { countedAs: load }),
    };
    const id = this.#table.add(this.#clock.nowUs, prompt, output, warmup ? 1 : 0, kind, content);
    this.#indexes.set(id, index);
    this.#engine.submit(id);
  }

  abort(index: number): void {
    for (const [id, other] of this.#indexes) if (other === index) this.#engine.abort(id);
  }

  crash(): void {
    this.#engine.crash();
  }

  freeze(): void {
    this.#engine.freeze();
  }

  retime(stepTime: StepTime): void {
    this.#engine.retime(stepTime);
  }

  settle(): void {
    this.#engine.settle();
  }

  takeCounts() {
    const { outputTokens, preemptions, busyUs, prefillUs } = this.#engine.takeCounts();
    return { outputTokens, preemptions, busyUs, prefillUs };
  }

  #read(id: RequestId): RequestRecord {
    const columns = this.#table.columns;
    const generatedTokens = columns.generatedTokens[id]!;
    const scheduledUs = columns.scheduledUs[id]!;
    return {
      arrivedUs: columns.arrivedUs[id]!,
      generatedTokens,
      cachedTokens: columns.cachedTokens[id]!,
      preemptions: columns.preemptions[id]!,
      ...(scheduledUs >= 0 ? { scheduledUs } : {}),
      ...(generatedTokens === 0 ? {} : {
        firstTokenUs: columns.firstTokenUs[id]!,
        lastTokenUs: columns.lastTokenUs[id]!,
      }),
    };
  }
}

export interface Comparison {
  readonly difference: Difference | undefined;
  readonly happenings: ReadonlyMap<Happening, number>;
  /** The reference's, for the eye. */
  readonly steps: readonly ReferenceStep[];
}

export function compare(workload: Workload): Comparison {
  let reference: ReferenceEngine | undefined;
  const expected = observe(workload, (clock, windows) => {
    return reference = new ReferenceEngine(
      clock,
      stepTimeOf(workload.costs),
      workload.limits,
      windows,
    );
  });
  const actual = observe(workload, (clock, windows) => new NotingEngine(clock, workload, windows));
  const { happenings, steps } = reference!;
  return { difference: firstDifference(expected, actual), happenings, steps };
}

/** Throws an AssertionError that tells the first difference and the reference's steps around it. */
export function assertEqual({ difference, steps }: Comparison): void {
  if (difference === undefined) return;
  const { atUs, what, expected, actual } = difference;
  const after = steps.findIndex(({ endUs }) => endUs > atUs);
  const last = after < 0 ? steps.length : after + 1;
  const around = steps.slice(Math.max(0, last - 6), last)
    .map(({ atUs, endUs, batch }) => `  ${atUs} to ${endUs} µs: ${batch}`);
  assert.fail([
    `${what}: the engine says ${actual}, the reference ${expected}`,
    "steps of the reference (request, phase, tokens):",
    ...around,
  ].join("\n"));
}

/** The workload of a seed, for runs by the thousand. */
export function workloadOf(seed: number): Workload {
  return fc.sample(fc.noBias(workloads), { seed, numRuns: 1 })[0]!;
}

/** Throws like `assertEqual`. */
export function compareOnce(seed: number): void {
  assertEqual(compare(workloadOf(seed)));
}
