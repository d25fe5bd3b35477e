// A process of a scenario's own code: what its vocabulary cannot say, and how any own generator is told of.

import { type Process, spawn } from "../../sim/process.ts";
import type { Fleet } from "../fleet.ts";
import { policyError } from "./definition.ts";
import { Simulated } from "./simulated.ts";

/** Starts it at virtual 0; `name` is its own and that of its stream. */
export function startOwnProcess(name: string, fleet: Fleet): void {
  const definition = fleet.policies.find("process", name)!;
  const sim = new Simulated(fleet, fleet.streams.stream(`process/${name}`), name);
  spawn(fleet.clock, told(definition, () => definition.run(sim)));
}

/** Runs a generator of own code; what it throws is told as the policy's. */
export function* told<R>(
  policy: { readonly type: string; readonly name: string },
  begin: () => Process<R>,
): Process<R> {
  try {
    return yield* begin();
  } catch (error) {
    throw policyError(policy, error);
  }
}
