// Runs a loaded scenario as its options say: plan, record, simulate, report, and the exit code of it.

import { encodeFooter, encodeHeader } from "../log/codec.ts";
import { LogFileWriter } from "../log/file_writer.ts";
import { summaryJson } from "../report/json.ts";
import { planText } from "../report/plan_text.ts";
import { problemsText } from "../report/problems_text.ts";
import { runText } from "../report/text.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { formatInstant } from "../view/format.ts";
import { type Console, marks, ProgressLine, widthOf } from "./console.ts";
import { nowMs } from "./drive.ts";
import { CliError, EXIT } from "./exit.ts";
import { logHeader } from "./log_header.ts";
import type { RunOptions } from "./run_options.ts";
import type { Runner, RunResult } from "./runner.ts";
import { runSeeds } from "./seeds.ts";

export interface RunContext {
  readonly console: Console;
  readonly stop: AbortSignal;
  /** What the user calls the scenario: its file. */
  readonly name: string;
}

/** What was told is on disk no later than this. */
const FLUSH_MS = 1000;

/** Runs one scenario; returns the exit code. Throws what `explain` knows to put into words. */
export async function runScenario(
  runner: Runner,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const { console, name } = context;
  const planned = plan(runner.data);
  if ("problems" in planned) {
    console.err(problemsText(name, planned.problems));
    return EXIT.invalidScenario;
  }
  if (!options.quiet && planned.warnings.length > 0) {
    console.err(problemsText(`warning: ${name}`, planned.warnings));
  }
  if (options.plan) {
    console.out(planText(planned));
    return EXIT.passed;
  }
  if (options.seeds !== undefined) return await runSeeds(runner, options, context);
  return await runOnce(runner, planned, options, context);
}

async function runOnce(
  runner: Runner,
  planned: Plan,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const { console, stop } = context;
  const seed = options.seed ?? planned.scenario.seed;
  const header = logHeader(runner.data, seed);
  const writer = options.record === undefined
    ? undefined
    : LogFileWriter.open(options.record, header);
  const readerGone = new AbortController();
  const stream = (lines: readonly string[]) => {
    if (!console.out(lines.join("\n") + "\n")) readerGone.abort();
  };
  let flushedMs = nowMs();
  const write = (lines: readonly string[]) => {
    writer?.append(lines);
    // A kill -9 loses a second at the most.
    if (nowMs() - flushedMs < FLUSH_MS) return;
    writer?.flush();
    flushedMs = nowMs();
  };
  const ndjson = options.output === "ndjson";
  if (ndjson) stream([encodeHeader(header)]);
  const progress = new ProgressLine(console);
  const total = formatInstant(planned.scenario.duration);
  const result = await runner.run({
    seed,
    speed: options.speed,
    stop: AbortSignal.any([stop, readerGone.signal]),
    progress: (us) => {
      if (!options.quiet) progress.show(`${formatInstant(us)} of ${total}`);
    },
    ...(writer || ndjson
      ? {
        lines: (lines: readonly string[]) => {
          write(lines);
          if (ndjson) stream(lines);
        },
      }
      : {}),
  }).finally(() => progress.clear());
  const footer = { events: result.events, hash: result.hash };
  writer?.close(result.ended ? footer : undefined);
  if (ndjson && result.ended) stream([encodeFooter(footer)]);
  if (!result.ended && readerGone.signal.aborted) return EXIT.passed;
  if (!result.ended) throw interrupted(result, total, options.record);
  return report(result, options, context, writer);
}

function report(
  result: RunResult,
  options: RunOptions,
  { console }: RunContext,
  writer: LogFileWriter | undefined,
): number {
  const { state, events, hash, wallMs, virtualUs } = result;
  if (options.output === "json") {
    console.out(summaryJson(state, { events, hash, wallSeconds: wallMs / 1000 }));
  } else if (options.output === "text" && !options.quiet) {
    console.out(runText(state, { marks: marks(console), events, hash, ...widthOf(console) }));
    const times = Math.round(virtualUs / 1000 / wallMs);
    console.err(
      `simulated ${formatInstant(virtualUs)} in ${
        (wallMs / 1000).toFixed(2)
      } s, ${times} times real time\n`,
    );
  }
  if (writer?.failed) throw new CliError(`${writer.failed.message}; the recording is not whole`);
  return state.verdicts.every(({ passed }) => passed) ? EXIT.passed : EXIT.expectationFailed;
}

/** The exit of a run that was stopped, in one sentence. */
export function interrupted(
  result: RunResult,
  total: string,
  record: string | undefined,
): CliError {
  const kept = record === undefined ? "" : `; "${record}" holds all events up to then`;
  const at = formatInstant(result.virtualUs);
  return new CliError(`Interrupted at ${at} of ${total}${kept}`, EXIT.interrupted);
}
