// Bundled for Node: simulates the scenario in a JSON file on the pure floors and prints the log's hash.

import { readFileSync } from "node:fs";
import process from "node:process";
import { plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";

// The Node that is at hand may be older than what Deno has.
Map.groupBy ??= (items, keyOf) => {
  const groups = new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    groups.set(key, [...groups.get(key) ?? [], item]);
  }
  return groups;
};

const data = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const planned = plan(data);
if ("problems" in planned) throw new Error(JSON.stringify(planned.problems));
const simulation = new Simulation(planned, { data });
simulation.advance(simulation.durationUs);
simulation.finish();
process.stdout.write(simulation.hash + "\n");
