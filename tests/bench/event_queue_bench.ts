/**
 * The hold model (pop the earliest event, push one at +Exp) on our queue and on npm's flatqueue,
 * interleaved in one run: `deno task bench event_queue`. Prints medians, and fails when
 * ours is at 100,000 pending events below 0.8 of flatqueue as it comes.
 *
 * flatqueue does less: it promises no order at equal times, cannot cancel and returns no handle.
 * It is measured as it comes (plain arrays that grow, an action an item) and with a fixed capacity
 * (typed arrays, an integer an item). Every candidate has a loop of its own, so that the compiler
 * can inline its queue.
 */
// deno-lint-ignore no-import-prefix -- measured against, never used
import FlatQueue from "npm:flatqueue@3.1.0";
import { EventQueue } from "../../src/sim/event_queue.ts";
import { judged, median } from "./processes.ts";

interface Candidate {
  readonly name: string;
  push(timeUs: number): void;
  /** Pops the earliest event and pushes one a gap later, `count` times. */
  hold(count: number): void;
}

const SIZES = [1e3, 1e5, 1e6];
const ROUNDS = 11;
/** The size that is judged, and the least share of flatqueue's rate. */
const JUDGED_SIZE = 1e5;
const LEAST_SHARE = 0.8;
const HOLDS_A_ROUND = 1e6;
const MEAN_GAP_US = 1e6;

/** Drawn before the stopwatch starts, so that all candidates get the same gaps for free. */
const GAP_MASK = 0xffff;
const GAPS_US = Float64Array.from(
  { length: GAP_MASK + 1 },
  () => Math.round(-Math.log(1 - Math.random()) * MEAN_GAP_US),
);

/** Two actions, so that no queue is measured with a constant. */
const ACTIONS = [() => {}, () => {}] as const;

function ours(): Candidate {
  const queue = new EventQueue();
  return {
    name: "EventQueue",
    push: (timeUs) => void queue.push(timeUs, 10, ACTIONS[0]),
    hold: (count) => {
      for (let i = 0; i < count; i++) {
        queue.pop();
        queue.push(queue.lastTimeUs + GAPS_US[i & GAP_MASK]!, 10, ACTIONS[i & 1]!);
      }
    },
  };
}

function flatGrowing(): Candidate {
  const queue = new FlatQueue<() => void>();
  return {
    name: "flatqueue",
    push: (timeUs) => queue.push(ACTIONS[0], timeUs),
    hold: (count) => {
      for (let i = 0; i < count; i++) {
        const timeUs = queue.peekValue()!;
        queue.pop();
        queue.push(ACTIONS[i & 1]!, timeUs + GAPS_US[i & GAP_MASK]!);
      }
    },
  };
}

function flatFixed(size: number): Candidate {
  const queue = new FlatQueue<number>(size);
  return {
    name: "flatqueue, fixed",
    push: (timeUs) => queue.push(0, timeUs),
    hold: (count) => {
      for (let i = 0; i < count; i++) {
        const timeUs = queue.peekValue()!;
        queue.pop();
        queue.push(i & 1, timeUs + GAPS_US[i & GAP_MASK]!);
      }
    },
  };
}

function millionHoldsPerSecond(candidate: Candidate): number {
  const startMs = performance.now();
  candidate.hold(HOLDS_A_ROUND);
  return HOLDS_A_ROUND / (performance.now() - startMs) / 1000;
}

console.log("pending  queue             M pop+push/s  ours / it");
for (const size of SIZES) {
  const candidates = [ours(), flatGrowing(), flatFixed(size)];
  const rates: number[][] = candidates.map(() => []);
  for (const candidate of candidates) {
    for (let i = 0; i < size; i++) candidate.push(GAPS_US[i & GAP_MASK]! + (i & 7));
    millionHoldsPerSecond(candidate); // warms up
  }
  for (let round = 0; round < ROUNDS; round++) {
    candidates.forEach((candidate, i) => rates[i]!.push(millionHoldsPerSecond(candidate)));
  }
  const medians = rates.map(median);
  candidates.forEach((candidate, i) =>
    console.log(
      `${size.toExponential(0).padEnd(7)}  ${candidate.name.padEnd(16)}` +
        `  ${medians[i]!.toFixed(2).padStart(12)}  ${(medians[0]! / medians[i]!).toFixed(2)}`,
    )
  );
  if (size === JUDGED_SIZE) {
    // Of each round by itself: what slows the machine down slows both.
    const share = median(rates[0]!.map((rate, round) => rate / rates[1]![round]!));
    console.log(
      `         ours / flatqueue, median of ${ROUNDS} rounds: ${share.toFixed(2)}, ` +
        `target ${LEAST_SHARE}: ${judged(LEAST_SHARE / share, 1)}`,
    );
  }
}
