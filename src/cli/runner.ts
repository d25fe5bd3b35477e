// A plan simulated in this process: what goes in, what comes out.

import type { FleetState } from "../fleet/state.ts";
import type { DoneByHand } from "../scenario/hand.ts";
import type { Plan } from "../scenario/plan.ts";
import { Simulation } from "../scenario/run.ts";
import { drive, nowMs } from "./drive.ts";
import { refuseMachineChance } from "./machine_chance.ts";

/** What a run needs from outside. */
export interface RunRequest {
  readonly seed: number;
  readonly speed: number;
  /** Event lines are wanted, in order, as they happen; the run waits until they are taken. */
  readonly lines?: (lines: readonly string[]) => void | Promise<void>;
  /** What was told so far is to be kept at once: somebody did something. */
  readonly flush?: () => void;
  /** Single requests are told as well. */
  readonly recordRequests?: boolean;
  /** What was done by hand and is to be done again; of no scenario with code of its own. */
  readonly acts?: readonly DoneByHand[];
  readonly progress: (virtualUs: number) => void;
  /** Absent: whoever stops it ends the whole thread. */
  readonly stop?: AbortSignal | undefined;
}

/** Runs a plan; `data` is the frozen scenario that it was made from. */
export type Runner = (planned: Plan, data: unknown, request: RunRequest) => Promise<RunResult>;

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
  /** What was done by hand; absent: nothing. */
  readonly acts?: readonly DoneByHand[];
}

/** Runs a plan; `data` is the frozen scenario it was made from. */
export function runPlan(planned: Plan, data: unknown, request: RunRequest): Promise<RunResult> {
  // Where its own code is: who loaded it says so.
  const elsewhere = planned.policies?.elsewhere as Runner | undefined;
  return (elsewhere ?? runHere)(planned, data, request);
}

async function runHere(
  planned: Plan,
  data: unknown,
  request: RunRequest,
): Promise<RunResult> {
  const startMs = nowMs();
  using _ = planned.policies ? refuseMachineChance() : undefined;
  let pending: string[] = [];
  const { lines, seed, recordRequests = false, acts = [] } = request;
  const simulation = new Simulation(planned, {
    data,
    seed,
    recordRequests,
    acts,
    ...(lines ? { sink: (_event: unknown, line: string) => void pending.push(line) } : {}),
  });
  const ended = await drive(simulation, {
    speed: request.speed,
    stop: request.stop,
    breath: async () => {
      const told = pending;
      pending = [];
      request.progress(simulation.nowUs);
      if (told.length > 0) await lines?.(told);
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
    ...(simulation.hand.done.length > 0 ? { acts: simulation.hand.done } : {}),
  };
}
