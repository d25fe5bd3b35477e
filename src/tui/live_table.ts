// The live screen: a source moved on, its frame drawn, keys taken, until somebody wants it to end.

import { columnHelp } from "../view/columns.ts";
import { type Frame, frame, type FrameOptions } from "../view/frame.ts";
import { type Act, actWords, chosenRollout, rolloutRows } from "../view/rollout_rows.ts";
import { apply, type Asked, type Controls, type Shown } from "./controls.ts";
import { parseKeys } from "./key_names.ts";
import { type Action, actionOf, hintsOf, keyLines, MOST_CHOICES, type Situation } from "./keys.ts";
import { Pace } from "./pace.ts";
import type { LiveSource } from "./source.ts";
import type { Screen, SignalName } from "./terminal.ts";

export interface LiveOptions {
  readonly controls: Controls;
  /** Wall ms from one frame to the next, while time goes on. */
  readonly refreshMs: number;
  readonly frame: Omit<FrameOptions, "width" | "height" | "label">;
}

/** Why it ended; a reader that went away has quit. */
export type LiveEnd = "quit" | SignalName;

/** At most 30 frames a second, however fast the keys come. */
const LEAST_FRAME_MS = 33;

const nowMs = () => performance.now();

/** Shows the source until `q`, a signal, or the terminal's own end. */
export function liveTable(
  source: LiveSource,
  screen: Screen,
  options: LiveOptions,
): Promise<LiveEnd> {
  return new LiveTable(source, screen, options).run();
}

class LiveTable {
  readonly #source: LiveSource;
  readonly #screen: Screen;
  readonly #options: LiveOptions;
  readonly #pace: Pace;
  readonly #bell = new Bell();
  readonly #keys: string[] = [];
  #signal: SignalName | undefined;
  #controls: Controls;
  #shown: Frame = { lines: [], scroll: 0, page: 1, columns: [] };
  /** Of the last frame: whoever presses a key means what is to be seen. */
  #rollouts: Rollouts = { rollouts: [], rollout: undefined };
  #drawnMs = -Infinity;
  /** Something is to be seen that the frame does not show yet. */
  #changed = true;

  constructor(source: LiveSource, screen: Screen, options: LiveOptions) {
    this.#source = source;
    this.#screen = screen;
    this.#options = options;
    this.#controls = options.controls;
    this.#pace = new Pace(source, nowMs);
    screen.listen({
      typed: (text) => this.#on(() => this.#keys.push(...parseKeys(text))),
      resized: () => this.#on(() => this.#changed = true),
      signalled: (signal) => this.#on(() => this.#signal ??= signal),
    });
  }

  async run(): Promise<LiveEnd> {
    for (;;) {
      for (const key of this.#keys.splice(0)) this.#press(key);
      const end = this.#end();
      if (end !== undefined) return end;
      const arrived = await this.#advance();
      if (this.#dueMs() <= nowMs() && !this.#draw()) return this.#signal ?? "quit";
      await this.#bell.rung(arrived ? this.#dueMs() - nowMs() : 0);
    }
  }

  #on(happened: () => void): void {
    happened();
    this.#bell.ring();
  }

  #end(): LiveEnd | undefined {
    if (this.#signal !== undefined) return this.#signal;
    const { ending } = this.#controls;
    return ending === "interrupt" ? "SIGINT" : ending;
  }

  #press(key: string): void {
    const action = actionOf(key, this.#situation());
    // What was typed behind the key that ends it was for whoever comes next.
    if (action === undefined || this.#controls.ending !== undefined) return;
    if (action.kind === "redraw") this.#screen.forget();
    const { scroll, asking } = this.#controls;
    const shown = { ...this.#shown, ...this.#rollouts, scroll };
    this.#controls = { ...apply(this.#controls, action, shown), notice: undefined };
    if (action.kind === "act") this.#want(action);
    if (action.kind === "fault") this.#askFault();
    if (asking) this.#answer(asking, action);
    this.#changed = true;
  }

  /** Asks first where that is wanted, and where there is something to ask. */
  #want({ act, asks }: Extract<Action, { kind: "act" }>): void {
    const { rollout } = this.#rollouts;
    if (rollout === undefined) this.#say(`Cannot ${actWords(act)} a rollout: none has begun`);
    else if (asks && this.#source.hand?.possible(rollout).includes(act)) {
      this.#controls = { ...this.#controls, asking: { act, rollout } };
    } else this.#act(act, rollout);
  }

  #act(act: Act, rollout: string): void {
    // It stays the marked one, wherever it stands from now on.
    this.#controls = { ...this.#controls, rollout };
    this.#say(
      this.#source.hand?.act(rollout, act) ??
        `Cannot ${actWords(act)} the rollout: ${this.#source.label} is only to be looked at`,
    );
  }

