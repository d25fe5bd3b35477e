// One run of a scenario, with everything that it prints: its log as it goes, its verdicts and totals at the end.

import { encodeFooter, encodeHeader } from "../log/codec.ts";
import { againText, type RunOutcome } from "../report/outcome.ts";
import { summarize } from "../report/summary.ts";
import { deedText } from "../scenario/hand.ts";
import { formatInstant } from "../view/format.ts";
import { marks, ProgressLine, widthOf } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import { logHeader } from "./log_header.ts";
import { Recorder } from "./recorder.ts";
import type { PlannedRun, RunContext } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import { runPlan, type RunResult } from "./runner.ts";

/** Runs it, and adds the run to its outcome. Throws a `CliError` of 105 when it was stopped. */
export async function runOnce(
  { planned, data, outcome }: PlannedRun,
  options: RunOptions,
  context: RunContext,
): Promise<void> {
  const { console, stop, runner = runPlan } = context;
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
  const result = await runner(planned, data, {
    seed,
    speed,
    recordRequests,
    acts: context.acts ?? [],
    stop: AbortSignal.any([stop, readerGone.signal]),
    progress: (us) => {
      if (!quiet) progress.show(`${formatInstant(us)} of ${total}`);
    },
    ...(recorder || output === "ndjson" ? { lines } : {}),
    ...(recorder ? { flush: () => recorder.flush() } : {}),
  }).finally(() => progress.clear());
  if (!result.ended) {
    recorder?.close();
    if (readerGone.signal.aborted) return;
    throw interrupted(result, total, recorder);
  }
  const footer = { events: result.events, hash: result.hash };
  recorder?.close(footer);
  stream([encodeFooter(footer)]);
  outcome.runs.push(runOutcome(result, context));
  const byHand = actsText(result, context);
  if (byHand !== undefined) outcome.byHand = byHand;
  await report(result, options, context, recorder, againText(outcome, seed));
}

function runOutcome(
  { state, seed, hash, events, virtualUs, wallMs, acts }: RunResult,
  { gpuPrices = {} }: RunContext,
): RunOutcome {
  const summary = summarize(state, state.at, { gpuPrices });
  return { seed, hash, events, virtualUs, wallMs, summary, ...(acts ? { acts } : {}) };
}

/** `promote chat at 6m12s`; of a branch its past is done again without a word. */
function actsText({ acts = [] }: RunResult, { acts: past = [] }: RunContext): string | undefined {
  const made = acts.slice(past.length)
    .map((deed) => `${deedText(deed)} at ${formatInstant(deed.at)}`);
  return made.length === 0 ? undefined : made.join(", ");
}

async function report(
  result: RunResult,
  options: RunOptions,
  { console, gpuPrices = {} }: RunContext,
  recorder: Recorder | undefined,
  again: string,
): Promise<void> {
  const { state, events, hash, wallMs, virtualUs } = result;
  if (options.output === "json") {
    const { summaryJson } = await import("../report/json.ts");
    console.out(summaryJson(state, { events, hash, wallSeconds: wallMs / 1000, gpuPrices }));
  } else if (options.output === "text" && !options.quiet) {
    const { runText } = await import("../report/text.ts");
    const facts = { marks: marks(console), events, hash, gpuPrices, again, ...widthOf(console) };
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
