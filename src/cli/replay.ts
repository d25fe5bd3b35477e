// `mtop replay`: a recorded run at an instant, or at its end.

import type { EventKind } from "../fleet/events.ts";
import { CheckpointIndex } from "../log/file_index.ts";
import { type LogFile, openLog } from "../log/file_reader.ts";
import { stateAt } from "../log/file_seek.ts";
import { summaryJson } from "../report/json.ts";
import { instantText } from "../report/text.ts";
import { type Console, marks, widthOf } from "./console.ts";
import { CliError } from "./exit.ts";
import { FLEET_FOLD, validateEvent } from "./fleet_log.ts";
import { tellEnd } from "./run_end.ts";

export interface ReplayOptions {
  /** Virtual time in µs; undefined is the end. */
  readonly at: number | undefined;
  readonly output: "text" | "json" | "ndjson";
  /** Of `ndjson`: the kind of events that is printed; all when undefined. */
  readonly kind?: EventKind | undefined;
  /** USD per GPU-hour of the settings. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
}

/** Prints the instant. A run that died is shown up to its last whole line, with a warning. */
export async function replay(
  path: string,
  options: ReplayOptions,
  console: Console,
): Promise<number> {
  const log = await openLog(path, { validate: validateEvent });
  if (options.output === "ndjson") return await printEvents(log, options, console);
  using index = CheckpointIndex.open(log, FLEET_FOLD);
  const atUs = options.at ?? Infinity;
  const { state, ending } = await stateAt(log, FLEET_FOLD, atUs, index);
  if (state.seq < 0) throw new CliError(`Cannot replay "${path}": it has no events`);
  const shownUs = Math.min(atUs, ending ? state.at : atUs);
  const prices = options.gpuPrices ? { gpuPrices: options.gpuPrices } : {};
  console.out(
    options.output === "json"
      ? summaryJson(state, prices, shownUs)
      : instantText(state, shownUs, { marks: marks(console), ...prices, ...widthOf(console) }),
  );
  if (ending && ending.kind !== "whole") console.err(`warning: ${ending.message}\n`);
  if (ending) tellEnd(options.at, state, console);
  return ending?.kind === "corrupt" ? 1 : 0;
}

/** Prints the events up to the instant, each as its line in the log is. */
async function printEvents(
  log: LogFile,
  { at = Infinity, kind }: ReplayOptions,
  console: Console,
): Promise<number> {
  for await (const { events, lines } of log.batches()) {
    const wanted = lines.filter((_, index) => {
      const event = events[index]!;
      return event.at <= at && (kind === undefined || event.kind === kind);
    });
    if (wanted.length > 0 && !console.out(wanted.join("\n") + "\n")) return 0;
    if ((events.at(-1)?.at ?? 0) > at) return 0;
  }
  const { ending } = log;
  if (ending && ending.kind !== "whole") console.err(`warning: ${ending.message}\n`);
  return ending?.kind === "corrupt" ? 1 : 0;
}
