// What a log says of requests adds up: those in flight at the end, and loads that are told apart.
import assert from "node:assert/strict";
import type { FleetState } from "../../src/fleet/state.ts";
import { LATENCY_NAMES } from "../../src/metrics/names.ts";
import { inFlight, type Totals } from "../../src/metrics/totals.ts";

export function checkEverybodyIsAccountedFor({ services, ended }: FleetState): void {
  assert.ok(ended, "end: the run has none");
  for (const [name, { revisions }] of Object.entries(services)) {
    const all = Object.values(revisions).flatMap(({ measured, warmup, mirrored }) => [
      ...[measured, warmup],
      ...(mirrored ? [mirrored] : []),
    ]);
    const open = all.reduce((sum, { requests }) => sum + inFlight(requests), 0);
    assert.equal(open, ended.inFlight[name], `accounting: requests of ${name} that did not end`);
    for (const totals of all) checkLoads(name, totals);
  }
}

/** Loads have no more than all requests have: what is left is the first one's. */
function checkLoads(service: string, { requests, loads = {}, latencyUs }: Totals): void {
  const said = `loads: those of ${service} have more`;
  for (const key of ["arrived", "completed", "failed", "rejected", "good"] as const) {
    const told = Object.values(loads).reduce((sum, counts) => sum + counts[key], 0);
    assert.ok(told <= requests[key], `${said} ${key} than all requests`);
  }
  for (const name of LATENCY_NAMES) {
    const left = new Map(
      latencyUs[name].counts.map((count, index) => [latencyUs[name].base + index, count]),
    );
    let { sum } = latencyUs[name];
    for (const { latencyUs: its } of Object.values(loads)) {
      sum -= its?.[name]?.sum ?? 0;
      for (const [index, count] of (its?.[name]?.counts ?? []).entries()) {
        const bucket = its![name]!.base + index;
        left.set(bucket, (left.get(bucket) ?? 0) - count);
      }
    }
    assert.ok(sum >= 0 && [...left.values()].every((count) => count >= 0), `${said} ${name}`);
  }
}
