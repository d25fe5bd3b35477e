// What `top` can look at beside the mock present: a scenario that is simulated, a run that was recorded.

import { basename } from "node:path";
import type { FleetEvent } from "../fleet/events.ts";
import { fold } from "../fleet/fold.ts";
import { type FleetState, initialState } from "../fleet/state.ts";
import { type LogFile, openLog } from "../log/file_reader.ts";
import { problemsText } from "../report/problems_text.ts";
import { plan } from "../scenario/plan.ts";
import { Simulation } from "../scenario/run.ts";
import type { LiveSource } from "../tui/source.ts";
import type { SloLimits } from "../view/thresholds.ts";
import type { Console } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import { validateEvent } from "./replay.ts";
import { slosOf } from "./slos.ts";

/** A source, and the objectives of its services where it knows them. */
export interface OpenedSource {
  readonly source: LiveSource;
  readonly slos: Readonly<Record<string, SloLimits>>;
  /** It comes to an end by itself. */
  readonly finite: boolean;
  /** What is to be said when it came to its end. */
  readonly warning?: () => string | undefined;
}

/** Simulates a scenario's data; throws a `CliError` of 104 when it cannot be planned. */
export function openScenario(
  data: unknown,
  name: string,
  console: Console,
  seed?: number,
): OpenedSource {
  const planned = plan(data);
  if ("problems" in planned) {
    console.err(problemsText(name, planned.problems));
    throw new CliError(`Cannot simulate "${name}": it is no valid scenario`, EXIT.invalidScenario);
  }
  const simulation = new Simulation(planned, { data, ...(seed === undefined ? {} : { seed }) });
  const label = `scenario ${planned.scenario.name}, seed ${simulation.seed}`;
  return { source: new SimulationSource(simulation, label), slos: slosOf(planned), finite: true };
}

/** Reads a run file as its events are wanted. Throws as `openLog` does. */
export async function openRecording(path: string): Promise<OpenedSource> {
  const log = await openLog(path, { validate: validateEvent });
  const planned = plan(log.header.scenario);
  return {
    source: new LogSource(log, `log ${basename(path)}`),
    finite: true,
    slos: "problems" in planned ? {} : slosOf(planned),
    warning: () =>
      log.ending === undefined || log.ending.kind === "whole" ? undefined : log.ending.message,
  };
}

/** A simulation that is finished, its verdicts told, as soon as it is at its end. */
export class SimulationSource implements LiveSource {
  readonly label: string;
  readonly #simulation: Simulation;
  #ended = false;

  constructor(simulation: Simulation, label: string) {
    this.#simulation = simulation;
    this.label = label;
  }

  get state(): FleetState {
    return this.#simulation.state;
  }

  get nowUs(): number {
    return this.#simulation.nowUs;
  }

  get ended(): boolean {
    return this.#ended;
  }

  advance(untilUs: number, pause?: () => boolean): boolean {
    const arrived = this.#simulation.advance(untilUs, pause);
    if (arrived && !this.#ended && this.nowUs >= this.#simulation.durationUs) {
      this.#simulation.finish();
      this.#ended = true;
    }
    return arrived;
  }
}

/** A log, folded up to the instant that is asked for; it is read once, from the front. */
export class LogSource implements LiveSource {
  readonly label: string;
  readonly #batches: AsyncIterator<readonly unknown[]>;
  #state: FleetState = initialState();
  #batch: readonly FleetEvent[] = [];
  #next = 0;
  #nowUs = 0;
  #ended = false;

  constructor(log: LogFile, label: string) {
    this.label = label;
    this.#batches = log.events();
  }

  get state(): FleetState {
    return this.#state;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Throws a `LogReadError` when the file cannot be read any more. */
  async advance(untilUs: number, pause: () => boolean = () => false): Promise<boolean> {
    while (!this.#ended) {
      if (!this.#foldUntil(untilUs)) {
        this.#nowUs = Math.max(this.#nowUs, untilUs);
        return true;
      }
      const { value, done } = await this.#batches.next();
      this.#ended = done === true;
      this.#batch = done ? [] : value as readonly FleetEvent[];
      this.#next = 0;
      // After a batch, not before it: whoever always says so gets to the end all the same.
      if (!this.#ended && pause()) return false;
    }
    return true;
  }

  /** True when the batch is used up, and what comes next is still to be read. */
  #foldUntil(untilUs: number): boolean {
    for (; this.#next < this.#batch.length; this.#next++) {
      const event = this.#batch[this.#next]!;
      if (event.at > untilUs) return false;
      this.#state = fold(this.#state, event);
      this.#nowUs = Math.max(this.#nowUs, event.at);
    }
    return true;
  }
}
