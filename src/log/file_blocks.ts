// Reads a run file's bytes in blocks, decompressed. Knows files and zstd, no line.
import { constants, zstdDecompressSync } from "node:zlib";
import { readError } from "./file_error.ts";
import { LogFormatError } from "./format_error.ts";
import { frameLength, isZstd } from "./zst_frame.ts";

/** Larger blocks read no faster but leave V8 more garbage: at 1 MiB it grew by 160 MB, at 128 KiB by 85. */
const READ_BYTES = 128 * 1024;

/**
 * The most one frame may hold, compressed or not: the writer's hold 1 MiB. Deno's streaming decoder ends
 * the process on damaged data (2.9.6: an error after its first chunk is thrown where nobody can catch it),
 * so a frame is decoded at once.
 */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export interface LogBlock {
  /** Read over with the next block; take a copy to keep it. */
  readonly bytes: Uint8Array;
  /** Where in the file reading can go on after this block; nothing within a cut frame. */
  readonly next: number | undefined;
}

/** What the file begins with, for telling compressed from not; a name may say otherwise. */
export async function startsCompressed(path: string): Promise<boolean> {
  for await (const block of readRaw(path, 0)) return isZstd(block.bytes);
  return false;
}

/**
 * The file's bytes from `offset` on, which in a compressed log is where a frame begins. A cut last frame
 * gives what there is of it. Throws a `LogReadError`, or a {@linkcode LogFormatError} after the last good
 * block of a damaged file.
 */
export function readBlocks(
  path: string,
  offset: number,
  compressed: boolean,
): AsyncGenerator<LogBlock> {
  return compressed ? readFrames(path, offset) : readRaw(path, offset);
}

async function* readRaw(path: string, offset: number): AsyncGenerator<LogBlock & { next: number }> {
  const buffer = new Uint8Array(READ_BYTES);
  using file = await attempt(path, () => Deno.open(path));
  await attempt(path, () => file.seek(offset, Deno.SeekMode.Start));
  for (let next = offset;;) {
    const count = await attempt(path, () => file.read(buffer));
    if (count === null) return;
    next += count;
    yield { bytes: buffer.subarray(0, count), next };
  }
}

async function* readFrames(path: string, offset: number): AsyncGenerator<LogBlock> {
  let pending = new Uint8Array();
  let next = offset;
  for await (const block of readRaw(path, offset)) {
    pending = concat(pending, block.bytes);
    let start = 0;
    for (;;) {
      const length = measure(path, pending.subarray(start));
      if (length === undefined) break;
      next += length;
      yield { bytes: decode(path, pending.subarray(start, start + length)), next };
      start += length;
    }
    pending = pending.slice(start);
    if (pending.length > MAX_FRAME_BYTES) throw tooLarge(path);
  }
  if (isZstd(pending)) yield { bytes: decodeCut(pending), next: undefined };
}

function measure(path: string, bytes: Uint8Array): number | undefined {
  try {
    return frameLength(bytes);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function decode(path: string, frame: Uint8Array): Uint8Array {
  if (!isZstd(frame)) return new Uint8Array(); // a skippable frame
  try {
    return zstdDecompressSync(frame, { maxOutputLength: MAX_FRAME_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(path);
    throw damaged(path, cause);
  }
}

/** The whole zstd blocks of a frame whose end is missing. */
function decodeCut(frame: Uint8Array): Uint8Array {
  const options = { maxOutputLength: MAX_FRAME_BYTES, finishFlush: constants.ZSTD_e_flush };
  try {
    return zstdDecompressSync(frame, options);
  } catch {
    return new Uint8Array();
  }
}

function damaged(path: string, cause: unknown): LogFormatError {
  const error = new LogFormatError(path, "its compressed data is damaged");
  error.cause = cause;
  return error;
}

function tooLarge(path: string): LogFormatError {
  const reason =
    `it is compressed in one piece of more than 64 MiB, decompress it with "zstd -d" first`;
  return new LogFormatError(path, reason);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw readError(path, error);
  }
}
