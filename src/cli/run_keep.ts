// Logs of failed runs: what failed is simulated again and recorded, since what passes need not be written.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hasPassed, type RunOutcome } from "../report/outcome.ts";
import type { Console } from "./console.ts";
import { CliError } from "./exit.ts";
import { logHeader } from "./log_header.ts";
import { Recorder } from "./recorder.ts";
import type { PlannedRun } from "./run.ts";
import { openSeedPool, type SeedPool } from "./seed_pool.ts";

/** Makes the folder; throws a `CliError` when that cannot be. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const reason = code === "EEXIST" ? "it is a file" : message;
    throw new CliError(`Cannot keep logs in "${folder}": ${reason}`);
  }
}

export interface KeepContext {
  readonly console: Console;
  readonly stop: AbortSignal;
  /** Paths that were written before: two scenarios of one name do not share one. */
  readonly kept: Set<string>;
}

/**
 * Writes `NAME-seedN.jsonl` for every failed run, each there whole or not at all, and tells their paths.
 * Throws a `LogWriteError`, or a `CliError` of 105 when it is stopped.
 */
export async function keepFailed(
  folder: string,
  { outcome: { name, runs }, data }: PlannedRun,
  { console, stop, kept }: KeepContext,
): Promise<void> {
  using pool = openSeedPool({ stop, jobs: 1 });
  for (const run of runs.filter((run) => !hasPassed(run))) {
    const path = freePath(folder, `${name}-seed${run.seed}`, kept);
    const hash = await record(path, data, run, pool);
    if (hash !== run.hash) throw new Error(`seed ${run.seed} of "${name}" gave another log`);
    console.err(`kept "${path}"\n`);
  }
}

function freePath(folder: string, stem: string, kept: Set<string>): string {
  let path = join(folder, `${stem}.jsonl`);
  for (let count = 2; kept.has(path); count++) path = join(folder, `${stem}-${count}.jsonl`);
  kept.add(path);
  return path;
}

async function record(
  path: string,
  data: unknown,
  { seed, acts = [] }: RunOutcome,
  pool: SeedPool,
): Promise<string> {
  const part = `${path}.part`;
  try {
    using recorder = new Recorder(part, logHeader(data, seed));
    const { events, hash } = await pool.run({ data, seed, acts }, {
      lines: (lines) => recorder.append(lines),
    });
    recorder.close({ events, hash });
    if (recorder.failed) throw recorder.failed;
    Deno.renameSync(part, path);
    return hash;
  } catch (error) {
    removeIfThere(part);
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It never came to be.
  }
}
