// The runs of a sweep: every combination of the values that are varied, each under the same seeds.

import { z } from "zod";
import { AS_WRITTEN, type Problem, problemsOf } from "./problem.ts";
import { applySettings } from "./set.ts";
import { parsePath } from "./set_path.ts";
import type { Setting } from "./setting.ts";

const DEFAULT_SEEDS = 10;
/** More runs than these are a slip: at 10 ms each they take a quarter of an hour. */
const MAX_RUNS = 100_000;

const sweepSchema = z.strictObject({
  kind: z.literal("sweep"),
  scenario: z.unknown(),
  vary: z.record(z.string(), z.array(z.json()).min(1, "name at least one value")),
  seeds: z.int().min(1).default(DEFAULT_SEEDS),
});

/** One combination of values. */
export interface SweepPoint {
  /** The value of each varied path, in the order in which they were named. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The scenario with these values. */
  readonly data: unknown;
}

export interface SweepGrid {
  readonly paths: readonly string[];
  readonly points: readonly SweepPoint[];
  readonly seeds: number;
}

/** What the user says beside the file. */
export interface SweepChanges {
  /** Made in the scenario before it is varied. */
  readonly set?: readonly Setting[];
  /** More fields, or other values for those of the file. */
  readonly vary?: Readonly<Record<string, readonly unknown[]>>;
  readonly seeds?: number;
  /** Something else is varied as well: no field need be. */
  readonly beside?: boolean;
}

/**
 * The grid of a sweep, or of a plain scenario; the last path varies fastest. All that is wrong with the
 * sweep itself is told, the scenarios are not planned.
 */
export function readSweep(
  data: unknown,
  { set = [], vary = {}, seeds, beside = false }: SweepChanges = {},
): SweepGrid | { readonly problems: readonly Problem[] } {
  const isSweep = (data as { kind?: unknown } | null)?.kind === "sweep";
  const parsed = sweepSchema.safeParse(
    isSweep ? data : { kind: "sweep", scenario: data, vary: {} },
    AS_WRITTEN,
  );
  if (!parsed.success) return { problems: problemsOf(parsed.error.issues) };
  const all = { ...parsed.data.vary, ...vary };
  const paths = Object.keys(all);
  if (paths.length === 0 && !beside) {
    return problem("vary", "Cannot sweep over nothing: say vary, --vary path=v1,v2, --tp or --gpu");
  }
  const count = seeds ?? parsed.data.seeds;
  const runs = Object.values(all).reduce((product, { length }) => product * length, count);
  if (runs > MAX_RUNS) {
    return problem("vary", `Cannot sweep over ${runs} runs: ${MAX_RUNS} is the most`);
  }
  const base = applySettings(parsed.data.scenario, set);
  if ("problem" in base) return problem("scenario", base.problem);
  const points: SweepPoint[] = [];
  for (const values of combinations(all)) {
    const point = pointOf(base.data, values);
    if ("problems" in point) return point;
    points.push(point);
  }
  return { paths, points, seeds: count };
}

function problem(path: string, message: string): { readonly problems: readonly Problem[] } {
  return { problems: [{ path, message }] };
}

function pointOf(data: unknown, values: Readonly<Record<string, unknown>>) {
  const settings: Setting[] = [];
  for (const [text, value] of Object.entries(values)) {
    const path = parsePath(text);
    if (!path) return problem("vary", `Cannot vary "${text}": write a path, such as load[0].rps`);
    settings.push({ text: `${text}=${JSON.stringify(value)}`, path, value });
  }
  const result = applySettings(data, settings);
  return "problem" in result ? problem("vary", result.problem) : { values, data: result.data };
}

function combinations(
  vary: Readonly<Record<string, readonly unknown[]>>,
): Readonly<Record<string, unknown>>[] {
  return Object.entries(vary).reduce<Record<string, unknown>[]>(
    (before, [path, values]) =>
      before.flatMap((each) => values.map((value) => ({ ...each, [path]: value }))),
    [{}],
  );
}
