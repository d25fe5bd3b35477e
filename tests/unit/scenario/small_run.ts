// A small scenario as data, and whole runs of scenarios with everything they told.
import assert from "node:assert/strict";
import type { EventKind, EventOf, FleetEvent } from "../../../src/fleet/events.ts";
import type { FleetState } from "../../../src/fleet/state.ts";
import { type Plan, plan } from "../../../src/scenario/plan.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { llm } from "../fleet/small_fleet.ts";

export interface Run {
  readonly simulation: Simulation;
  readonly state: FleetState;
  readonly events: readonly FleetEvent[];
  readonly lines: readonly string[];
  of<K extends EventKind>(kind: K): EventOf<K>[];
}

/** Data of a scenario of 10 minutes: `chat` of an 8B model on H100s, 2 requests a second. */
export function smallScenario(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    kind: "scenario",
    name: "small",
    duration: "10m",
    cluster: { nodes: [{ count: 3, gpus: "2xH100-SXM" }] },
    services: [llm("chat", { replicas: 2 })],
    load: [{
      kind: "poisson",
      name: "users",
      to: "chat",
      rps: 2,
      prompt: { kind: "fixed", tokens: 200 },
      output: { kind: "uniform", min: 1, max: 100 },
    }],
    ...fields,
  };
}

export function planned(data: unknown): Plan {
  const result = plan(data);
  if ("problems" in result) assert.fail(JSON.stringify(result.problems, null, 2));
  return result;
}

export function problems(data: unknown): Record<string, string> {
  const result = plan(data);
  assert.ok("problems" in result, "the scenario has no problem");
  return Object.fromEntries(result.problems.map(({ path, message }) => [path, message]));
}

interface RunOptions {
  readonly seed?: number;
  readonly recordRequests?: boolean;
  /** Called after each event, with the state that it led to. */
  readonly each?: (event: FleetEvent, state: FleetState) => void;
}

/** Runs to the end in one piece. */
export function run(data: unknown, { seed, each, recordRequests }: RunOptions = {}): Run {
  const events: FleetEvent[] = [];
  const lines: string[] = [];
  // The first events are told before the constructor returns: nobody to ask for the state then.
  const begun: { simulation?: Simulation } = {};
  const simulation = new Simulation(planned(data), {
    data,
    ...(seed === undefined ? {} : { seed }),
    ...(recordRequests === undefined ? {} : { recordRequests }),
    sink: (event, line) => {
      events.push(event);
      lines.push(line);
      if (begun.simulation) each?.(event, begun.simulation.state);
    },
  });
  begun.simulation = simulation;
  simulation.advance(simulation.durationUs);
  simulation.finish();
  return {
    simulation,
    state: simulation.state,
    events,
    lines,
    of: (kind) => events.filter((event) => event.kind === kind) as never,
  };
}
