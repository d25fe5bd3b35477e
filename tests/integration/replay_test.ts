// Time travel: what a recording shows at an instant is what the live run knew then.

import { ok, strictEqual } from "node:assert/strict";
import canaryFailure from "../../scenarios/canary-failure.ts";
import { FLEET_FOLD, validateEvent } from "../../src/cli/fleet_log.ts";
import type { FleetEvent } from "../../src/fleet/events.ts";
import { fold } from "../../src/fleet/fold.ts";
import { initialState } from "../../src/fleet/state.ts";
import { CheckpointIndex } from "../../src/log/file_index.ts";
import { openLog } from "../../src/log/file_reader.ts";
import { stateAt } from "../../src/log/file_seek.ts";
import { LogFileWriter } from "../../src/log/file_writer.ts";
import { stateHash } from "../../src/log/hash.ts";
import { plan } from "../../src/scenario/plan.ts";
import { scenarioHash, Simulation } from "../../src/scenario/run.ts";
import fc from "../fast_check.ts";
import { inTempDir } from "./program.ts";

/** Small enough that seeking meets checkpoints even in this log of 3 MB. */
const CHECKPOINT_EVERY = 256 * 1024;

Deno.test("stateAt() of a recorded canary-failure equals the live fold at 100 random instants", () =>
  inTempDir(async (dir) => {
    const planned = plan(canaryFailure);
    if ("problems" in planned) throw new Error("canary-failure has problems");
    const instants = fc.sample(fc.integer({ min: 0, max: planned.scenario.duration }), {
      numRuns: 100,
      seed: 7,
    })
      .sort((a, b) => a - b);
    const path = `${dir}/run.jsonl`;
    const writer = LogFileWriter.open(path, {
      formatVersion: 1,
      mtop: "test",
      deno: "",
      v8: "",
      kind: "simulation",
      seed: 42,
      scenario: canaryFailure,
      scenarioHash: scenarioHash(canaryFailure),
      inputs: {},
    });
    const events: FleetEvent[] = [];
    const simulation = new Simulation(planned, {
      data: canaryFailure,
      sink: (event, line) => {
        writer.append(line);
        events.push(structuredClone(event));
      },
    });
    const live: string[] = [];
    for (const instant of instants) {
      simulation.advance(instant);
      live.push(stateHash(simulation.state));
    }
    simulation.advance(simulation.durationUs);
    simulation.finish();
    writer.close({ events: simulation.events, hash: simulation.hash });

    const log = await openLog(path, { validate: validateEvent });
    using index = CheckpointIndex.open(log, FLEET_FOLD, CHECKPOINT_EVERY);
    for (const round of ["while the index grows", "from the index"]) {
      for (const [place, instant] of instants.entries()) {
        const { state } = await stateAt(log, FLEET_FOLD, instant, index);
        strictEqual(stateHash(state), live[place], `at ${instant} µs ${round}`);
      }
    }
    ok(index.size > 0, "seeking met checkpoints");
    const whole = events.reduce((state, event) => fold(state, event), initialState());
    strictEqual(stateHash(whole), stateHash(simulation.state));
  }));
