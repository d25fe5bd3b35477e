import assert from "node:assert/strict";
import type { FleetState } from "../../../src/fleet/state.ts";
import { checkRun } from "../../swarm/invariants.ts";
import { randomScenario } from "../../swarm/scenarios.ts";

/** What some of the random runs must come to, or the invariants are checked on nothing. */
const WANTED = [
  ...["gpu-xid", "node-loss", "aborted", "Healthy", "failed", "rejected", "completed"],
  ...["BackOff", "FailedScheduling", "NodeNotReady", "NodeNotSchedulable", "preemptions"],
  ...["retried", "FailedCreate", "slowing-revision", "RegisteredNode"],
];

Deno.test("Simulation() accounts for every request and keeps every rule in 32 random runs", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 32; seed++) {
    for (const word of wordsOf(checkSeed(seed))) seen.add(word);
  }
  assert.deepEqual(WANTED.filter((word) => !seen.has(word)), []);
});

Deno.test("Simulation() sends nothing to a member without weight, once a late gateway has heard of it", () => {
  const { faults, rollouts } = checkSeed(8369);
  assert.ok(Object.values(faults).some(({ type }) => type === "gateway-lag"));
  assert.ok(Object.values(rollouts).some(({ abortedAt }) => abortedAt !== undefined));
});

function checkSeed(seed: number): FleetState {
  try {
    return checkRun(randomScenario(seed));
  } catch (error) {
    throw new Error(`deno task swarm --seed ${seed}`, { cause: error });
  }
}

function wordsOf({ faults, rollouts, events, services }: FleetState): string[] {
  const revisions = Object.values(services).flatMap(({ revisions }) => Object.values(revisions));
  return [
    ...Object.values(faults).map(({ type }) => type),
    ...Object.values(rollouts).map(({ phase, abortedAt }) => abortedAt ? "aborted" : phase),
    ...events.map(({ reason }) => reason),
    ...revisions.flatMap(({ measured: { requests }, preemptions }) =>
      Object.entries({ ...requests, preemptions }).flatMap(([word, count]) => count > 0 ? word : [])
    ),
  ];
}
