// `mtop diff`: two recorded runs held against each other; exit codes as diff(1) has them.

import type { FleetState } from "../fleet/state.ts";
import { compareLogs, type EventPair } from "../log/file_diff.ts";
import { CheckpointIndex } from "../log/file_index.ts";
import { type LogFile, openLog } from "../log/file_reader.ts";
import { stateAt } from "../log/file_seek.ts";
import { diffRuns, type RunSide } from "../report/run_diff.ts";
import { runDiffText } from "../report/run_diff_text.ts";
import { formatCount } from "../view/format.ts";
import { marks, widthOf } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { FLEET_FOLD, validateEvent } from "./fleet_log.ts";

export interface DiffOptions {
  readonly output: "text" | "json";
  readonly quiet?: true;
}

/** 0 when the events are the same to the byte, else 1. Throws a `CliError` of 2 when that cannot be told. */
export async function diff(
  paths: readonly string[],
  options: DiffOptions,
  context: CliContext,
): Promise<number> {
  try {
    const [a, b, ...more] = paths;
    if (a === undefined || b === undefined || more.length > 0) {
      throw new CliError("Cannot compare: name two logs, as --record writes them");
    }
    return await diffLogs(a, b, options, context);
  } catch (error) {
    // Exit code 1 says that they differ, so that whatever goes wrong must not be one.
    throw new CliError(error instanceof Error ? error.message : String(error), EXIT.trouble);
  }
}

async function diffLogs(
  pathA: string,
  pathB: string,
  { output, quiet }: DiffOptions,
  context: CliContext,
): Promise<number> {
  const { console } = context;
  const open = (path: string) => openLog(path, { validate: validateEvent });
  const [a, b] = [await open(pathA), await open(pathB)];
  const { started, first, footers } = await compareLogs(a, b);
  const startedSame = JSON.stringify(started.a) === JSON.stringify(started.b);
  const code = first === undefined && startedSame ? EXIT.passed : EXIT.different;
  tellDeaths(footers, a, b, context);
  if (quiet) return code;
  if (code === EXIT.passed && output === "text") {
    const count = footers.a ?? footers.b;
    const events = count === undefined ? "same events" : `same ${formatCount(count.events)} events`;
    const hash = count === undefined ? "" : `, log ${count.hash.slice(0, 12)}`;
    console.out(`"${pathA}" and "${pathB}" hold the ${events}${hash}\n`);
    return code;
  }
  const sides = [await sideOf(a), await sideOf(b)] as const;
  const { gpuPrices } = context.settings();
  const pair = first === undefined ? null : orNull(first);
  const found = diffRuns(...sides, { first: pair, startedSame }, { gpuPrices });
  console.out(
    output === "json"
      ? `${JSON.stringify(found, undefined, 2)}\n`
      : runDiffText(found, { marks: marks(console), ...widthOf(console) }),
  );
  return code;
}

function orNull({ a, b }: EventPair) {
  return { a: a ?? null, b: b ?? null };
}

/** Where no event differs, what is missing at the end is all there is to tell. */
function tellDeaths(
  footers: { readonly a: unknown; readonly b: unknown },
  a: LogFile,
  b: LogFile,
  { console }: CliContext,
): void {
  for (const { log, footer } of [{ log: a, footer: footers.a }, { log: b, footer: footers.b }]) {
    const other = log === a ? footers.b : footers.a;
    if (footer === undefined && other !== undefined) {
      console.err(`warning: "${log.path}" has no footer: its run died, or goes on\n`);
    }
  }
}

async function sideOf(log: LogFile): Promise<RunSide> {
  using index = CheckpointIndex.open<FleetState>(log, FLEET_FOLD);
  const { state, ending } = await stateAt(log, FLEET_FOLD, Infinity, index);
  if (ending?.kind === "corrupt") throw new CliError(ending.message);
  const hash = ending?.kind === "whole" ? ending.footer.hash : undefined;
  return { path: log.path, header: log.header, state, hash };
}
