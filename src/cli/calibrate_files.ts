// The files that `mtop calibrate` is given: measurements, and their hashes. Knows no format.

import type { FileRun } from "../calibration/formats/file_run.ts";
import { readMeasuredRuns } from "../calibration/formats/read.ts";
import { encodeFooter } from "../log/codec.ts";
import { openLog } from "../log/file_reader.ts";
import { sha256 } from "../log/hash.ts";
import { reasonOf } from "./calibration_file.ts";
import { CliError } from "./exit.ts";
import { validateEvent } from "./fleet_log.ts";

/** V8 holds no longer strings, and a longer file is no single run. */
const MAX_BYTES = 400_000_000;

export interface Measurements {
  readonly path: string;
  readonly sha256: string;
  readonly runs: readonly FileRun[];
}

/** Reads one file; throws a CliError with what is wrong with it. */
export async function readMeasurements(path: string): Promise<Measurements> {
  const bytes = told(path, () => {
    const { size, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new Error("it is a folder");
    if (size > MAX_BYTES) {
      throw new Error(`it has ${Math.round(size / 1e6)} MB, and ${MAX_BYTES / 1e6} is the most`);
    }
    return Deno.readFileSync(path);
  });
  const text = isCompressed(bytes) ? await recordingText(path) : told(path, () => decode(bytes));
  const read = readMeasuredRuns(text, path);
  if ("problem" in read) throw new CliError(read.problem);
  return { path, sha256: sha256(bytes), runs: read.runs };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is no text");
  }
}

/** The magic number of zstd. */
function isCompressed(bytes: Uint8Array): boolean {
  return [0x28, 0xb5, 0x2f, 0xfd].every((byte, index) => bytes[index] === byte);
}

/** Head, rows and end of a compressed recording: no other event counts. */
async function recordingText(path: string): Promise<string> {
  const log = await openLog(path, { validate: validateEvent });
  const lines = [JSON.stringify({ formatVersion: log.header.formatVersion })];
  for await (const batch of log.batches()) {
    lines.push(...batch.lines.filter((_, index) => batch.events[index]!.kind === "request"));
  }
  const { ending } = log;
  if (ending?.kind === "corrupt") throw new CliError(`Cannot read "${path}": ${ending.message}`);
  if (ending?.kind === "whole") lines.push(encodeFooter(ending.footer));
  return lines.join("\n");
}

function told<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CliError(`Cannot read "${path}": ${reasonOf(error)}`);
  }
}
