// A source and a screen without anything behind them, for the loops between the two.

import type { FleetState } from "../../../src/fleet/state.ts";
import type { LiveSource, SourceHand } from "../../../src/tui/source.ts";
import type { Screen, ScreenListener, Size } from "../../../src/tui/terminal.ts";
import { sampleFleet } from "../view/sample_fleet.ts";

/** Goes on at once, or by so many µs a call where it is slow. */
export class FakeSource implements LiveSource {
  readonly state: FleetState;
  readonly hand?: SourceHand;
  readonly label = "fake";
  readonly #endUs: number;
  slowUs: number;
  nowUs = 0;
  calls = 0;

  constructor(
    { endUs = Infinity, slowUs = Infinity, state = sampleFleet(), hand }: {
      readonly endUs?: number;
      readonly slowUs?: number;
      readonly state?: FleetState;
      readonly hand?: SourceHand;
    } = {},
  ) {
    this.state = state;
    if (hand) this.hand = hand;
    this.#endUs = endUs;
    this.slowUs = slowUs;
  }

  get ended(): boolean {
    return this.nowUs >= this.#endUs;
  }

  advance(untilUs: number): boolean {
    this.calls++;
    const until = Math.min(untilUs, this.#endUs);
    this.nowUs = Math.min(until, this.nowUs + this.slowUs);
    return this.nowUs >= until;
  }
}

/** Keeps every frame; `until` waits for one that says something. */
export class FakeScreen implements Screen {
  readonly frames: string[] = [];
  size: Size = { columns: 80, rows: 16 };
  gone = false;
  forgotten = 0;
  #listener: ScreenListener | undefined;
  #drawn = () => {};

  draw(lines: readonly string[]): boolean {
    this.frames.push(lines.join("\n"));
    this.#drawn();
    return !this.gone;
  }

  forget(): void {
    this.forgotten++;
  }

  listen(listener: ScreenListener): void {
    this.#listener = listener;
  }

  get user(): ScreenListener {
    if (!this.#listener) throw new Error("Nobody listens to the screen");
    return this.#listener;
  }

  get last(): string {
    return this.frames.at(-1) ?? "";
  }

  async until(words: RegExp): Promise<string> {
    for (let tries = 0; tries < 200; tries++) {
      if (words.test(this.last)) return this.last;
      await new Promise<void>((resolve) => {
        this.#drawn = resolve;
        setTimeout(resolve, 25);
      });
    }
    throw new Error(`No frame says ${words}:\n${this.last}`);
  }
}
