// The registry of faults: one schema of all kinds, and how each begins.

import { z } from "zod";
import { awaitWhen } from "../fleet/when.ts";
import { spawn } from "../sim/process.ts";
import type { FaultContext } from "./fault.ts";
import { beginGpuXid, gpuXidSchema } from "./gpu_xid.ts";
import { beginNodeLoss, nodeLossSchema } from "./node_loss.ts";

export const faultSchema = z.discriminatedUnion("kind", [gpuXidSchema, nodeLossSchema]);

export type Fault = z.output<typeof faultSchema>;

/** Waits for the fault's beginning, and begins it. */
export function startFault(fault: Fault, context: FaultContext): void {
  spawn(
    context.fleet.clock,
    (function* () {
      yield* awaitWhen(fault.when, context.fleet);
      if (fault.kind === "gpu-xid") beginGpuXid(fault, context);
      else beginNodeLoss(fault, context);
    })(),
  );
}
