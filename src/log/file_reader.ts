// Reads a run file as a stream, in bounded memory. Knows nothing of what the events mean.
import { LOG_START } from "./checkpoint.ts";
import type { LogPosition } from "./checkpoint.ts";
import { decodeHeader } from "./codec.ts";
import type { LogEvent, LogHeader, Validate } from "./codec.ts";
import { readBlocks, startsCompressed } from "./file_blocks.ts";
import { LogReadError, readError } from "./file_error.ts";
import { LogFormatError } from "./format_error.ts";
import { RunHash, sha256 } from "./hash.ts";
import { EventReader, linesOf, LineSplitter, MAX_LINE_BYTES } from "./lines.ts";
import type { LogEnding } from "./lines.ts";

export type { LogEnding } from "./lines.ts";

/** What a header begins with, as `encodeHeader` writes it. */
const HEADER_BEGIN = `{"formatVersion":`;

/** The events of one block of the file (128 KiB) or of one zstd frame (about 1 MiB), in order. */
export interface LogBatch {
  readonly events: readonly LogEvent[];
  /** The text of each event, without its newline. */
  readonly lines: readonly string[];
  /** Uncompressed bytes of the lines. */
  readonly bytes: number;
  /** Where reading can go on after this batch, if it can. */
  readonly next: LogPosition | undefined;
}

export interface OpenLogOptions {
  /** Asked about every event read; what it says makes the log's ending `corrupt`. */
  readonly validate?: Validate;
}

/** A log on disk. It holds no open file: every reading opens its own and closes it. */
export class LogFile {
  readonly path: string;
  readonly header: LogHeader;
  /** The sha256 of the header line. */
  readonly identity: string;
  readonly #compressed: boolean;
  readonly #validate: Validate | undefined;
  #ending: LogEnding | undefined;

  constructor(path: string, headerLine: string, compressed: boolean, validate?: Validate) {
    this.path = path;
    this.header = decodeHeader(headerLine, path);
    this.identity = sha256(headerLine);
    this.#compressed = compressed;
    this.#validate = validate;
  }

  /** How the log ends; known after a reading came to its end. */
  get ending(): LogEnding | undefined {
    return this.#ending;
  }

  /**
   * The events after `from` in batches. What is wrong with the text only ends the reading, see
   * {@linkcode LogFile.ending}; a `LogReadError` is thrown when the file itself cannot be read.
   */
  async *events(from?: LogPosition): AsyncGenerator<readonly LogEvent[]> {
    for await (const batch of this.batches(from)) {
      if (batch.events.length > 0) yield batch.events;
    }
  }

  /** As `events`, with the text of the events and the places between. */
  async *batches(from: LogPosition = LOG_START): AsyncGenerator<LogBatch> {
    const reader = new EventReader(this.path, from, this.#validate);
    const splitter = new LineSplitter();
    try {
      for await (const block of readBlocks(this.path, from.offset, this.#compressed)) {
        const bytes = splitter.push(block.bytes);
        checkCarried(splitter, this.path);
        const lines = linesOf(bytes);
        if (lines.length > 0 && reader.line === 0) reader.takeHeader(lines.shift(), this.identity);
        const events = reader.take(lines);
        const offset = this.#nextOffset(block.next, splitter.carriedBytes);
        const next = offset === undefined ? undefined : reader.positionAt(offset);
        yield { events, lines: lines.slice(0, events.length), bytes: bytes.length, next };
        if (reader.ending !== undefined) break;
      }
      reader.finish(splitter.carriedBytes);
    } catch (error) {
      if (!(error instanceof LogFormatError)) throw error;
      reader.fail(error);
    }
    this.#ending = reader.ending;
  }

  /** In a compressed log reading can only begin with a frame. */
  #nextOffset(blockEnd: number | undefined, carriedBytes: number): number | undefined {
    if (blockEnd === undefined || (this.#compressed && carriedBytes > 0)) return undefined;
    return blockEnd - carriedBytes;
  }
}

/** Throws a `LogReadError` when there is no file to read, a `LogFormatError` when it is no log. */
export async function openLog(path: string, options: OpenLogOptions = {}): Promise<LogFile> {
  await checkRegularFile(path);
  const compressed = await startsCompressed(path);
  return new LogFile(path, await readHeaderLine(path, compressed), compressed, options.validate);
}

export interface Integrity {
  /** Whether the event lines are, to the byte, what the run wrote. */
  readonly ok: boolean;
  readonly events: number;
  readonly actualHash: string;
  /** What the footer says, if there is one. */
  readonly expectedEvents: number | undefined;
  readonly expectedHash: string | undefined;
  readonly ending: LogEnding;
  /** Why it is not `ok`, in one sentence. */
  readonly message: string | undefined;
}

/**
 * Reads a log whole and compares it with its footer; `seen` gets all events on the way. Throws as
 * {@linkcode openLog} does.
 */
export async function verifyIntegrity(
  path: string,
  seen: (events: readonly LogEvent[]) => void = () => {},
): Promise<Integrity> {
  const log = await openLog(path);
  const hash = new RunHash();
  for await (const batch of log.batches()) {
    for (const line of batch.lines) hash.add(line);
    seen(batch.events);
  }
  const ending = log.ending;
  if (ending === undefined) throw new Error("A reading came to its end without an ending");
  const footer = ending.kind === "whole" ? ending.footer : undefined;
  const actualHash = hash.digest();
  const ok = footer?.hash === actualHash;
  return {
    ok,
    events: hash.events,
    actualHash,
    expectedEvents: footer?.events,
    expectedHash: footer?.hash,
    ending,
    message: ok ? undefined : integrityMessage(path, ending),
  };
}

function integrityMessage(path: string, ending: LogEnding): string {
  if (ending.kind !== "whole") return ending.message;
  return `"${path}" was changed after it was written: its events do not have the hash of its footer`;
}

async function checkRegularFile(path: string): Promise<void> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw new LogReadError(path, "it is a directory");
    // Opening a pipe waits for ever, and a log is read more than once.
    if (!isFile) throw new LogReadError(path, "it is not a regular file");
  } catch (error) {
    throw readError(path, error);
  }
}

async function readHeaderLine(path: string, compressed: boolean): Promise<string> {
  const splitter = new LineSplitter();
  let begin = "";
  let empty = true;
  for await (const { bytes } of readBlocks(path, 0, compressed)) {
    empty = false;
    if (begin === "") begin = new TextDecoder().decode(bytes.subarray(0, HEADER_BEGIN.length));
    if (!begin.startsWith("{") && begin !== "") break;
    const [line] = linesOf(splitter.push(bytes));
    if (line !== undefined) return line;
    checkCarried(splitter, path);
  }
  if (empty) throw new LogFormatError(path, "the file is empty");
  const cut = begin.startsWith(HEADER_BEGIN) || HEADER_BEGIN.startsWith(begin);
  throw new LogFormatError(path, cut ? "its header is cut off" : "this is not an mtop log");
}

function checkCarried(splitter: LineSplitter, path: string): void {
  if (splitter.carriedBytes > MAX_LINE_BYTES) {
    throw new LogFormatError(path, "a line is longer than 64 MiB");
  }
}
