// `mtop run --top`: the run drives the live table instead of the other way round; its log and verdicts stay.

import { Simulation } from "../scenario/run.ts";
import { liveTable } from "../tui/live_table.ts";
import type { LiveSource } from "../tui/source.ts";
import { Terminal } from "../tui/terminal.ts";
import type { CliContext } from "./context.ts";
import { nowMs } from "./drive.ts";
import { CliError } from "./exit.ts";
import { SimulationSource } from "./live_scenario.ts";
import type { Runner, RunRequest } from "./runner.ts";
import { slosOf } from "./slos.ts";
import { planTop } from "./top_plan.ts";

/**
 * Runs a plan under the eyes of its user, who pauses, steps and changes the speed; who quits before its
 * end has stopped it. Throws a `CliError` where there is no terminal to draw on.
 */
export function runnerOnScreen(context: CliContext): Runner {
  if (!planTop([], { speed: 1 }, context).drawn) {
    throw new CliError("Cannot show the run live: standard output is no terminal");
  }
  return async (planned, data, request) => {
    if (planned.policies?.elsewhere !== undefined) {
      throw new CliError(
        "Cannot show the run live: the scenario has code of its own, which runs apart; record it " +
          "with --record run.jsonl, and look at it with mtop replay run.jsonl -w",
      );
    }
    const startMs = nowMs();
    const { seed, recordRequests = false, acts = [], speed } = request;
    const lines: string[] = [];
    const simulation = new Simulation(planned, {
      ...{ data, seed, recordRequests, acts },
      ...(request.lines ? { sink: (_event: unknown, line: string) => void lines.push(line) } : {}),
    });
    const label = `scenario ${planned.scenario.name}, seed ${seed}`;
    const source = new SimulationSource(simulation, label);
    const { frame, sort, refreshMs } = planTop([], { speed }, context);
    const rows = { ...frame.rows, slos: slosOf(planned) };
    const controls = { sort, scroll: 0, paused: false, speed, help: false, stepUs: 0 };
    {
      using terminal = new Terminal();
      const options = { controls, refreshMs, frame: { ...frame, rows } };
      await liveTable(recorded(source, lines, request), terminal, options);
    }
    return {
      ...{ seed, ended: source.ended, wallMs: nowMs() - startMs },
      ...{ state: simulation.state, events: simulation.events, hash: simulation.hash },
      virtualUs: simulation.nowUs,
      ...(simulation.hand.done.length > 0 ? { acts: simulation.hand.done } : {}),
    };
  };
}

/** The same source, whose lines go to whoever records them as it goes on, and as somebody acts. */
function recorded(source: SimulationSource, lines: string[], request: RunRequest): LiveSource {
  const telling = <T>(result: T): T => {
    if (lines.length > 0) request.lines?.(lines.splice(0));
    return result;
  };
  // No other run does again what a person did.
  const kept = <T>(result: T): T => {
    telling(result);
    request.flush?.();
    return result;
  };
  return {
    get state() {
      return source.state;
    },
    get nowUs() {
      return source.nowUs;
    },
    get ended() {
      return source.ended;
    },
    label: source.label,
    hand: {
      possible: (rollout) => source.hand.possible(rollout),
      faults: () => source.hand.faults(),
      act: (rollout, act) => kept(source.hand.act(rollout, act)),
      begin: (fault) => kept(source.hand.begin(fault)),
    },
    advance: (untilUs, pause) => telling(source.advance(untilUs, pause)),
  };
}
