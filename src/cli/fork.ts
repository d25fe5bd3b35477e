// `mtop run --from LOG --at TIME --set …`: a run that is a recorded one up to an instant, and another after it.

import { basename } from "node:path";
import type { FleetEvent } from "../fleet/events.ts";
import type { LogParent } from "../log/codec.ts";
import { type LogFile, openLog } from "../log/file_reader.ts";
import { problemsText } from "../report/problems_text.ts";
import { forkScenario } from "../scenario/fork.ts";
import type { DoneByHand } from "../scenario/hand.ts";
import { definitionsOf, withDefinitions } from "../scenario/own_code.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import type { Setting } from "../scenario/setting.ts";
import { formatDuration } from "../sim/duration.ts";
import { formatCount, formatInstant } from "../view/format.ts";
import { type Console, ProgressLine } from "./console.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import { validateEvent } from "./fleet_log.ts";
import { actsIn } from "./log_acts.ts";
import { comparePast, differenceText, type PastOptions, type SharedPast } from "./past.ts";
import { runScenario } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import { loadSandboxed } from "./sandbox.ts";
import { settingWords } from "./set_option.ts";
import { withSettings } from "./set_scenario.ts";
import { shellWord } from "./shell_word.ts";
import { stopOnSignals } from "./signals.ts";
import { MTOP_VERSION } from "./version.ts";

export interface ForkOptions extends RunOptions {
  readonly from: string;
  /** Virtual time in µs. */
  readonly at?: number;
}

const CHANGEABLE = "loads, faults, changes, what the pods of services are made of, replicas, " +
  "objectives, nodes that join, steps that are not taken yet, expectations, the duration";

/** Runs the branch and returns its exit code. `files` is the changed scenario, where `--set` does not do. */
export async function forkRun(
  files: readonly string[],
  { from, at, set, ...options }: ForkOptions,
  context: CliContext,
): Promise<number> {
  if (at === undefined) throw new CliError("Cannot branch without an instant: add --at 12m30s");
  if (at === 0) {
    throw new CliError("Cannot branch at 0s: there is no past yet; run the scenario with --set");
  }
  checkOptions(files, from, options);
  const log = await openParent(from, { ...options, ...(set ? { set } : {}) });
  const { header } = log;
  using signals = stopOnSignals();
  const { stop } = signals;
  const { console } = context;
  const [file] = files;
  if (file === undefined && policiesOf(header.scenario).length > 0) {
    throw new CliError(
      `Cannot branch from "${from}" alone: its scenario has code of its own, which a log does not ` +
        `hold: name its file as well, mtop run FILE --from ${shellWord(from)}`,
    );
  }
  const base = file === undefined ? header.scenario : await loadSandboxed(file, console, stop);
  const forked = forkScenario(header.scenario, withSettings(base, set), at);
  if ("problem" in forked) throw new CliError(forked.problem);
  const name = `${file ?? from} from ${formatInstant(at)} on`;
  const planned = plan(forked.data);
  if ("problems" in planned) {
    console.err(problemsText(name, planned.problems));
    return EXIT.invalidScenario;
  }
  const told = await readPast(log, at, options.recordRequests === true);
  const past = await pastOf(log, planned, forked.data, at, { ...told, stop }, console);
  if (!options.quiet) {
    const events = formatCount(past.seq + 1);
    console.err(`the past up to ${formatInstant(at)} is that of "${from}", ${events} events\n`);
    if (forked.judgedAnew) console.err(judgedText(at));
  }
  const { gpuPrices } = context.settings();
  return await runScenario(
    forked.data,
    { ...optionsOf(options, told.recordRequests), seed: header.seed },
    {
      console,
      stop,
      name,
      acts: told.acts,
      gpuPrices,
      parent: parentOf(log, past),
      command: again(files, from, at, set),
    },
  );
}

/** What is good is counted as requests end. */
function judgedText(atUs: number): string {
  const at = formatInstant(atUs);
  return `what ended before ${at} is good or not by the objectives of then, and by the new ones since; ` +
    `percentiles of the whole run are held against the new ones\n`;
}

/** For the line that reproduces the branch. */
function again(
  files: readonly string[],
  from: string,
  atUs: number,
  set: readonly Setting[] | undefined,
): string {
  const words = ["mtop", "run", ...files.map(shellWord), "--from", shellWord(from)];
  return [...words, "--at", formatDuration(atUs), ...settingWords(set)].join(" ");
}

async function openParent(from: string, { seed, set = [] }: RunOptions): Promise<LogFile> {
  const log = await openLog(from, { validate: validateEvent });
  const { header } = log;
  if (header.kind !== "simulation" || kindOf(header.scenario) !== "scenario") {
    throw new CliError(`Cannot branch from "${from}": it is not the log of a scenario`);
  }
  const another = seed !== undefined && seed !== header.seed;
  if (another || set.some(({ path: [field] }) => field === "seed")) {
    throw new CliError(`Cannot branch with another seed: the past has ${header.seed}`);
  }
  return log;
}

