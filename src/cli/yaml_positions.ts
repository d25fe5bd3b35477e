// Where the keys of a YAML document stand in its text. Knows no schema.

import { type Event, EVENT_ID, getScalarValue, parseEvents } from "js-yaml";

/** Counted from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

type Path = readonly (string | number)[];

/**
 * The position of each key and of each entry of a list, by `positionKey` of its path; of the first
 * document only. Of text that is not YAML it throws what js-yaml does.
 */
export function keyPositions(text: string): ReadonlyMap<string, Position> {
  return new Walk(text).positions;
}

export function positionKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

class Walk {
  readonly positions = new Map<string, Position>();
  readonly #text: string;
  readonly #events: readonly Event[];
  /** The first event is that of the document. */
  #next = 1;

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, {});
    if (this.#events.length > 0) this.#value([]);
  }

  #value(path: Path): void {
    const event = this.#events[this.#next++];
    if (event?.type === EVENT_ID.MAPPING) {
      while (!this.#ended()) this.#value([...path, this.#key(path)]);
    } else if (event?.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; !this.#ended(); index++) {
        this.#mark([...path, index], this.#events[this.#next]);
        this.#value([...path, index]);
      }
    }
  }

  /** A key that is no scalar has no path. */
  #key(path: Path): string {
    const event = this.#events[this.#next];
    if (event?.type !== EVENT_ID.SCALAR) {
      this.#value([...path, ""]);
      return "";
    }
    this.#next++;
    const key = getScalarValue(this.#text, event);
    this.#mark([...path, key], event);
    return key;
  }

  /** Whether the collection ends here; steps over its end. */
  #ended(): boolean {
    const event = this.#events[this.#next];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#next++;
    return true;
  }

  #mark(path: Path, event: Event | undefined): void {
    const offset = event?.type === EVENT_ID.SCALAR
      ? event.valueStart
      : event !== undefined && "start" in event
      ? event.start
      : undefined;
    if (offset === undefined) return;
    const before = this.#text.slice(0, offset).split("\n");
    const position = { line: before.length, column: before.at(-1)!.length + 1 };
    this.positions.set(positionKey(path), position);
  }
}
