// Two runs held against each other, as data: what `mtop diff -o json` prints and its text is written from.

import type { FleetState, RolloutState } from "../fleet/state.ts";
import type { LogEvent, LogHeader } from "../log/codec.ts";
import { dataDifferences } from "../log/data_diff.ts";
import { formatPath } from "../scenario/set_path.ts";
import { type Figures, figuresOf, loadFiguresOf } from "./figures.ts";
import { type LimitOutcome, limitOutcomes } from "./slo_limits.ts";
import { summarize, type Summary, type SummaryOptions } from "./summary.ts";

/** One of the two: its log's head, and its state at the end. */
export interface RunSide {
  readonly path: string;
  readonly header: LogHeader;
  readonly state: FleetState;
  /** Of a log that is whole. */
  readonly hash: string | undefined;
}

interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

export interface RunFacts {
  readonly log: string;
  readonly scenario: string;
  readonly seed: number;
  readonly mtop: string;
  readonly events: number;
  readonly logHash: string | null;
  readonly ended: boolean;
}

export interface RunDiff extends Pair<RunFacts> {
  readonly same: boolean;
  /** Fields of the frozen scenarios, by the paths that `--set` takes; null is not there. */
  readonly scenario: readonly ({ readonly path: string } & Pair<unknown>)[];
  /** The first events that differ, after `run.started`; null in one that has no more. */
  readonly first: Pair<LogEvent | null> | null;
  readonly slo: readonly Pair<LimitOutcome | null>[];
  readonly calibration: Readonly<Record<string, Pair<string | null>>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, FigurePair>>>>;
  /** By the names of the service and of a load that is told apart. */
  readonly loads: Readonly<Record<string, RunDiff["services"]>>;
  readonly rollouts: Readonly<Record<string, Pair<RolloutOutcome | null>>>;
  readonly expectations: readonly ({ id: string; about: string } & Pair<Outcome | null>)[];
}

export interface FigurePair extends Pair<number | null> {
  /** `b - a`; null where one of them is unknown. */
  readonly difference: number | null;
}

export interface RolloutOutcome {
  readonly service: string;
  readonly phase: string;
  readonly outcome: "aborted" | "completed" | "not over";
  readonly atSeconds: number | null;
  readonly step: number;
  readonly message: string;
}

interface Outcome {
  readonly passed: boolean;
  readonly got: string;
}

/** `first` is what the comparison of the two logs found, `startedSame` whether their first events are one. */
export function diffRuns(
  a: RunSide,
  b: RunSide,
  { first, startedSame }: { first: Pair<LogEvent | null> | null; startedSame: boolean },
  options: SummaryOptions = {},
): RunDiff {
  const [left, right] = [a, b].map(({ state }) => summarize(state, state.at, options)) as [
    Summary,
    Summary,
  ];
  return {
    same: first === null && startedSame,
    a: factsOf(a),
    b: factsOf(b),
    scenario: dataDifferences(a.header.scenario, b.header.scenario).map(({ path, a, b }) => ({
      path: formatPath(path),
      a: a ?? null,
      b: b ?? null,
    })),
    first,
    slo: paired(
      limitOutcomes(a.header.scenario, left),
      limitOutcomes(b.header.scenario, right),
      ({ service, label }) => `${service} ${label}`,
    ),
    calibration: byName(left.services, right.services, ({ calibration }) => calibration),
    services: figurePairs(figuresOf(left), figuresOf(right)),
    loads: loadPairs(loadFiguresOf(left), loadFiguresOf(right)),
    rollouts: byName(a.state.rollouts, b.state.rollouts, outcomeOf),
    expectations: paired(left.expectations, right.expectations, ({ id }) => id).map(
      ({ a, b }) => ({
        id: (a ?? b)!.id,
        about: (a ?? b)!.about,
        a: a && { passed: a.passed, got: a.got },
        b: b && { passed: b.passed, got: b.got },
      }),
    ),
  };
}

function factsOf({ path, header, state, hash }: RunSide): RunFacts {
  return {
    log: path,
    scenario: state.run?.scenario ?? "",
    seed: header.seed,
    mtop: header.mtop,
    events: state.seq + 1,
    logHash: hash ?? null,
    ended: state.ended !== undefined,
  };
}

function outcomeOf(rollout: RolloutState): RolloutOutcome {
  const { service, phase, step, message, abortedAt, completedAt } = rollout;
  const at = abortedAt ?? completedAt;
  const ended = completedAt === undefined ? "not over" : "completed";
  return {
    service,
    phase,
    outcome: abortedAt === undefined ? ended : "aborted",
    atSeconds: at === undefined ? null : at / 1e6,
    step,
    message,
  };
}

function figurePairs(a: Figures, b: Figures): RunDiff["services"] {
  return Object.fromEntries(
    Object.entries(byName(a, b, (figures) => figures)).map(([service, { a, b }]) => {
      const pairs = Object.keys(a ?? b ?? {}).map((key) => {
        const [left, right] = [a?.[key] ?? null, b?.[key] ?? null];
        const difference = left === null || right === null ? null : right - left;
        return [key, { a: left, b: right, difference }] as const;
      });
      return [service, Object.fromEntries(pairs)];
    }),
  );
}

function loadPairs(
  a: Readonly<Record<string, Figures>>,
  b: Readonly<Record<string, Figures>>,
): RunDiff["loads"] {
  const pairs = Object.entries(byName(a, b, (loads) => loads));
  return Object.fromEntries(
    pairs.map(([service, { a, b }]) => [service, figurePairs(a ?? {}, b ?? {})]),
  );
}

/** By the names of both; null where one does not have it. */
function byName<T, R>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  read: (value: T) => R,
): Record<string, Pair<R | null>> {
  const of = (values: Readonly<Record<string, T>>, name: string) =>
    Object.hasOwn(values, name) ? read(values[name]!) : null;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, { a: of(a, name), b: of(b, name) }]));
}

/** Entries of the same key side by side, in the order of the first list. */
function paired<T>(a: readonly T[], b: readonly T[], keyOf: (entry: T) => string) {
  const pairs = new Map<string, { a: T | null; b: T | null }>();
  for (const entry of a) pairs.set(keyOf(entry), { a: entry, b: null });
  for (const entry of b) {
    const pair = pairs.get(keyOf(entry));
    pairs.set(keyOf(entry), { a: pair?.a ?? null, b: entry });
  }
  return [...pairs.values()];
}
