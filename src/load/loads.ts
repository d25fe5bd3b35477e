// The registry of loads: one schema of all kinds, and how each is started.

import { z } from "zod";
import type { LoadContext } from "./load.ts";
import { constantSchema, poissonSchema, startOpenLoop } from "./open_loop.ts";
import { startTrace, traceSchema } from "./trace.ts";

export const loadSchema = z.discriminatedUnion("kind", [
  poissonSchema,
  constantSchema,
  traceSchema,
]);

export type Load = z.output<typeof loadSchema>;

export function startLoad(load: Load, context: LoadContext): void {
  if (load.kind === "trace") startTrace(load, context);
  else startOpenLoop(load, context);
}
