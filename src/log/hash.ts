// Hashes that say whether two runs, two texts or two states are the same. Knows no file.
import { createHash } from "node:crypto";

/** Lines are gathered to about this many bytes before they are hashed: one call costs more than 1 KB. */
const CHUNK_BYTES = 192 * 1024;
/** A UTF-16 unit takes at most this many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
const NEWLINE = 10;

/**
 * The hash of a run: sha256 over its event lines, each followed by a newline. Header and footer are no
 * part of it, so that the same run told by another version of mtop has the same hash.
 */
export class RunHash {
  readonly #hash = createHash("sha256");
  readonly #encoder = new TextEncoder();
  readonly #pending = new Uint8Array(CHUNK_BYTES);
  #pendingBytes = 0;
  #events = 0;

  /** Takes one event line, without its newline. */
  add(line: string): void {
    this.#events += 1;
    const most = line.length * BYTES_PER_UNIT + 1;
    if (this.#pendingBytes + most > CHUNK_BYTES) this.#drain();
    if (most > CHUNK_BYTES) {
      this.#hash.update(line + "\n");
      return;
    }
    const { written } = this.#encoder.encodeInto(line, this.#pending.subarray(this.#pendingBytes));
    this.#pending[this.#pendingBytes + written] = NEWLINE;
    this.#pendingBytes += written + 1;
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
    this.#hash.update(this.#pending.subarray(0, this.#pendingBytes));
    this.#pendingBytes = 0;
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