  #askFault(): void {
    const faults = this.#source.hand?.faults() ?? [];
    if (faults.length > 0) this.#controls = { ...this.#controls, asking: { faults } };
    else this.#say("Cannot begin a fault: there is none that waits for its time");
  }

  #answer(asked: Asked, action: Action): void {
    if ("act" in asked && action.kind === "answer" && action.yes) {
      this.#act(asked.act, asked.rollout);
    }
    if (!("faults" in asked) || action.kind !== "choice") return;
    const fault = asked.faults[action.place];
    if (fault !== undefined) this.#say(this.#source.hand?.begin(fault));
  }

  #say(notice: string | undefined): void {
    this.#controls = { ...this.#controls, notice };
  }

  /** True when the source is where it ought to be. */
  async #advance(): Promise<boolean> {
    const { speed, stepUs } = this.#controls;
    const beforeUs = this.#source.nowUs;
    if (stepUs > 0) this.#controls = { ...this.#controls, stepUs: 0 };
    const arrived = await this.#pace.advance(this.#paused ? 0 : speed, stepUs);
    // A step and the end are to be seen at once, the rest at the next refresh.
    if (this.#still && this.#source.nowUs !== beforeUs) this.#changed = true;
    return arrived;
  }

  /** Whoever is asked decides about the instant that is to be seen. */
  get #paused(): boolean {
    return this.#controls.paused || this.#controls.asking !== undefined;
  }

  /** Nothing happens by itself. */
  get #still(): boolean {
    return this.#paused || this.#source.ended;
  }

  /** When the next frame is due, on the wall clock; never while there is nothing new to see. */
  #dueMs(): number {
    if (this.#changed) return this.#drawnMs + LEAST_FRAME_MS;
    return this.#still ? Infinity : this.#drawnMs + this.#options.refreshMs;
  }

  /** False once nobody reads any more. */
  #draw(): boolean {
    const { columns: width, rows: height } = this.#screen.size;
    const { sort, scroll, speed, help, notice, rollout } = this.#controls;
    const { label, nowUs, state, ended } = this.#source;
    const rows = rolloutRows(state, this.#options.frame.rows);
    const chosen = chosenRollout(rows, rollout)?.id;
    this.#rollouts = { rollouts: rows.map(({ id }) => id), rollout: chosen };
    const question = this.#question();
    const view = {
      ...{ sort, scroll, speed, paused: this.#paused, ended, hints: hintsOf(this.#situation()) },
      ...(chosen === undefined ? {} : { rollout: chosen }),
      ...(notice === undefined ? {} : { notice }),
      ...(question === undefined ? {} : { question }),
      ...(help ? { help: HELP } : {}),
    };
    this.#shown = frame(state, nowUs, view, { ...this.#options.frame, label, width, height });
    this.#controls = { ...this.#controls, scroll: this.#shown.scroll };
    this.#drawnMs = nowMs();
    this.#changed = false;
    return this.#screen.draw(this.#shown.lines);
  }

  #situation(): Situation {
    const { paused, help, asking } = this.#controls;
    const { rollouts, rollout } = this.#rollouts;
    const { ended, hand } = this.#source;
    return {
      ...{ paused, help, ended, rollouts: rollouts.length },
      acts: rollout === undefined ? [] : hand?.possible(rollout) ?? [],
      faults: hand?.faults().length ?? 0,
      asking: asking && ("act" in asking ? "yesOrNo" : asking.faults),
    };
  }

  /** `Abort the rollout of chat?`, `Begin which fault?` */
  #question(): string | undefined {
    const { asking } = this.#controls;
    if (!asking) return undefined;
    if ("faults" in asking) {
      const { length } = asking.faults;
      return length > MOST_CHOICES
        ? `Begin which fault, of the first ${MOST_CHOICES} of ${length}?`
        : "Begin which fault?";
    }
    const words = `${actWords(asking.act)} the rollout of `;
    const service = this.#source.state.rollouts[asking.rollout]?.service ?? asking.rollout;
    return `${words[0]!.toUpperCase()}${words.slice(1)}${service}?`;
  }
}

type Rollouts = Pick<Shown, "rollouts" | "rollout">;

const HELP = ["Keys", ...keyLines(), "", "Columns", ...columnHelp()];

/** Something to wait for that comes by itself after a while, or at once when it is rung. */
class Bell {
  #wake: (() => void) | undefined;
  #rang = false;

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Infinite ms wait for the bell alone; none still let signals and input through. */
  async rung(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const rest = this.#rang ? 0 : Math.max(0, ms);
    const timer = rest === Infinity ? undefined : setTimeout(resolve, rest);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
    this.#rang = false;
  }
}
