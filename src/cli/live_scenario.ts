// A scenario that is simulated as what `top` shows.

import { actDone, actWords } from "../fleet/acts.ts";
import type { FleetState } from "../fleet/state.ts";
import { problemsText } from "../report/problems_text.ts";
import { plan } from "../scenario/plan.ts";
import { Simulation } from "../scenario/run.ts";
import type { LiveSource, SourceHand } from "../tui/source.ts";
import { formatInstant } from "../view/format.ts";
import type { Console } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import type { OpenedSource } from "./opened_source.ts";
import { slosOf } from "./slos.ts";

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

/** A simulation that is finished, its verdicts told, as soon as it is at its end. */
export class SimulationSource implements LiveSource {
  readonly label: string;
  readonly #simulation: Simulation;
  #ended = false;

  constructor(simulation: Simulation, label: string) {
    this.#simulation = simulation;
    this.label = label;
  }

  readonly hand: SourceHand = {
    possible: (rollout) =>
      this.#ended ? [] : this.#simulation.hand.possible(this.#serviceOf(rollout)),
    act: (rollout, act) => {
      if (this.#ended) return `Cannot ${actWords(act)} the rollout: the run is at its end`;
      const service = this.#serviceOf(rollout);
      const at = formatInstant(this.nowUs);
      return this.#simulation.hand.do({ act, service }) ?? `${actDone(act, service)} at ${at}`;
    },
    faults: () => this.#ended ? [] : this.#simulation.hand.waitingFaults,
    begin: (fault) => {
      if (this.#ended) return "Cannot begin the fault: the run is at its end";
      const at = formatInstant(this.nowUs);
      return this.#simulation.hand.do({ fault }) ?? `fault '${fault}' begun at ${at}`;
    },
  };

  #serviceOf(rollout: string): string {
    return this.state.rollouts[rollout]?.service ?? rollout;
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
