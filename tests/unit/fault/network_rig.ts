// Two pods of one service under an even load, and what its clients saw within some seconds.
import assert from "node:assert/strict";
import type { EventOf } from "../../../src/fleet/events.ts";
import { Simulation } from "../../../src/scenario/run.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { planned, smallScenario } from "../scenario/small_run.ts";

export const LOAD = {
  ...{ kind: "constant", name: "users", to: "chat", rps: 10 },
  ...{ prompt: { kind: "fixed", tokens: 200 }, output: { kind: "fixed", tokens: 20 } },
};

type Row = EventOf<"request">;

export interface Clients {
  readonly rows: readonly Row[];
  readonly hash: string;
  readonly simulation: Simulation;
  /** Of the requests that arrived within these seconds. */
  arrived(from: number, to: number): readonly Row[];
  /** Mean of a time of those that were completed, in ms. */
  meanMs(of: "ttftUs" | "e2eUs", from: number, to: number): number;
}

/** A small scenario with these faults, each request recorded. */
export function clients(
  faults: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
): Clients {
  const data = smallScenario({ load: [LOAD], ...fields, faults });
  const rows: Row[] = [];
  const simulation = new Simulation(planned(data), {
    data,
    recordRequests: true,
    sink: (event) => event.kind === "request" && rows.push(event),
  });
  simulation.advance(simulation.durationUs);
  simulation.finish();
  const arrived = (from: number, to: number) =>
    rows.filter(({ arrivedUs }) => arrivedUs > from * SECOND && arrivedUs <= to * SECOND);
  return {
    rows,
    simulation,
    hash: simulation.hash,
    arrived,
    meanMs: (of, from, to) => {
      const times = arrived(from, to).flatMap((row) =>
        row.outcome === "completed" ? [row[of]! / 1000] : []
      );
      assert.ok(times.length > 0, "nobody was answered");
      return times.reduce((sum, ms) => sum + ms, 0) / times.length;
    },
  };
}

/** How many rows there are of each outcome and reason. */
export function outcomes(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, reason } of rows) {
    const kind = reason === undefined ? outcome : `${outcome} ${reason}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
