// Checkpoints: the state at a place in a log, as two lines of an index. Knows no file and no fold.
import { sha256 } from "./hash.ts";

/** An index with another number is rebuilt, never read. */
const INDEX_VERSION = 1;

/**
 * A checkpoint is due after this many bytes of uncompressed event lines: a seek then reads and folds at
 * most that much, about 80 ms at 100 MB/s.
 */
export const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/** ... and after this many times its own size, so that an index stays at a quarter of its log. */
const STATE_SHARE = 4;

/** Where the index of a log is. */
export function indexPath(logPath: string): string {
  return `${logPath}.idx`;
}

/** A place in a log where reading can begin: just after the event (`at`, `seq`). */
export interface LogPosition {
  /** Bytes of the file before it; in a compressed log those of whole frames. */
  readonly offset: number;
  /** Lines before it, the header included. */
  readonly line: number;
  readonly at: number;
  readonly seq: number;
}

/** Where every log begins. */
export const LOG_START: LogPosition = { offset: 0, line: 0, at: 0, seq: -1 };

export interface Checkpoint<S> extends LogPosition {
  readonly state: S;
}

/** The first line of a checkpoint; the second is its state, `stateBytes` long. */
export interface CheckpointHead extends LogPosition {
  /** The sha256 of the bytes just before `offset`: another log under the same header differs here. */
  readonly anchor: string;
  readonly stateBytes: number;
  readonly stateHash: string;
}

export function checkpointDue(
  bytesSinceLast: number,
  lastStateBytes: number,
  everyBytes: number = CHECKPOINT_BYTES,
): boolean {
  return bytesSinceLast >= Math.max(everyBytes, STATE_SHARE * lastStateBytes);
}

/**
 * The first line of an index, equal exactly when the index belongs to the log and the fold: `logIdentity` is
 * the sha256 of the log's header line, `foldIdentity` names the fold and its empty state.
 */
export function encodeIndexHeader(logIdentity: string, foldIdentity: string): string {
  return JSON.stringify({ formatVersion: INDEX_VERSION, log: logIdentity, fold: foldIdentity });
}

/** The two lines of a checkpoint, each with its newline. */
export function encodeCheckpoint<S>(
  checkpoint: Checkpoint<S>,
  anchor: string,
): { readonly head: CheckpointHead; readonly headLine: string; readonly stateLine: Uint8Array } {
  const { offset, line, at, seq } = checkpoint;
  const stateLine = new TextEncoder().encode(JSON.stringify(checkpoint.state) + "\n");
  const state = stateLine.subarray(0, -1);
  const head = {
    offset,
    line,
    at,
    seq,
    anchor,
    stateBytes: state.length,
    stateHash: sha256(state),
  };
  return { head, headLine: JSON.stringify(head) + "\n", stateLine };
}

/** Reads the first line of a checkpoint, or gives nothing when it is not one. */
export function decodeCheckpointHead(line: string): CheckpointHead | undefined {
  try {
    const head = JSON.parse(line);
    const numbers = [head.offset, head.line, head.at, head.seq, head.stateBytes];
    const texts = [head.anchor, head.stateHash];
    const right = numbers.every(Number.isSafeInteger) &&
      texts.every((it) => typeof it === "string");
    return right ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a checkpoint's state, or gives nothing when its bytes are not those that were written. */
export function decodeCheckpoint<S>(
  head: CheckpointHead,
  state: Uint8Array,
): Checkpoint<S> | undefined {
  if (sha256(state) !== head.stateHash) return undefined;
  const { offset, line, at, seq } = head;
  return { offset, line, at, seq, state: JSON.parse(new TextDecoder().decode(state)) };
}
