// Where a scenario is simulated: in this process, or (sandbox.ts) in a worker without permissions.

import type { FleetState } from "../fleet/state.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { Simulation } from "../scenario/run.ts";
import { drive, nowMs } from "./drive.ts";

/** What a run needs from outside. */
export interface RunRequest {
  readonly seed: number | undefined;
  readonly speed: number;
  /** Event lines are wanted, in order, as they happen. */
  readonly lines?: (lines: readonly string[]) => void;
  readonly progress: (virtualUs: number) => void;
  readonly stop: AbortSignal;
}

/** What a run leaves behind. */
export interface RunResult {
  readonly seed: number;
  readonly state: FleetState;
  readonly events: number;
  readonly hash: string;
  /** Whether it came to its end; otherwise it was stopped at `virtualUs`. */
  readonly ended: boolean;
  readonly virtualUs: number;
  readonly wallMs: number;
}

/** A scenario that was loaded, and can be run again and again. */
export interface Runner {
  /** The frozen data, not judged yet. */
  readonly data: unknown;
  run(request: RunRequest): Promise<RunResult>;
  close(): void;
}

/** Runs a plan here. */
export async function runPlan(
  planned: Plan,
  data: unknown,
  request: RunRequest,
): Promise<RunResult> {
  const startMs = nowMs();
  let pending: string[] = [];
  const { lines, seed } = request;
  const simulation = new Simulation(planned, {
    data,
    ...(seed === undefined ? {} : { seed }),
    ...(lines ? { sink: (_event: unknown, line: string) => void pending.push(line) } : {}),
  });
  const ended = await drive(simulation, {
    speed: request.speed,
    stop: request.stop,
    breath: () => {
      if (pending.length > 0) lines?.(pending);
      pending = [];
      request.progress(simulation.nowUs);
    },
  });
  return {
    seed: simulation.seed,
    state: simulation.state,
    events: simulation.events,
    hash: simulation.hash,
    ended,
    virtualUs: simulation.nowUs,
    wallMs: nowMs() - startMs,
  };
}

/** Runs in this process: for a scenario that is this process's own program. */
export function runnerHere(data: unknown): Runner {
  return {
    data,
    run: (request) => {
      const planned = plan(data);
      if ("problems" in planned) throw new Error("A scenario with problems cannot run");
      return runPlan(planned, data, request);
    },
    close: () => {},
  };
}
