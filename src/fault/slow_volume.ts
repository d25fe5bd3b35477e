// A volume that is slow: to read, or to attach.

import { z } from "zod";
import { isClaim } from "../fleet/supply_troubles.ts";
import { bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";

/**
 * Models on claims (`pvc://`): reads that are under way get slower too. `factor` is of what the claim gives,
 * or of what each reader's disk would where nothing is known of it; `bandwidth` is what all readers share.
 * A pod whose volume is not there waits in ContainerCreating.
 */
export const slowVolume = faultKind({
  kind: "slow-volume",
  about: "a claim with model weights is slow to read (× factor, or so much bandwidth) or to attach",
  schema: z.strictObject({
    kind: z.literal("slow-volume"),
    /** By its name; every one when left out. */
    claim: z.string().min(1).optional(),
    factor: z.number().positive().max(1).optional(),
    bandwidth: bandwidthSchema.optional(),
    attach: durationSchema.optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ factor, bandwidth, attach }) => (factor ?? bandwidth ?? attach) !== undefined,
    { message: 'say how slow: factor: 0.1, bandwidth: "100MB/s" or attach: "3m"' },
  ).refine(({ factor, bandwidth }) => factor === undefined || bandwidth === undefined, {
    message: "write factor or bandwidth, not both",
  }),
  plan: ({ claim }) => claim === undefined ? "slow volumes" : `slow volume ${claim}`,
  problems({ claim }, { services }) {
    const claims = services.flatMap(({ workloads }) =>
      workloads.flatMap(({ startup }) => startup.claim ?? [])
    );
    if (claims.some((each) => isClaim(claim, each))) return [];
    const known = [...new Set(claims)];
    const hint = known.length === 0
      ? "no service has its model on one (pvc://)"
      : `known: ${known.join(", ")}`;
    const what = claim === undefined ? "a claim" : `the claim "${claim}"`;
    return [{ path: "claim", message: `Cannot find ${what}: ${hint}` }];
  },
  aim({ claim, factor, bandwidth, attach }, { fleet }) {
    const { lines } = fleet;
    const { volume, load } = lines.supply;
    const effect = new Effect("no pod read or attached it");
    const used = () => effect.note();
    const mount = { claim, attachUs: attach ?? 0, used };
    const total = bandwidth ??
      (factor !== undefined && volume !== undefined ? volume * factor : undefined);
    let restore = () => {};
    return {
      targets: [claim ?? "every claim"],
      message: "the volume is slow",
      endMessage: "the volume is as fast as before",
      begin() {
        if (attach !== undefined) lines.troubles.mounts.add(mount);
        const throttle = total !== undefined
          ? { gigabytesPerSecond: total / 1e9 }
          : factor !== undefined
          ? { eachGigabytesPerSecond: load * factor / 1e9 }
          : undefined;
        if (throttle) restore = lines.slowClaims({ claim, throttle, used });
      },
      end() {
        lines.troubles.mounts.delete(mount);
        restore();
      },
      idle: effect.idle,
    };
  },
});
