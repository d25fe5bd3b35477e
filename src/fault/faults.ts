// The registry of faults: all kinds, one schema of them, and how any of them begins and ends.

import { z } from "zod";
import { sleep, spawn } from "../sim/process.ts";
import type { Aim, FaultContext, FaultKind } from "./fault.ts";
import { GPU_FAULT_SCHEMAS, GPU_FAULTS } from "./gpu_faults.ts";
import { NETWORK_FAULT_SCHEMAS, NETWORK_FAULTS } from "./network_faults.ts";
import { NODE_FAULT_SCHEMAS, NODE_FAULTS } from "./node_faults.ts";
import { own } from "./own.ts";
import { POD_FAULT_SCHEMAS, POD_FAULTS } from "./pod_faults.ts";
import { ROUTER_FAULT_SCHEMAS, ROUTER_FAULTS } from "./router_faults.ts";
import { isSchedule, occurrences } from "./schedule.ts";
import { SUPPLY_FAULT_SCHEMAS, SUPPLY_FAULTS } from "./supply_faults.ts";

/** Every kind of fault, in the order in which the README lists them. */
export const FAULT_KINDS = [
  ...GPU_FAULTS,
  ...NODE_FAULTS,
  ...POD_FAULTS,
  ...SUPPLY_FAULTS,
  ...NETWORK_FAULTS,
  ...ROUTER_FAULTS,
  own,
] as const;

export const faultSchema = z.discriminatedUnion("kind", [
  ...GPU_FAULT_SCHEMAS,
  ...NODE_FAULT_SCHEMAS,
  ...POD_FAULT_SCHEMAS,
  ...SUPPLY_FAULT_SCHEMAS,
  ...NETWORK_FAULT_SCHEMAS,
  ...ROUTER_FAULT_SCHEMAS,
  own.schema,
]);

export type Fault = z.output<typeof faultSchema>;

/** The kind of a fault; the union's types do not follow a lookup, the schemas have judged it. */
export function kindOf(fault: Fault): FaultKind<z.ZodType<Fault>> {
  return FAULT_KINDS.find(({ kind }) => kind === fault.kind) as unknown as FaultKind<
    z.ZodType<Fault>
  >;
}

/** A fault that people can begin before its time. */
export interface FaultControls {
  /** Why that cannot be done now, in one sentence; undefined where it can. */
  refusal(): string | undefined;
  /** Begins it; only where nothing refuses it. */
  begin(): void;
  /** What did not happen while it was in force; undefined: it had an effect, or never began. */
  idle(): string | undefined;
}

/** Waits for each of the fault's beginnings, begins it, and ends it when its time is over. */
export function startFault(fault: Fault, context: FaultContext): FaultControls {
  const aims: Aim[] = [];
  const { fleet, id, stream } = context;
  const tell = (phase: "begin" | "end", targets: readonly string[], message: string) =>
    fleet.journal.tell({
      kind: "fault",
      fault: id,
      type: fault.kind,
      phase,
      targets: [...targets],
      message,
    });
  let begun = false;
  const process = spawn(
    fleet.clock,
    occurrences(fault.when, fleet, stream, function* () {
      begun = true;
      const aim = kindOf(fault).aim(fault, context);
      aims.push(aim);
      const { targets, message } = aim;
      tell("begin", targets, targets.length > 0 ? message : `${message}: ${nobody(fault)}`);
      aim.begin();
      const lastsUs = "for" in fault ? fault.for : undefined;
      if (lastsUs === undefined) return;
      yield* sleep(lastsUs);
      tell("end", targets, aim.endMessage ?? `over: ${message}`);
      aim.end?.();
    }),
  );
  return {
    refusal: () => {
      if (begun) return "Cannot begin the fault: it has begun";
      return isSchedule(fault.when) ? "Cannot begin the fault: it has a schedule" : undefined;
    },
    begin: () => process.interrupt("begin"),
    idle: () => {
      const idle = aims.map((aim) => aim.idle?.());
      return idle.every((missed) => missed !== undefined) ? idle[0] : undefined;
    },
  };
}

function nobody(fault: Fault): string {
  const noun = "on" in fault ? fault.on.kind.replace(/s$/, "") : "target";
  return `no ${noun} matched`;
}
