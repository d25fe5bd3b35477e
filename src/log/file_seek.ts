// The state at any instant of a log on disk. Knows no kind of event: the fold does.
import { LOG_START } from "./checkpoint.ts";
import type { Fold, LogEvent } from "./codec.ts";
import type { CheckpointIndex } from "./file_index.ts";
import type { LogEnding, LogFile } from "./file_reader.ts";

export interface Moment<S> {
  readonly state: S;
  /** Virtual time of the last event in the state, in µs; 0 before the first. */
  readonly at: number;
  /** How the log ends, when the reading came to its end. */
  readonly ending: LogEnding | undefined;
}

/**
 * The fold of every event up to and including the instant `atUs`; `Infinity` folds the whole log. With an
 * index it begins at the nearest checkpoint and adds those that are missing on its way; without, at the
 * log's begin. The state belongs to the caller. Throws a `LogReadError` when the file cannot be read.
 */
export async function stateAt<S>(
  log: LogFile,
  fold: Fold<S>,
  atUs: number,
  index?: CheckpointIndex<S>,
): Promise<Moment<S>> {
  const checkpoint = index?.nearest(atUs);
  let state = checkpoint === undefined ? fold.initial() : checkpoint.state;
  let at = checkpoint?.at ?? 0;
  let bytesSinceCheckpoint = 0;
  for await (const batch of log.batches(checkpoint ?? LOG_START)) {
    const due = countUpTo(batch.events, atUs);
    for (let i = 0; i < due; i += 1) state = fold.apply(state, batch.events[i]!);
    at = batch.events[due - 1]?.at ?? at;
    if (due < batch.events.length) return { state, at, ending: undefined };
    bytesSinceCheckpoint += batch.bytes;
    if (batch.next !== undefined && index?.wants(bytesSinceCheckpoint)) {
      index.add(batch.next, state);
      bytesSinceCheckpoint = 0;
    }
  }
  return { state, at, ending: log.ending };
}

/** How many of these events are at or before an instant. */
function countUpTo(events: readonly LogEvent[], atUs: number): number {
  const after = events.findIndex((event) => event.at > atUs);
  return after === -1 ? events.length : after;
}
