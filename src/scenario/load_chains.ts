// Loads that continue each other: what they have in common in a run, and what is wrong with such a row.

import type { LoadContext } from "../load/load.ts";
import type { Load } from "../load/loads.ts";
import { formatDuration } from "../sim/duration.ts";
import { type Problem, suggestion } from "./problem.ts";

type Chained = Pick<Load, "name" | "start" | "end" | "continues">;

/** The first of the loads that a load continues, itself where it continues none. */
export function rootOf<L extends Chained>(load: L, loads: readonly L[]): L {
  let root = loads.indexOf(load);
  for (let index = root - 1; index >= 0 && loads[root]?.continues !== undefined; index--) {
    if (loads[index]!.name === loads[root]!.continues) root = index;
  }
  return loads[root] ?? load;
}

/** What the loads of one run share, by the first of their row. */
export class LoadChains {
  readonly #loads: readonly Load[];
  readonly #kept = new Map<Load, Map<string, unknown>>();

  constructor(loads: readonly Load[]) {
    this.#loads = loads;
    for (const load of loads) {
      if (load.continues !== undefined) this.#kept.set(rootOf(load, loads), new Map());
    }
  }

  /** By whose name a load's streams are called. */
  streamName(load: Load): string {
    return rootOf(load, this.#loads).name;
  }

  /** The part of a load's context that is not its own. */
  contextOf(load: Load): Pick<LoadContext, "originUs" | "keep"> {
    const root = rootOf(load, this.#loads);
    const made = this.#kept.get(root);
    if (!made) return {};
    return {
      originUs: root.start ?? 0,
      keep: <T>(key: string, make: () => T) => {
        if (!made.has(key)) made.set(key, make());
        return made.get(key) as T;
      },
    };
  }
}

/** A load continues one that stands before it and has ended by then, and that no other continues. */
export function chainProblems(loads: readonly Chained[]): Problem[] {
  return loads.flatMap((load, index) => {
    const { continues, start = 0 } = load;
    if (continues === undefined) return [];
    const before = loads.slice(0, index);
    const problem = (message: string) => [{ path: `load[${index}].continues`, message }];
    const continued = before.find(({ name }) => name === continues);
    if (!continued) {
      const known = suggestion(continues, before.map(({ name }) => name));
      return problem(`Cannot find the load "${continues}" before this one: ${known}`);
    }
    if (continued.end === undefined || continued.end > start) {
      const since = formatDuration(start);
      return problem(`Cannot continue "${continues}" from ${since} on: it has not ended by then`);
    }
    const other = before.find((each) => each.continues === continues);
    return other ? problem(`Cannot continue "${continues}": "${other.name}" does`) : [];
  });
}