/** Requests are told as in the past, where a log of them is wanted at all. */
function optionsOf(
  { recordRequests: _, ...options }: RunOptions,
  recordRequests: boolean,
): RunOptions {
  const hasLog = options.record !== undefined || options.output === "ndjson";
  return recordRequests && hasLog ? { ...options, recordRequests } : options;
}

/** Throws a `CliError` where the past would be another one. */
async function pastOf(
  log: LogFile,
  planned: Plan,
  data: unknown,
  atUs: number,
  how: TrueOfPast & Pick<PastOptions, "stop">,
  console: Console,
): Promise<SharedPast> {
  const progress = new ProgressLine(console);
  const options: PastOptions = {
    ...how,
    seed: log.header.seed,
    progress: (us) => progress.show(`the past again: ${formatInstant(us)}`),
  };
  try {
    const past = await comparePast(log, planned, data, atUs, options);
    if ("seq" in past) return past;
    throw await refusal(log, data, atUs, options, differenceText(past));
  } finally {
    progress.clear();
  }
}

function checkOptions(
  files: readonly string[],
  from: string,
  { seeds, record, calibration = [] }: Omit<ForkOptions, "from">,
): void {
  if (calibration.length > 0) {
    throw new CliError("Cannot calibrate a branch: its past was simulated without");
  }
  if (files.length > 1) {
    throw new CliError("Cannot branch into several scenarios: name one at most");
  }
  if (seeds !== undefined) throw new CliError("Cannot branch under many seeds: the past has one");
  if (record !== undefined && isSameFile(record, from)) {
    throw new CliError(`Cannot record over "${from}": a branch is a log of its own`);
  }
}

function isSameFile(a: string, b: string): boolean {
  try {
    return Deno.realPathSync(a) === Deno.realPathSync(b);
  } catch {
    return false;
  }
}

/** What a scenario's data says of its own code. */
function policiesOf(scenario: unknown): readonly unknown[] {
  const { policies } = (scenario ?? {}) as { policies?: unknown };
  return Array.isArray(policies) ? policies : [];
}

function kindOf(scenario: unknown): unknown {
  return (scenario as { kind?: unknown } | null)?.kind;
}

/**
 * What is so of the parent's past, and then of its branch's: whether single requests are told, and what was
 * done by hand.
 */
type TrueOfPast = Pick<PastOptions, "recordRequests" | "acts">;

/** Reads that out of the log; refuses what it does not hold. */
async function readPast(log: LogFile, atUs: number, wanted: boolean): Promise<TrueOfPast> {
  let recorded = false;
  const acts: DoneByHand[] = [];
  let lastUs = 0;
  for await (const events of log.events()) {
    const [first] = events as unknown as readonly FleetEvent[];
    if (first?.kind === "run.started") recorded = first.recordRequests === true;
    acts.push(...actsIn(events.filter(({ at }) => at < atUs)));
    lastUs = events.at(-1)?.at ?? lastUs;
    if (lastUs >= atUs) break;
  }
  const { ending } = log;
  if (ending?.kind === "corrupt") throw new CliError(ending.message);
  if (lastUs < atUs) {
    const until = formatInstant(lastUs);
    throw new CliError(
      `Cannot branch at ${formatInstant(atUs)}: "${log.path}" ends at ${until}`,
    );
  }
  if (wanted && !recorded) {
    throw new CliError(`Cannot record requests of a branch: "${log.path}" does not`);
  }
  return { recordRequests: recorded, acts };
}

/** Why the past is another one: by the change, or by an engine that is no longer the one that ran it. */
async function refusal(
  log: LogFile,
  data: unknown,
  atUs: number,
  how: PastOptions,
  difference: string,
): Promise<CliError> {
  const { header, path } = log;
  const at = formatInstant(atUs);
  if (JSON.stringify(policiesOf(data)) !== JSON.stringify(policiesOf(header.scenario))) {
    return new CliError(
      `Cannot branch at ${at}: the scenario's own code is not what it was when "${path}" was ` +
        `recorded, which alters the past: ${difference}`,
    );
  }
  // Where the scenario has code of its own, what runs it.
  const parent = withDefinitions(header.scenario, definitionsOf(data));
  const before = plan(parent);
  const again = "problems" in before
    ? undefined
    : await comparePast(log, before, parent, atUs, how);
  if (again && "seq" in again) {
    return new CliError(
      `Cannot branch at ${at}: the change alters the past: ${difference}; what can change then: ` +
        CHANGEABLE,
    );
  }
  const engine = header.mtop === MTOP_VERSION ? "another engine" : `mtop ${header.mtop}`;
  const detail = again ? `: ${differenceText(again)}` : "";
  return new CliError(
    `Cannot branch from "${path}": it is of ${engine}, and this one has another past${detail}; ` +
      `record it anew`,
  );
}

function parentOf(log: LogFile, { at, seq }: SharedPast): LogParent {
  return { name: basename(log.path), identity: log.identity, at, seq };
}
