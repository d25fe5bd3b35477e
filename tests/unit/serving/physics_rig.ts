// An engine under a real load, seen only from outside: what arrives, its windows and its gauges.
import { type Load, loadSchema, startLoad } from "../../../src/load/loads.ts";
import { addWindow, emptyTotals, type Totals } from "../../../src/metrics/totals.ts";
import { Engine } from "../../../src/serving/engine.ts";
import { type EngineLimits, engineWindows } from "../../../src/serving/limits.ts";
import { RequestTable } from "../../../src/serving/requests.ts";
import type { StepTime } from "../../../src/serving/step_time.ts";
import { Clock, PRIORITY } from "../../../src/sim/clock.ts";
import { Streams } from "../../../src/sim/streams.ts";

const S = 1_000_000;

export interface LoadFields {
  readonly rps: number;
  readonly prompt: object;
  readonly output: object;
}

/** A Poisson load as a scenario has it. */
export function poisson(fields: LoadFields): Load {
  return loadSchema.parse({ kind: "poisson", name: "users", to: "engine", ...fields });
}

export class PhysicsRig {
  readonly clock = new Clock();
  readonly engine: Engine;
  readonly #table = new RequestTable();
  readonly #windows = engineWindows();
  readonly #totals = emptyTotals();

  constructor(limits: EngineLimits, stepTime: StepTime) {
    this.engine = new Engine(this.clock, this.#table, stepTime, limits, this.#windows);
  }

  /** A request arrives now. */
  submit(promptTokens: number, outputTokens: number): void {
    this.#windows[0].arrived();
    const id = this.#table.add(this.clock.nowUs, promptTokens, outputTokens, 0);
    this.engine.submit(id);
  }

  /** Sends a load for so many seconds; `onArrival` hears of each request before the engine does. */
  start(
    load: Load,
    seconds: number,
    { seed = 1, onArrival }: {
      seed?: number;
      onArrival?: (prompt: number, output: number) => void;
    },
  ): void {
    const streams = new Streams(seed);
    startLoad(load, {
      clock: this.clock,
      stream: (purpose) => streams.stream(`load/users/${purpose}`),
      submit: (prompt, output) => {
        onArrival?.(prompt, output);
        this.submit(prompt, output);
      },
      reserveSegments: () => 0,
      reserveSessions: () => 0,
      startUs: 0,
      endUs: seconds * S,
    });
  }

  /** Looks at the engine after everyone has acted, every so many µs. */
  observe(everyUs: number, look: (engine: Engine) => void): void {
    const fire = () => {
      this.engine.settle();
      look(this.engine);
      this.clock.after(everyUs, fire, PRIORITY.observer);
    };
    this.clock.after(everyUs, fire, PRIORITY.observer);
  }

  /** Everything told up to the present. */
  totals(): Totals {
    this.engine.settle();
    const window = this.#windows[0].take();
    if (window) addWindow(this.#totals, window);
    return this.#totals;
  }
}
