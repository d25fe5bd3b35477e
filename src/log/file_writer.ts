// Writes a run file, in blocks and never twice. Knows lines and files, no event.
import { constants, zstdCompressSync } from "node:zlib";
import { indexPath } from "./checkpoint.ts";
import { encodeFooter, encodeHeader } from "./codec.ts";
import type { LogFooter, LogHeader } from "./codec.ts";
import { readAt, writeWhole } from "./file_bytes.ts";
import { LogWriteError, writeError } from "./file_error.ts";
import { isZstd } from "./zst_frame.ts";

/** Lines wait until they are this much: 64 KiB writes 7 times as fast as a line a write. */
const PLAIN_BLOCK_CHARS = 64 * 1024;
/** One zstd frame each: smaller ones compress worse, larger ones are lost whole with a kill -9. */
const ZST_BLOCK_CHARS = 1024 * 1024;

/** How every header begins, see `encodeHeader`. */
const LOG_BEGIN = `{"formatVersion":`;

const ZST_OPTIONS = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/**
 * One run file being written. Opening throws a {@linkcode LogWriteError}; after that nothing throws: the
 * first error is kept in `failed`, what follows it is dropped, and what was on disk stays, so that a
 * simulation can finish and tell. Lines are on disk at the latest after `flush()`.
 */
export class LogFileWriter implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #compressed: boolean;
  #pending = "";
  #failed: LogWriteError | undefined;
  #closed = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
    this.#compressed = path.endsWith(".zst");
  }

  /** Takes the file for this process alone, empties it and writes the header. */
  static open(path: string, header: LogHeader): LogFileWriter {
    const writer = new LogFileWriter(path, openExclusive(path));
    writer.append(encodeHeader(header));
    writer.flush();
    if (writer.#failed === undefined) return writer;
    writer.close();
    throw writer.#failed;
  }

  /** The first error, if there was one. */
  get failed(): LogWriteError | undefined {
    return this.#failed;
  }

  /** Takes lines without their newlines. */
  append(lines: string | readonly string[]): void {
    if (this.#failed !== undefined || this.#closed) return;
    if (typeof lines === "string") this.#pending += lines + "\n";
    else for (const line of lines) this.#pending += line + "\n";
    const full = this.#compressed ? ZST_BLOCK_CHARS : PLAIN_BLOCK_CHARS;
    if (this.#pending.length >= full) this.flush();
  }

  flush(): void {
    if (this.#pending === "" || this.#failed !== undefined || this.#closed) return;
    const bytes = new TextEncoder().encode(this.#pending);
    this.#pending = "";
    try {
      writeWhole(this.#file, this.#compressed ? zstdCompressSync(bytes, ZST_OPTIONS) : bytes);
    } catch (error) {
      this.#failed = writeError(this.path, error);
    }
  }

  /** Ends the file; without a footer it reads as a run that died. */
  close(footer?: LogFooter): void {
    if (this.#closed) return;
    if (footer !== undefined) this.append(encodeFooter(footer));
    this.flush();
    this.#closed = true;
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Empties the file only after its lock was won, so that a second recording leaves the first one whole. */
function openExclusive(path: string): Deno.FsFile {
  let file: Deno.FsFile;
  try {
    refusePipe(path);
    file = Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw writeError(path, error);
  }
  try {
    // A pipe or a device is nobody's alone, and cannot be emptied.
    if (!file.statSync().isFile) return file;
    if (!tryLock(file)) throw new LogWriteError(path, "another process is recording to it");
    if (!isOurs(file)) throw new LogWriteError(path, "it holds something else than an mtop log");
    file.truncateSync(0);
    removeIndex(path);
    return file;
  } catch (error) {
    file.close();
    throw writeError(path, error);
  }
}

/** Opening a pipe waits for its reader, and no signal ends that. */
function refusePipe(path: string): void {
  try {
    if (!Deno.statSync(path).isFifo) return;
  } catch {
    return;
  }
  throw new LogWriteError(path, "it is a pipe: use -o ndjson and a redirection");
}

/** An empty file, or an earlier log: nothing of a user's own is written over. */
function isOurs(file: Deno.FsFile): boolean {
  const begin = readAt(file, 0, LOG_BEGIN.length);
  file.seekSync(0, Deno.SeekMode.Start);
  return begin.length === 0 || isZstd(begin) ||
    LOG_BEGIN.startsWith(new TextDecoder().decode(begin));
}

/** File systems without locks (some network ones) throw: there the file is taken without one. */
function tryLock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

/** The index of the log that was here before can only mislead. */
function removeIndex(path: string): void {
  try {
    Deno.removeSync(indexPath(path));
  } catch {
    // There is none, as a rule; a stale one is noticed by its readers.
  }
}
