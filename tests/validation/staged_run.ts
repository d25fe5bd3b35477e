// A service under inference-perf's ladder of rates, simulated as a whole scenario; it knows no measured run.

import assert from "node:assert/strict";
import type { EventOf } from "../../src/fleet/events.ts";
import type { SharedPrefix } from "../../src/scenario/load_builders.ts";
import { plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";

export type RequestRow = EventOf<"request">;

/** So many requests a second for so many seconds. */
export type Stage = readonly [rps: number, seconds: number];

export interface StagedScenario {
  readonly gpus: { readonly count: number; readonly gpus: string };
  /** An LLMInferenceService. */
  readonly service: { readonly metadata: { readonly name: string } };
  /** The first is the warm-up. */
  readonly stages: readonly Stage[];
  readonly requests: SharedPrefix;
}

export interface StageRun {
  readonly rps: number;
  readonly requests: readonly RequestRow[];
}

/** Its pods are ready long before. */
const START_S = 3600;

/**
 * inference-perf begins a stage when all of the one before is answered (`loadgen/load_generator.py`,
 * kubernetes-sigs 8f8781f). Caches do not age, so a rest that is longer than that changes nothing.
 */
const REST_S = 1200;

/**
 * All stages but the warm-up. Throws when a request fails, or a stage lasts into the next.
 *
 * Users take turns through all stages, where inference-perf began anew with each.
 */
export function stagedRun(staged: StagedScenario, seed: number): StageRun[] {
  const data = scenarioOf(staged, seed);
  const planned = plan(data);
  if ("problems" in planned) {
    throw new Error(`Cannot simulate a ladder: ${JSON.stringify(planned.problems)}`);
  }
  const rows: RequestRow[] = [];
  const simulation = new Simulation(planned, {
    data,
    recordRequests: true,
    sink: (event) => {
      if (event.kind === "request") rows.push(event);
    },
  });
  simulation.advance(simulation.durationUs);
  return byStage(staged.stages, rows).slice(1);
}

function scenarioOf({ gpus, service, stages, requests }: StagedScenario, seed: number) {
  const seconds = stages.reduce((sum, [, each]) => sum + each + REST_S, START_S);
  return {
    kind: "scenario",
    name: "ladder",
    seed,
    duration: `${seconds}s`,
    cluster: { nodes: [gpus] },
    services: [service],
    load: [{
      kind: "stages",
      name: "inference-perf",
      to: service.metadata.name,
      start: `${START_S}s`,
      // What it calls constant has exponential gaps too (`loadgen/load_timer.py`, 0949afc).
      arrivals: "poisson",
      requests,
      stages: stages.flatMap(([rps, each]) => [
        { rps, for: `${each}s` },
        { rps: 0, for: `${REST_S}s` },
      ]),
    }],
  };
}

function byStage(stages: readonly Stage[], rows: readonly RequestRow[]): StageRun[] {
  let fromUs = START_S * 1e6;
  return stages.map(([rps, seconds]) => {
    const untilUs = fromUs + (seconds + REST_S) * 1e6;
    const requests = rows.filter(({ arrivedUs }) => arrivedUs >= fromUs && arrivedUs < untilUs);
    for (const { outcome, arrivedUs, e2eUs = Infinity } of requests) {
      assert.equal(outcome, "completed", `a request of ${rps}/s ended so`);
      assert.ok(arrivedUs + e2eUs < untilUs, `${rps}/s is not answered before the next stage`);
    }
    fromUs = untilUs;
    return { rps, requests };
  });
}
