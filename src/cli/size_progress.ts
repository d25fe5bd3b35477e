// How far the search for a size is: what is tried, and how many sizes were, on a terminal's last line.

import { type Console, ProgressLine } from "./console.ts";

export class SizeProgress {
  readonly #line: ProgressLine;
  readonly #seeds: number;
  #tried = 0;

  constructor(console: Console, seeds: number) {
    this.#line = new ProgressLine(console);
    this.#seeds = seeds;
  }

  /** A size is tried; call what it returns at the end of each seed. */
  begin(size: string): () => void {
    let done = 0;
    const show = () => {
      const seeds = `${done} of ${this.#seeds} seeds`;
      const tried = this.#tried === 1 ? "1 size tried" : `${this.#tried} sizes tried`;
      this.#line.show(`${tried}, now ${size}: ${seeds}`);
    };
    show();
    return () => {
      done++;
      if (done === this.#seeds) this.#tried++;
      show();
    };
  }

  clear(): void {
    this.#line.clear();
  }
}
