// Whether a plan, simulated here, has the past that a log tells: event for event, to the byte.

import type { LogEvent } from "../log/codec.ts";
import { dataDifferences } from "../log/data_diff.ts";
import type { LogFile } from "../log/file_reader.ts";
import type { DoneByHand } from "../scenario/hand.ts";
import type { Plan } from "../scenario/plan.ts";
import { Simulation } from "../scenario/run.ts";
import { formatPath } from "../scenario/set_path.ts";
import { formatInstant } from "../view/format.ts";
import { CliError, EXIT } from "./exit.ts";
import { runPlan } from "./runner.ts";

/** Where the past ends: the last event that both have, `run.started` aside. */
export interface SharedPast {
  readonly at: number;
  readonly seq: number;
}

/** The first event that is another one; undefined where one of them has none. */
export interface PastDifference {
  readonly told: LogEvent | undefined;
  readonly simulated: LogEvent | undefined;
}

export interface PastOptions {
  readonly seed: number;
  readonly recordRequests: boolean;
  /** What was done by hand in the past that the log tells. */
  readonly acts: readonly DoneByHand[];
  readonly stop: AbortSignal;
  readonly progress: (virtualUs: number) => void;
}

/**
 * Simulates the plan up to `atUs` and holds it against the log's events before that instant. The first,
 * `run.started`, is left out: it holds the hash of the scenario. Throws a `CliError` when stopped.
 */
export async function comparePast(
  log: LogFile,
  planned: Plan,
  data: unknown,
  atUs: number,
  options: PastOptions,
): Promise<SharedPast | PastDifference> {
  const { stop, progress } = options;
  const past = planned.policies?.elsewhere === undefined
    ? pastHere(planned, data, options)
    : await pastElsewhere(planned, data, atUs, options);
  const { simulated } = past;
  let shared: SharedPast = { at: 0, seq: 0 };
  let next = 1;
  const advance = (us: number) => {
    simulated.splice(0, next);
    next = 0;
    past.advance(us);
  };
  for await (const { events, lines } of log.batches()) {
    if (stop.aborted) throw new CliError("Interrupted while branching", EXIT.interrupted);
    // A frame may hold a part of a line, or the footer alone.
    if (events.length === 0) continue;
    const count = events.filter(({ at }) => at < atUs).length;
    const untilUs = Math.min(events.at(-1)!.at, atUs - 1);
    advance(untilUs);
    progress(untilUs);
    for (const [index, line] of lines.slice(0, count).entries()) {
      const told = events[index]!;
      if (told.seq === 0) continue;
      const here = simulated[next++];
      if (here?.line !== line) return { told, simulated: here?.event };
      shared = { at: told.at, seq: told.seq };
    }
    // What follows in the instant at which the batch ends comes with the next one.
    if (count < events.length) break;
  }
  advance(atUs - 1);
  const more = simulated[next];
  return more ? { told: undefined, simulated: more.event } : shared;
}

/** Events that were simulated and not yet held against the log's, and what brings more of them. */
interface SimulatedPast {
  readonly simulated: { readonly event: LogEvent; readonly line: string }[];
  advance(us: number): void;
}

function pastHere(
  planned: Plan,
  data: unknown,
  { seed, recordRequests, acts }: PastOptions,
): SimulatedPast {
  const simulated: SimulatedPast["simulated"] = [];
  const sink = (event: LogEvent, line: string) => void simulated.push({ event, line });
  const simulation = new Simulation(planned, { data, seed, recordRequests, acts, sink });
  return { simulated, advance: (us) => simulation.advance(us) };
}

/** A scenario with code of its own runs where that is; all that it tells before `atUs`. */
async function pastElsewhere(
  planned: Plan,
  data: unknown,
  atUs: number,
  { seed, recordRequests, stop, progress }: PastOptions,
): Promise<SimulatedPast> {
  const simulated: SimulatedPast["simulated"] = [];
  const enough = new AbortController();
  await runPlan(planned, data, {
    ...{ seed, recordRequests, progress, speed: Infinity },
    stop: AbortSignal.any([stop, enough.signal]),
    lines: (lines) => {
      for (const line of lines) {
        const event: LogEvent = JSON.parse(line);
        if (event.at < atUs) simulated.push({ event, line });
        else enough.abort();
      }
    },
  });
  return { simulated, advance: () => {} };
}

/** `event 812 at 4m12s, window of chat stable: measured.requests.good would be 24 and not 23`. */
export function differenceText({ told, simulated }: PastDifference): string {
  const event = (told ?? simulated)!;
  const where = `event ${event.seq} at ${formatInstant(event.at)}`;
  if (!told) return `${where}, ${nameOf(event)}, would be there`;
  if (!simulated) return `${where}, ${nameOf(event)}, would not be there`;
  if (told.kind !== simulated.kind || told.at !== simulated.at) {
    const [is, was] = [simulated, told].map((each) =>
      `${nameOf(each)} at ${formatInstant(each.at)}`
    );
    return `event ${event.seq} would be ${is} and not ${was}`;
  }
  const [first] = dataDifferences(told, simulated);
  const change = first
    ? `: ${formatPath(first.path)} would be ${short(first.b)} and not ${short(first.a)}`
    : "";
  return `${where}, ${nameOf(told)}${change}`;
}

function nameOf(event: LogEvent): string {
  const fields = event as unknown as Record<string, unknown>;
  const words = ["service", "revision", "fault", "rollout", "key", "object"]
    .map((field) => fields[field]).filter((word) => typeof word === "string");
  return words.length === 0 ? event.kind : `${event.kind} of ${words.join(" ")}`;
}

function short(value: unknown): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
