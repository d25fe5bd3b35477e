// The first event in which two run files differ: their bytes are compared, and only what differs is read.

import { Buffer } from "node:buffer";
import { decodeLine, type LogEvent, type LogFooter } from "./codec.ts";
import { readBlocks, startsCompressed } from "./file_blocks.ts";
import type { LogFile } from "./file_reader.ts";
import { LogFormatError } from "./format_error.ts";
import { LineSplitter, MAX_LINE_BYTES } from "./lines.ts";

const NEWLINE = 10;

/** One event of each; undefined where a log has no more. */
export interface EventPair {
  readonly a: LogEvent | undefined;
  readonly b: LogEvent | undefined;
}

export interface LogComparison {
  /** The first events, `run.started`: they differ wherever scenario or seed do. */
  readonly started: EventPair;
  /** The first pair after these that is not the same to the byte; undefined: there is none. */
  readonly first: EventPair | undefined;
  /** What stands at the end where no event differs; a log without one died, or goes on. */
  readonly footers: { readonly a: LogFooter | undefined; readonly b: LogFooter | undefined };
}

/**
 * Reads both as far as they are the same, in bounded memory. Throws a `LogReadError` when a file cannot be
 * read, a {@linkcode LogFormatError} where one is damaged before a difference.
 */
export async function compareLogs(a: LogFile, b: LogFile): Promise<LogComparison> {
  const [left, right] = [new Lines(a.path), new Lines(b.path)];
  try {
    await left.next();
    await right.next();
    const started = { a: (await left.entry()).event, b: (await right.entry()).event };
    const tail = await passEqual(left, right);
    const last = tail === undefined ? undefined : decoded(tail, a.path);
    const [onLeft, onRight] = [await left.entry(), await right.entry()];
    const differs = onLeft.event !== undefined || onRight.event !== undefined;
    return {
      started,
      first: differs ? { a: onLeft.event, b: onRight.event } : undefined,
      footers: { a: onLeft.footer ?? last?.footer, b: onRight.footer ?? last?.footer },
    };
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

/** Goes on while lines are the same; the last of them, if there was one. */
async function passEqual(left: Lines, right: Lines): Promise<Uint8Array | undefined> {
  let last: Uint8Array | undefined;
  while (await left.fill() && await right.fill()) {
    const length = Math.min(left.rest.length, right.rest.length);
    const [ours, theirs] = [left.rest.subarray(0, length), right.rest.subarray(0, length)];
    const same = samePrefix(ours, theirs);
    const end = same === 0 ? 0 : ours.lastIndexOf(NEWLINE, same - 1) + 1;
    if (end === 0) return last;
    last = lastLine(ours.subarray(0, end));
    left.pass(end);
    right.pass(end);
    if (same < length) return last;
  }
  return last;
}

/** A copy: what it lies in is read over. */
function lastLine(bytes: Uint8Array): Uint8Array {
  return bytes.slice(bytes.lastIndexOf(NEWLINE, bytes.length - 2) + 1, -1);
}

/** How many bytes at the begin are the same, found by halves: comparing two pieces is native. */
function samePrefix(a: Uint8Array, b: Uint8Array): number {
  if (equal(a, b)) return a.length;
  let [same, differs] = [0, a.length];
  while (differs - same > 1) {
    const middle = (same + differs) >> 1;
    if (equal(a.subarray(same, middle), b.subarray(same, middle))) same = middle;
    else differs = middle;
  }
  return same;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}

interface Entry {
  readonly event?: LogEvent;
  readonly footer?: LogFooter;
}

function decoded(line: Uint8Array, path: string): Entry {
  try {
    return decodeLine(new TextDecoder().decode(line), path, 0);
  } catch {
    // Lines that are the same are not counted.
    throw new LogFormatError(path, "it holds a line that is no event");
  }
}

/** A file's bytes cut at line ends; only the lines at hand are in memory. */
class Lines {
  /** Whole lines that were read and not passed. */
  rest: Uint8Array = new Uint8Array();
  readonly #path: string;
  readonly #splitter = new LineSplitter();
  #blocks: AsyncGenerator<{ bytes: Uint8Array }> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads on where nothing is at hand; false at the end. A last line without its newline is none. */
  async fill(): Promise<boolean> {
    this.#blocks ??= readBlocks(this.#path, 0, await startsCompressed(this.#path));
    while (this.rest.length === 0) {
      const { value, done } = await this.#blocks.next();
      if (done) return false;
      this.rest = this.#splitter.push(value.bytes);
      if (this.#splitter.carriedBytes > MAX_LINE_BYTES) {
        throw new LogFormatError(this.#path, "a line is longer than 64 MiB");
      }
    }
    return true;
  }

  pass(bytes: number): void {
    this.rest = this.rest.subarray(bytes);
  }

  /** The next line, taken. */
  async next(): Promise<Uint8Array | undefined> {
    if (!await this.fill()) return undefined;
    const end = this.rest.indexOf(NEWLINE) + 1;
    const line = this.rest.subarray(0, end - 1);
    this.pass(end);
    return line;
  }

  /** What the next line says, taken. */
  async entry(): Promise<Entry> {
    const line = await this.next();
    return line === undefined ? {} : decoded(line, this.#path);
  }

  async close(): Promise<void> {
    await this.#blocks?.return(undefined);
  }
}
