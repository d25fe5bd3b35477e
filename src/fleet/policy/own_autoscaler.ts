// An autoscaler of a scenario's own code: it looks at a service every so often, and says how many replicas.

import { z } from "zod";
import { durationSchema } from "../../sim/duration_schema.ts";
import { type Process, sleep, spawn } from "../../sim/process.ts";
import type { Fleet } from "../fleet.ts";
import { type Revision } from "../revision.ts";
import { STABLE } from "../revision_names.ts";
import { type AutoscalerDefinition, callPolicy, type Look } from "./definition.ts";
import { Simulated } from "./simulated.ts";

/** As the HPA controller's `--horizontal-pod-autoscaler-sync-period`. */
const DEFAULT_EVERY_US = 15_000_000;
/** So many looks are kept. */
const MAX_LOOKS = 100;

export const ownAutoscalerSchema = z.strictObject({
  kind: z.literal("own"),
  policy: z.string(),
  service: z.string(),
  name: z.string().min(1).optional(),
  every: durationSchema.refine((us) => us > 0, "an autoscaler cannot look every 0s").optional(),
  min: z.int().min(0),
  max: z.int().min(1),
  options: z.unknown().optional(),
}).refine(({ min, max }) => min <= max, { path: ["max"], message: "max is below min" });

export type OwnAutoscaler = z.output<typeof ownAutoscalerSchema>;

/**
 * Looks from its first interval on. What it wants is rounded up and kept within `min` and `max`; what is no
 * number ends the run with a `PolicyError`.
 */
export function startOwnAutoscaler(id: string, scaler: OwnAutoscaler, fleet: Fleet): void {
  const { policy, service: name, min, max, every = DEFAULT_EVERY_US, options } = scaler;
  const definition = fleet.policies.find("autoscaler", policy)!;
  const service = fleet.services.get(name)!;
  const sim = new Simulated(fleet, fleet.streams.stream(`autoscaler/${id}`), id);
  const looks: Look[] = [];
  spawn(
    fleet.clock,
    (function* (): Process {
      while (!service.deleted) {
        yield* sleep(every);
        if (service.deleted || service.stopped) continue;
        const stable = service.revision(STABLE)!;
        looks.push(look(sim, name, stable));
        if (looks.length > MAX_LOOKS) looks.shift();
        const wanted = wantedOf(definition, looks as [Look, ...Look[]], options);
        service.scale(stable, Math.max(min, Math.min(max, wanted)), id);
      }
    })(),
  );
}

function wantedOf(
  definition: AutoscalerDefinition,
  looks: readonly [Look, ...Look[]],
  options: unknown,
): number {
  return callPolicy(definition, () => {
    const wanted = definition.replicas(looks, options);
    if (typeof wanted !== "number" || Number.isNaN(wanted)) {
      throw new TypeError(`it wants ${wanted} replicas: return a number`);
    }
    return Math.ceil(wanted);
  });
}

function look(sim: Simulated, service: string, { replicas, pods }: Revision): Look {
  const scope = { service, of: STABLE };
  return {
    atSeconds: sim.nowSeconds,
    replicas,
    ready: pods.filter(({ ready }) => ready).length,
    rps: sim.measure("rps", scope),
    waiting: sim.measure("waiting", scope),
    kvCacheUsage: sim.measure("kvCacheUsage", scope),
    ttftP95Ms: sim.measure("ttft", scope),
    itlP95Ms: sim.measure("itl", scope),
  };
}
