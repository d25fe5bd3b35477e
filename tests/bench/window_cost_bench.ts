// What windows cost once their second was counted: columns, take, fold, line, hash; nothing warm. And what
// they cost where three loads are told apart.
import type { Fact, FleetEvent } from "../../src/fleet/events.ts";
import { Journal } from "../../src/fleet/journal.ts";
import { podColumns } from "../../src/fleet/pod_columns.ts";
import { encodeEvent } from "../../src/log/codec.ts";
import { RunHash } from "../../src/log/hash.ts";
import type { CountedLoad } from "../../src/metrics/load_window.ts";
import {
  type PodColumns,
  WindowAccumulator,
  type WindowMetrics,
} from "../../src/metrics/window.ts";
import { Clock } from "../../src/sim/clock.ts";
import { judged } from "./processes.ts";

/** An hour of one revision. */
const SECONDS = 3600;
const PODS = 8;
/** About as often as the Mooncake conversation trace (12,031 requests in 59 minutes). */
const REQUESTS_PER_SECOND = 3;
const STEPS_PER_SECOND = 40;
const LIMIT_US = 8;

let drawn = 1;
/** An integer below `below`: Park and Miller's generator, which needs no BigInt to be exact. */
function draw(below: number): number {
  drawn = drawn * 48_271 % 0x7fff_ffff;
  return drawn % below;
}

type Loads = readonly (CountedLoad | undefined)[];

/** All of them one load's. */
const ONE: Loads = [undefined];
/** A request a second of each; the first is told by what the others leave. */
const THREE: Loads = [undefined, { name: "batch", timed: true }, { name: "eval", timed: true }];

/**
 * A second as the engines tell it: decode steps that grow with the context, and a few requests. Requests of
 * all loads are in every pod's batch, and each step is told of each.
 */
function fill(window: WindowAccumulator, second: number, loads: Loads): void {
  for (let pod = 0; pod < PODS; pod++) {
    const stepUs = 14_000 + 900 * pod + 13 * (second % 60);
    const tokens = Math.ceil((3 + pod) / loads.length);
    for (let step = 0; step < STEPS_PER_SECOND; step += 8) {
      for (const load of loads) window.tokens(stepUs + 4 * step, 8 * tokens, load);
    }
    const prompts = 60_000 + draw(200_000);
    for (const load of loads) window.tokens(prompts, tokens, load);
  }
  for (let request = 0; request < REQUESTS_PER_SECOND; request++) {
    const load = loads[request % loads.length];
    window.arrived(load);
    window.queued(draw(20_000), load);
    window.firstToken(300_000 + draw(1_500_000), 12_000 + draw(9_000), load);
    const [ttftUs, tpotUs] = [300_000 + draw(1_500_000), 15_000 + draw(9_000)];
    window.completed(ttftUs, tpotUs, 5_000_000 + draw(9_000_000), 0, undefined, 0, load);
  }
}

const pods = Array.from({ length: PODS }, (_, pod) => ({
  name: `llama-kserve-6d8f7c9b5-x${pod}z9q`,
  engine: {
    running: 3 + pod,
    waiting: pod % 3,
    usedBlocks: 2_000 + 314 * pod,
    kvBlocks: 9_000,
    takeCounts: () => ({
      outputTokens: STEPS_PER_SECOND * (3 + pod),
      promptTokens: 1_000 * pod,
      prefixQueries: 0,
      prefixHits: 0,
      preemptions: 0,
      busyUs: 700_000,
      prefillUs: 90_000,
    }),
  },
}));

let window = new WindowAccumulator({ ttftUs: 2_000_000 });
const clock = new Clock();
const hash = new RunHash();
let told: FleetEvent;
const journal = new Journal(clock, (event) => void (told = event));

/** The parts of what a window costs, in their order. */
const parts = {
  "columns": () => void (columns = podColumns(pods)),
  "take": () => void (measured = window.take()!),
  "tell and fold": () => {
    const fact = { kind: "window", service: "chat", revision: "stable", measured, pods: columns };
    journal.tell(fact as Fact);
  },
  "line": () => void (line = encodeEvent(told)),
  "hash": () => hash.add(line),
};
let columns: PodColumns;
let measured: WindowMetrics;
let line: string;

/** Runs the seconds from one to another and puts a clock around each group of parts; µs a window. */
function cost(fromSecond: number, groups: readonly (() => void)[], loads = ONE): number[] {
  const spentMs = groups.map(() => 0);
  for (let second = fromSecond; second < fromSecond + SECONDS; second++) {
    clock.runUntil(second * 1_000_000);
    fill(window, second, loads);
    for (const [index, group] of groups.entries()) {
      const startMs = performance.now();
      group();
      spentMs[index]! += performance.now() - startMs;
    }
  }
  return spentMs.map((ms) => ms * 1000 / SECONDS);
}

journal.tell({
  kind: "run.started",
  scenario: "bench",
  scenarioHash: "",
  durationUs: 4 * SECONDS * 1_000_000,
  warmupUs: 0,
  keepSeconds: 60,
  seed: 1,
  calibration: {},
  slo: [],
});
const whole = () => {
  parts.columns();
  parts.take();
  parts["tell and fold"]();
  parts.line();
  parts.hash();
};
const [coldUs = 0] = cost(1, [whole]);
const log = hash.digest().slice(0, 12);
const warmUs = cost(1 + SECONDS, Object.values(parts));
const characters = line!.length;

window = new WindowAccumulator({ ttftUs: 2_000_000 });
// Once before, as the others ran.
cost(1 + 2 * SECONDS, [whole], THREE);
const threeUs = cost(1 + 3 * SECONDS, Object.values(parts), THREE);

const us = (value: number) => `${value.toFixed(2).padStart(6)} µs`;
console.log(`windows of ${PODS} pods, a line of ${characters} characters, log ${log}`);
console.log(
  `  the first ${SECONDS}   ${us(coldUs)} each, limit ${LIMIT_US}: ${judged(coldUs, LIMIT_US)}`,
);
console.log(`  the next, in parts (to read the clock takes 0.2 µs):`);
for (const [index, part] of Object.keys(parts).entries()) {
  console.log(`    ${part.padEnd(14)} ${us(warmUs[index]!)}`);
}
console.log(`of three loads, a line of ${line!.length} characters, warm:`);
for (const [index, part] of Object.keys(parts).entries()) {
  console.log(`    ${part.padEnd(14)} ${us(threeUs[index]!)}`);
}
