// A workload on a clock: what a server told of it, read second by second to the end. It knows neither
// the engine nor its reference.
import assert from "node:assert/strict";
import { type EngineWindows, engineWindows } from "../../../src/serving/limits.ts";
import type { StepTime } from "../../../src/serving/step_time.ts";
import { Clock, PRIORITY } from "../../../src/sim/clock.ts";
import type { History, Sample } from "./reference_history.ts";
import type { ReferenceRequest, RequestRecord } from "./reference_task.ts";
import { stepTimeOf, type Workload } from "./reference_workloads.ts";

/** More than any workload needs: an engine that never comes to an end is found here. */
const MOST_SAMPLES = 2000;
const MOST_POLLS = 1000;
/** How many of the prompts are looked up in the prefix cache after each period. */
const LOOKED_UP = 8;

/**
 * What comes from outside comes before an engine acts at the same instant, but for the end of its
 * process, which comes after: so no order within an instant is left open.
 */
const BEFORE_ENGINE = PRIORITY.engine - 1;
const AFTER_ENGINE = PRIORITY.engine + 1;

export type Windows = EngineWindows;

/** Since the last call; times in which steps were in progress, and those with prompts in them. */
export interface Counts {
  readonly outputTokens: number;
  readonly preemptions: number;
  readonly busyUs: number;
  readonly prefillUs: number;
}

/** What the driver needs of either engine. */
export interface Server {
  /** By the number of the submission. */
  readonly records: readonly RequestRecord[];
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
  /** Of such a prompt, in the prefix cache. */
  cachedTokens(request: ReferenceRequest): number;
  submit(index: number, request: ReferenceRequest): void;
  abort(index: number): void;
  crash(): void;
  freeze(): void;
  /** Beside what steps take, costs are those it was built with. */
  retime(stepTime: StepTime): void;
  /** Brings windows and counts up to the present. */
  settle(): void;
  takeCounts(): Counts;
}

/** Puts a workload on a clock and reads windows and gauges until the last request ended. */
export function observe(
  workload: Workload,
  build: (clock: Clock, windows: Windows) => Server,
): History {
  const clock = new Clock();
  const windows = engineWindows();
  const server = build(clock, windows);
  const quietUs = schedule(workload, clock, server, windows);
  let polls = 0;
  const poll = () => {
    assert.ok(++polls < MOST_POLLS, `the clock does not get past ${clock.nowUs} µs`);
    return false;
  };
  const lookedUp = workload.submissions.filter(({ request }) => request.content).slice(-LOOKED_UP);
  const samples: Sample[] = [];
  let over = false;
  while (!over && samples.length < MOST_SAMPLES) {
    clock.runUntil(clock.nowUs + workload.periodUs, poll);
    server.settle();
    samples.push({
      atUs: clock.nowUs,
      measured: windows[0].take(),
      warmup: windows[1].take(),
      running: server.running,
      waiting: server.waiting,
      usedBlocks: server.usedBlocks,
      ...server.takeCounts(),
      cachedTokens: lookedUp.map(({ request }) => server.cachedTokens(request)).join(),
    });
    over = server.running + server.waiting === 0 && clock.nowUs >= quietUs;
  }
  return { records: server.records, samples };
}

/** All that comes from outside; returns the time from which on nothing does. */
function schedule(workload: Workload, clock: Clock, server: Server, windows: Windows): number {
  const { submissions, aborts, breaks, retimings = [], periodUs } = workload;
  for (const [index, { atUs, request }] of submissions.entries()) {
    clock.at(atUs, () => {
      windows[request.warmup ? 1 : 0].arrived(request.load);
      server.submit(index, request);
    }, BEFORE_ENGINE);
  }
  for (const { atUs, index } of aborts) clock.at(atUs, () => server.abort(index), BEFORE_ENGINE);
  for (const { atUs, how } of breaks) clock.at(atUs, () => server[how](), AFTER_ENGINE);
  for (const { atUs, costs } of retimings) {
    // In turn before and after an engine that acts at the same instant.
    const priority = atUs % 2 === 0 ? BEFORE_ENGINE : AFTER_ENGINE;
    clock.at(atUs, () => server.retime(stepTimeOf(costs)), priority);
  }
  const lastUs = Math.max(...[...submissions, ...aborts, ...breaks].map(({ atUs }) => atUs), 0);
  // A frozen engine holds what it has until it is declared dead.
  const frozen = breaks.some(({ how }) => how === "freeze");
  const quietUs = lastUs + periodUs;
  if (frozen) clock.at(quietUs, () => server.crash(), AFTER_ENGINE);
  return quietUs;
}
