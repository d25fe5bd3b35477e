// The analysis runs of one rollout: the one beside its steps, and those that steps wait for.

import type { Fleet } from "../fleet/fleet.ts";
import { type Process, Signal, spawn, wait, waitAtMost } from "../sim/process.ts";
import { type Analysis, AnalysisRun } from "./analysis.ts";

export class RolloutAnalyses {
  readonly #id: string;
  readonly #service: string;
  readonly #fleet: Fleet;
  /** Called with the background run when it ended without success. */
  readonly #onEnd: (run: AnalysisRun) => void;
  #background: AnalysisRun | undefined;
  #tries = -1;

  constructor(id: string, service: string, fleet: Fleet, onEnd: (run: AnalysisRun) => void) {
    this.#id = id;
    this.#service = service;
    this.#fleet = fleet;
    this.#onEnd = onEnd;
  }

  /** The run beside the steps, if it began. */
  get background(): AnalysisRun | undefined {
    return this.#background;
  }

  /** Another try of the rollout; Argo's names of its analysis runs end in `.1`, `.2`. */
  again(): void {
    this.#background = undefined;
    this.#tries++;
  }

  start(name: string, analysis: Analysis): AnalysisRun {
    const suffix = this.#tries === 0 ? "" : `.${this.#tries}`;
    return new AnalysisRun(`${this.#id}/${name}${suffix}`, analysis, this.#service, this.#fleet);
  }

  /**
   * Runs them to their ends, or for so long: then an unfinished one counts as Successful. The first that
   * ended otherwise, or undefined.
   */
  *runAll(
    analyses: readonly { readonly name: string; readonly analysis: Analysis }[],
    durationUs: number | undefined,
  ): Process<AnalysisRun | undefined> {
    const { clock } = this.#fleet;
    const endUs = durationUs === undefined ? undefined : clock.nowUs + durationUs;
    const runs = analyses.map(({ name, analysis }) => this.start(name, analysis));
    const someEnded = new Signal();
    for (const run of runs) run.over.once(() => someEnded.fire());
    try {
      while (true) {
        const bad = runs.find(({ phase }) => phase !== "Running" && phase !== "Successful");
        if (bad) return bad;
        const leftUs = endUs === undefined ? undefined : endUs - clock.nowUs;
        if (leftUs !== undefined && leftUs <= 0) return undefined;
        if (leftUs !== undefined) yield* waitAtMost(someEnded, leftUs);
        else if (runs.every(({ phase }) => phase === "Successful")) return undefined;
        else yield* wait(someEnded);
      }
    } finally {
      for (const run of runs) run.stop(); // Something else may have ended the rollout first.
    }
  }

  /** Once a try. */
  startBackground(analysis: Analysis): void {
    if (this.#background) return;
    this.#background = this.start(analysis.name, analysis);
    spawn(this.#fleet.clock, this.#watch(this.#background));
  }

  *#watch(run: AnalysisRun): Process {
    if (run.phase === "Running") yield* wait(run.over);
    if (run.phase !== "Successful" && this.#background === run) this.#onEnd(run);
  }
}
