// Hashes that say whether two runs, two texts or two states are the same. Knows no file.
import { createHash } from "node:crypto";

/** Lines are gathered to this many characters before they are hashed: one call costs more than 1 KB. */
const CHUNK_CHARS = 64 * 1024;

/**
 * The hash of a run: sha256 over its event lines, each followed by a newline. Header and footer are no
 * part of it, so that the same run told by another version of mtop has the same hash.
 */
export class RunHash {
  readonly #hash = createHash("sha256");
  #pending = "";
  #events = 0;

  /** Takes one event line, without its newline. */
  add(line: string): void {
    this.#events += 1;
    this.#pending += line + "\n";
    if (this.#pending.length >= CHUNK_CHARS) this.#drain();
  }

  get events(): number {
    return this.#events;
  }

  /** The hash of the lines so far, in hex; more lines may follow. */
  digest(): string {
    this.#drain();
    return this.#hash.copy().digest("hex");
  }

  #drain(): void {
    this.#hash.update(this.#pending);
    this.#pending = "";
  }
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The hash of plain JSON data, whatever the order of its keys. */
export function stateHash(state: unknown): string {
  return sha256(JSON.stringify(state, withSortedKeys) ?? "null");
}

function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
}
