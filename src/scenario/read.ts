// Reads a scenario's data; of one with problems as much as can be read, so that the rest is judged too.

import type { z } from "zod";
import type { Unsure } from "./check_names.ts";
import { AS_WRITTEN, type Problem, problemsOf } from "./problem.ts";
import { type ParsedScenario, scenarioSchema } from "./schema.ts";

export interface Reading {
  /** Absent when too little could be read to judge the rest. */
  readonly scenario?: ParsedScenario;
  readonly problems: readonly Problem[];
  readonly unsure: Unsure;
  /** A path into `scenario` as one into the data: entries that could not be read are left out. */
  restore(text: string): string;
}

const LISTS = ["load", "rollouts", "changes", "faults", "expect"];

/** Stands for a field that cannot be read; a field without one is left out. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  kind: "scenario",
  name: "unread",
  duration: "1000000h",
  cluster: { nodes: [{ count: 1, gpus: "1xH100-SXM" }] },
  services: [null],
  load: [],
};

export function readScenario(data: object): Reading {
  // Compiling the parsers takes longer than one parse.
  const parsed = scenarioSchema.safeParse(data, { ...AS_WRITTEN, jitless: true });
  if (parsed.success) {
    const { data: scenario } = parsed;
    return { scenario, problems: [], unsure: new Set(), restore: (text) => text };
  }
  const { issues } = parsed.error;
  const unsure = new Set(issues.map(({ path }) => String(path[0] ?? "")));
  const { rest, kept } = withoutBroken(data as Record<string, unknown>, issues);
  const again = scenarioSchema.safeParse(rest);
  return {
    ...(again.success ? { scenario: again.data } : {}),
    problems: problemsOf(issues),
    unsure,
    restore: (text) =>
      text.replace(/\b(\w+)\[(\d+)\]/g, (whole, list: string, index: string) => {
        const original = kept.get(list)?.[Number(index)];
        return original === undefined ? whole : `${list}[${original}]`;
      }),
  };
}

/** The data without the entries and fields that have issues; `kept` are the entries' old places. */
function withoutBroken(data: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]) {
  const rest = { ...data };
  const kept = new Map<string, number[]>();
  for (const issue of issues) {
    if (issue.path.length > 0 || issue.code !== "unrecognized_keys") continue;
    for (const key of issue.keys) delete rest[key];
  }
  for (const field of new Set(issues.flatMap(({ path }) => path.slice(0, 1).map(String)))) {
    const value = data[field];
    if (LISTS.includes(field) && Array.isArray(value)) {
      const broken = new Set(
        issues.filter(({ path }) => path[0] === field).map(({ path }) => path[1]),
      );
      const indices = [...value.keys()].filter((index) => !broken.has(index));
      kept.set(field, indices);
      rest[field] = indices.map((index) => value[index]);
    } else if (field in STAND_INS) rest[field] = STAND_INS[field];
    else delete rest[field];
  }
  return { rest, kept };
}
