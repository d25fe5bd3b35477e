// What the swarm draws from: one stream a seed.
import type { Stream } from "../../src/sim/streams.ts";

export type Data = Readonly<Record<string, unknown>>;

export class Random {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  between(minimum: number, maximum: number): number {
    return this.#stream.integer(minimum, maximum);
  }

  coin(): boolean {
    return this.between(0, 1) === 1;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)]!;
  }

  some<T>(minimum: number, maximum: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.between(minimum, maximum) }, (_, index) => make(index));
  }
}
