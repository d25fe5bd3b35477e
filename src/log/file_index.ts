// Keeps a log's checkpoints in a file beside it. A help only: whatever goes wrong here, a reader works
// without, and says nothing.
import {
  checkpointDue,
  decodeCheckpoint,
  decodeCheckpointHead,
  encodeCheckpoint,
  encodeIndexHeader,
  indexPath,
  LOG_START,
} from "./checkpoint.ts";
import type { Checkpoint, CheckpointHead, LogPosition } from "./checkpoint.ts";
import type { Fold } from "./codec.ts";
import { readAt, writeWhole } from "./file_bytes.ts";
import type { LogFile } from "./file_reader.ts";
import { sha256, stateHash } from "./hash.ts";

/** So many bytes before a checkpoint must still be those it was made after. */
const ANCHOR_BYTES = 4096;
/** More than the first line of any checkpoint. */
const HEAD_BYTES = 1024;
const NEWLINE = 10;

interface Entry {
  readonly head: CheckpointHead;
  /** Where in the index file its state begins. */
  readonly stateOffset: number;
}

/**
 * The checkpoints of one log under one fold. Only places are in memory, states are read when asked for.
 * The first to add a checkpoint takes the index file for itself until `close()`; others read what is
 * there. The file is made with the first checkpoint, so small logs have none.
 */
export class CheckpointIndex<S> implements Disposable {
  readonly #logPath: string;
  readonly #path: string;
  readonly #header: Uint8Array;
  readonly #everyBytes: number | undefined;
  #entries: Entry[] = [];
  #file: Deno.FsFile | undefined;
  #writable = true;

  private constructor(log: LogFile, fold: Fold<S>, everyBytes?: number) {
    this.#everyBytes = everyBytes;
    this.#logPath = log.path;
    this.#path = indexPath(log.path);
    const foldIdentity = stateHash([fold.id ?? "", fold.initial()]);
    const header = encodeIndexHeader(log.identity, foldIdentity);
    this.#header = new TextEncoder().encode(header + "\n");
  }

  /** `everyBytes` of event lines are between checkpoints, `CHECKPOINT_BYTES` when not given. */
  static open<S>(log: LogFile, fold: Fold<S>, everyBytes?: number): CheckpointIndex<S> {
    const index = new CheckpointIndex(log, fold, everyBytes);
    index.#entries = orElse([], () => {
      using file = Deno.openSync(index.#path);
      return scan(file, index.#header).entries;
    });
    return index;
  }

  /** How many checkpoints it holds. */
  get size(): number {
    return this.#entries.length;
  }

  /** The last checkpoint at or before an instant. */
  nearest(atUs: number): Checkpoint<S> | undefined {
    const entry = this.#entries.findLast(({ head }) => head.at <= atUs);
    if (entry === undefined) return undefined;
    const checkpoint = orElse(undefined, () => this.#load(entry));
    // Another log under the same header, or a damaged index: none of it can be trusted.
    if (checkpoint === undefined) this.#clear();
    return checkpoint;
  }

  /** Whether a checkpoint would help here, so many bytes of lines after the last one. */
  wants(bytesSinceLast: number): boolean {
    const lastStateBytes = this.#entries.at(-1)?.head.stateBytes ?? 0;
    return this.#writable && checkpointDue(bytesSinceLast, lastStateBytes, this.#everyBytes);
  }

  /** Takes the state at a place after all checkpoints so far. */
  add(place: LogPosition, state: S): void {
    try {
      this.#file ??= this.#own();
      if (this.#file === undefined || place.offset <= this.#end().offset) return;
      const { head, headLine, stateLine } = encodeCheckpoint(
        { ...place, state },
        this.#anchor(place.offset),
      );
      const start = this.#file.seekSync(0, Deno.SeekMode.End);
      const headBytes = new TextEncoder().encode(headLine);
      writeWhole(this.#file, headBytes);
      writeWhole(this.#file, stateLine);
      this.#entries.push({ head, stateOffset: start + headBytes.length });
    } catch {
      this.#writable = false;
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#writable = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(): LogPosition {
    return this.#entries.at(-1)?.head ?? LOG_START;
  }

  #load(entry: Entry): Checkpoint<S> | undefined {
    if (this.#anchor(entry.head.offset) !== entry.head.anchor) return undefined;
    using file = Deno.openSync(this.#path);
    return decodeCheckpoint(entry.head, readAt(file, entry.stateOffset, entry.head.stateBytes));
  }

  #anchor(offset: number): string {
    using log = Deno.openSync(this.#logPath);
    const start = Math.max(0, offset - ANCHOR_BYTES);
    return sha256(readAt(log, start, offset - start));
  }

  /** Takes the index file for this process, and rids it of what is stale or torn. */
  #own(): Deno.FsFile | undefined {
    const file = Deno.openSync(this.#path, { read: true, write: true, create: true });
    if (!file.tryLockSync(true)) {
      file.close();
      this.#writable = false;
      return undefined;
    }
    const { entries, end } = scan(file, this.#header);
    this.#entries = entries;
    file.truncateSync(end);
    file.seekSync(end, Deno.SeekMode.Start);
    if (end === 0) writeWhole(file, this.#header);
    return file;
  }

  #clear(): void {
    this.#entries = [];
    orElse(undefined, () => {
      this.#file ??= this.#own();
      this.#file?.truncateSync(this.#header.length);
      this.#entries = [];
    });
  }
}

/** The whole checkpoints of an index file and where they end; that is 0 when it is of something else. */
function scan(file: Deno.FsFile, header: Uint8Array): { entries: Entry[]; end: number } {
  const size = file.statSync().size;
  const entries: Entry[] = [];
  if (sha256(readAt(file, 0, header.length)) !== sha256(header)) return { entries, end: 0 };
  let end = header.length;
  for (;;) {
    const bytes = readAt(file, end, HEAD_BYTES);
    const length = bytes.indexOf(NEWLINE) + 1;
    const head = decodeCheckpointHead(new TextDecoder().decode(bytes.subarray(0, length)));
    if (head === undefined) break;
    const stateOffset = end + length;
    const next = stateOffset + head.stateBytes + 1;
    if (next > size || head.offset <= (entries.at(-1)?.head.offset ?? 0)) break;
    entries.push({ head, stateOffset });
    end = next;
  }
  return { entries, end };
}

function orElse<T>(fallback: T, action: () => T): T {
  try {
    return action();
  } catch {
    return fallback;
  }
}
