// `mtop verify`: is a log what its run wrote, and does this mtop still simulate the same?

import type { FleetEvent } from "../fleet/events.ts";
import type { LogEvent } from "../log/codec.ts";
import { type LogFile, openLog, verifyIntegrity } from "../log/file_reader.ts";
import { problemsText } from "../report/problems_text.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import { planPresent, type Present } from "../scenario/present.ts";
import { scenarioHash } from "../scenario/run.ts";
import { formatCount, formatInstant } from "../view/format.ts";
import { type Console, ProgressLine } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import { actsIn } from "./log_acts.ts";
import { inputHashes } from "./log_header.ts";
import { runPlan, type RunRequest } from "./runner.ts";
import { MTOP_VERSION } from "./version.ts";

/**
 * 0 when the file is whole and a new simulation of its head gives the same events; else 1 and which
 * of the two is not so: "file changed" or "engine changed".
 */
export async function verify(path: string, console: Console, stop: AbortSignal): Promise<number> {
  const actions: LogEvent[] = [];
  const integrity = await verifyIntegrity(path, (events) => {
    actions.push(...events.filter(({ kind }) => kind === "action"));
  });
  const { ending } = integrity;
  if (ending.kind === "corrupt") throw new CliError(`file changed: ${ending.message}`);
  if (ending.kind === "died") throw new CliError(`Cannot verify "${path}": ${ending.message}`);
  if (!integrity.ok) throw new CliError(`file changed: ${integrity.message}`);
  const log = await openLog(path);
  const { header } = log;
  const whyNot = unverifiable(header);
  if (whyNot) throw new CliError(`Cannot verify "${path}": ${whyNot}`);
  const started = await firstEvent(log);
  const changed = headerChange(log, started);
  if (changed) throw new CliError(`file changed: ${changed} in the head of "${path}"`);
  const recordRequests = started?.kind === "run.started" && started.recordRequests === true;
  const planned = planOf(header.scenario);
  if ("problems" in planned) {
    console.err(problemsText(path, planned.problems));
    throw new CliError(`engine changed: the scenario in "${path}" can no longer be planned`);
  }
  const progress = new ProgressLine(console);
  const again = {
    ...{ seed: header.seed, speed: Infinity, recordRequests, stop },
    acts: actsIn(actions),
  };
  const result = await runPlan(planned, header.scenario, {
    ...again,
    progress: (us) => progress.show(`simulating again: ${formatInstant(us)}`),
  }).finally(() => progress.clear());
  if (!result.ended) throw new CliError("Interrupted while verifying", EXIT.interrupted);
  if (result.hash !== integrity.actualHash) {
    const first = await firstDifference(planned, log, again);
    throw new CliError(`engine changed: ${first}; "${path}" itself is as it was written`);
  }
  if (header.mtop !== MTOP_VERSION) {
    console.err(`note: recorded by mtop ${header.mtop}, this is ${MTOP_VERSION}\n`);
  }
  const { parent } = header;
  if (parent) {
    const at = formatInstant(parent.at);
    console.err(
      `note: it is a branch of "${parent.name}" after its event ${parent.seq} at ${at}\n`,
    );
  }
  const events = formatCount(integrity.events);
  console.out(
    `"${path}" is whole and simulates again to the same ${events} events, log ${
      result.hash.slice(0, 12)
    }\n`,
  );
  return EXIT.passed;
}

/** Why the log cannot be simulated again; undefined: it can. */
function unverifiable({ kind, scenario }: LogFile["header"]): string | undefined {
  if (kind !== "simulation") return "only the log of a simulation can be simulated again";
  const { policies = [] } = scenario as { policies?: readonly unknown[] };
  return policies.length === 0
    ? undefined
    : "its scenario has code of its own, which a log does not hold";
}

/** A scenario's run, or the present of a mock cluster. */
function planOf(data: unknown): ReturnType<typeof plan> {
  const isPresent = (data as { kind?: unknown } | null)?.kind === "present";
  return isPresent ? planPresent(data as Present) : plan(data);
}

/** What in a log's head is not what its run began with; the footer's hash speaks of events only. */
function headerChange({ header }: LogFile, started: FleetEvent | undefined): string | undefined {
  if (started?.kind !== "run.started") return "there is no run.started after it";
  if (started.seed !== header.seed) return "the seed was changed";
  const hashes = [header.scenarioHash, started.scenarioHash];
  if (hashes.some((hash) => hash !== scenarioHash(header.scenario))) {
    return "the scenario was changed";
  }
  const inputs = JSON.stringify(inputHashes(header.scenario));
  return inputs === JSON.stringify(header.inputs) ? undefined : "the hash of an input was changed";
}

async function firstEvent(log: LogFile): Promise<FleetEvent | undefined> {
  const reading = log.events();
  const { value: batch } = await reading.next();
  await reading.return(undefined);
  return batch?.[0] as FleetEvent | undefined;
}

/** Where the log and a new simulation part; only needed when they do. */
async function firstDifference(
  planned: Plan,
  log: LogFile,
  how: Omit<RunRequest, "lines" | "progress">,
): Promise<string> {
  const again: string[] = [];
  await runPlan(planned, log.header.scenario, {
    ...how,
    lines: (lines) => void again.push(...lines),
    progress: () => {},
  });
  let index = 0;
  for await (const { lines, events } of log.batches()) {
    for (const [offset, line] of lines.entries()) {
      const event = events[offset]!;
      if (line !== again[index]) {
        return `event ${event.seq} (${event.kind}) at ${
          formatInstant(event.at)
        } is another one now`;
      }
      index++;
    }
  }
  return `this mtop tells ${again.length - index} events more`;
}
