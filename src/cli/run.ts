// Runs a loaded scenario as its options say: plan, record, simulate, report, and the exit code of it.

import { encodeFooter, encodeHeader, type LogParent } from "../log/codec.ts";
import { summaryJson } from "../report/json.ts";
import { planText } from "../report/plan_text.ts";
import { problemsText } from "../report/problems_text.ts";
import { runText } from "../report/text.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { formatInstant } from "../view/format.ts";
import { readCalibration } from "./calibration_file.ts";
import { type Console, marks, ProgressLine, widthOf } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import { logHeader } from "./log_header.ts";
import { Recorder } from "./recorder.ts";
import type { RunOptions } from "./run_options.ts";
import { runPlan, type RunResult } from "./runner.ts";
import { runSeeds } from "./seeds.ts";
import { withSettings } from "./set_option.ts";

export interface RunContext {
  readonly console: Console;
  readonly stop: AbortSignal;
  /** What the user calls the scenario: its file. */
  readonly name: string;
  /** USD per GPU-hour of the settings; absent where there are none. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
  /** The log that this run is a branch of. */
  readonly parent?: LogParent;
}

/** Runs one scenario, the data of it; returns the exit code. Throws what `explain` knows to put into words. */
export async function runScenario(
  given: unknown,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const { console, name } = context;
  const data = withCalibrations(withSettings(given, options.set), options.calibration);
  const planned = plan(data);
  if ("problems" in planned) {
    console.err(problemsText(name, planned.problems));
    return EXIT.invalidScenario;
  }
  if (!options.quiet && planned.warnings.length > 0) {
    console.err(problemsText(`warning: ${name}`, planned.warnings));
  }
  if (options.plan) {
    console.out(planText(planned, options.recordRequests));
    return EXIT.passed;
  }
  if (options.recordRequests && options.record === undefined && options.output !== "ndjson") {
    const message = "Cannot record requests without a log: add --record FILE, or -o ndjson";
    throw new CliError(message);
  }
  if (options.seeds !== undefined) return await runSeeds(planned, data, options, context);
  return await runOnce(planned, data, options, context);
}

async function runOnce(
  planned: Plan,
  data: unknown,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const { console, stop } = context;
  const { record, recordRequests = false, output, quiet, speed } = options;
  const seed = options.seed ?? planned.scenario.seed;
  const header = logHeader(data, seed, context.parent);
  using recorder = record === undefined ? undefined : new Recorder(record, header);
  const readerGone = new AbortController();
  const stream = (lines: readonly string[]) => {
    if (output !== "ndjson") return;
    if (!console.out(lines.join("\n") + "\n")) readerGone.abort();
  };
  stream([encodeHeader(header)]);
  const lines = (lines: readonly string[]) => {
    recorder?.append(lines);
    stream(lines);
  };
  const progress = new ProgressLine(console);
  const total = formatInstant(planned.scenario.duration);
  const result = await runPlan(planned, data, {
    seed,
    speed,
    recordRequests,
    stop: AbortSignal.any([stop, readerGone.signal]),
    progress: (us) => {
      if (!quiet) progress.show(`${formatInstant(us)} of ${total}`);
    },
    ...(recorder || output === "ndjson" ? { lines } : {}),
  }).finally(() => progress.clear());
  if (!result.ended) {
    recorder?.close();
    if (readerGone.signal.aborted) return EXIT.passed;
    throw interrupted(result, total, recorder);
  }
  const footer = { events: result.events, hash: result.hash };
  recorder?.close(footer);
  stream([encodeFooter(footer)]);
  return report(result, options, context, recorder);
}

function report(
  result: RunResult,
  options: RunOptions,
  { console, gpuPrices = {} }: RunContext,
  recorder: Recorder | undefined,
): number {
  const { state, events, hash, wallMs, virtualUs } = result;
  if (options.output === "json") {
    console.out(summaryJson(state, { events, hash, wallSeconds: wallMs / 1000, gpuPrices }));
  } else if (options.output === "text" && !options.quiet) {
    const facts = { marks: marks(console), events, hash, gpuPrices, ...widthOf(console) };
    console.out(runText(state, facts));
    const times = Math.round(virtualUs / 1000 / wallMs);
    console.err(
      `simulated ${formatInstant(virtualUs)} in ${
        (wallMs / 1000).toFixed(2)
      } s, ${times} times real time\n`,
    );
  }
  if (recorder?.failed) {
    throw new CliError(`${recorder.failed.message}; the recording is not whole`);
  }
  return state.verdicts.every(({ passed }) => passed) ? EXIT.passed : EXIT.expectationFailed;
}

/** The scenario as if it had named them: they stand in the log, and in the hash of the scenario. */
function withCalibrations(data: unknown, paths: readonly string[] = []): unknown {
  if (paths.length === 0 || typeof data !== "object" || data === null) return data;
  const { calibrations } = data as { calibrations?: unknown };
  const own = Array.isArray(calibrations) ? calibrations : [];
  return { ...data, calibrations: [...own, ...paths.map(readCalibration)] };
}

/** The exit of a run that was stopped, in one sentence. */
function interrupted(
  { virtualUs }: RunResult,
  total: string,
  recorder: Recorder | undefined,
): CliError {
  const kept = recorder === undefined
    ? ""
    : `; ${recorder.failed?.message ?? `"${recorder.path}" holds all events up to then`}`;
  return new CliError(
    `Interrupted at ${formatInstant(virtualUs)} of ${total}${kept}`,
    EXIT.interrupted,
  );
}
