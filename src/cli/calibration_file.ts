// The file of a calibration: where it lies, read and saved whole. Knows no measurement and no fit.

import { dirname, join } from "node:path";
import { firstIssue } from "../calibration/formats/file_run.ts";
import {
  calibrationFileName,
  calibrationSchema,
  type SavedCalibration,
} from "../calibration/saved_calibration.ts";
import { configDir } from "./directories.ts";
import { CliError } from "./exit.ts";

/** Where runs of this engine look for their calibration; undefined when there is no home. */
export function calibrationPath(calibration: SavedCalibration): string | undefined {
  const folder = configDir();
  return folder && join(folder, "calibrations", calibrationFileName(calibration));
}

/** Writes a calibration whole or not at all, also beside another process. */
export function saveCalibration(path: string, calibration: SavedCalibration): void {
  const temporary = join(dirname(path), `.${crypto.randomUUID()}.tmp`);
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(temporary, `${JSON.stringify(calibration, undefined, 2)}\n`);
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It never came about.
    }
    throw new CliError(`Cannot save the calibration "${path}": ${reasonOf(error)}`);
  }
}

/** Reads a calibration; throws a CliError with what is wrong with it. */
export function readCalibration(path: string): SavedCalibration {
  let data: unknown;
  try {
    data = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    throw new CliError(`Cannot read the calibration "${path}": ${reasonOf(error)}`);
  }
  const parsed = calibrationSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new CliError(`Cannot read the calibration "${path}": ${firstIssue(parsed.error)}`);
}

/** The system's words, without its number. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof SyntaxError) return "it is no whole JSON";
  return String((error as Error).message).split(" (os error")[0]!;
}
