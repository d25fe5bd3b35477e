// Pods that come up more slowly than they should.

import { z } from "zod";
import type { Pod } from "../fleet/pod.ts";
import { START_PHASES } from "../serving/startup.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { isOf, revisionFields, revisionText } from "./revision.ts";

/** In the order in which a pod goes through them. */
const PHASES = ["downloading", "pulling", ...START_PHASES] as const;
/** Beyond that nothing starts within a run; a slip of the keyboard. */
const MAX_FACTOR = 1000;

/**
 * Phases that begin while it lasts take `factor` times as long and `plus` more: a bigger checkpoint, a
 * slow disk, a compile cache that was lost. A startup probe that loses its patience kills the container.
 */
export const slowStart = faultKind({
  kind: "slow-start",
  about:
    "phases of a start (weights, image, imports, loading, engine init) take × factor, or + time",
  schema: z.strictObject({
    kind: z.literal("slow-start"),
    ...revisionFields,
    factor: z.number().positive().max(MAX_FACTOR).optional(),
    plus: durationSchema.optional(),
    phases: z.array(z.enum(PHASES)).min(1).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ factor, plus }) => factor !== undefined || plus !== undefined,
    { message: 'say how much slower: factor: 3, plus: "60s", or both' },
  ),
  plan: (fault) => `start of ${revisionText(fault)}${how(fault)}`,
  aim(fault, { fleet }) {
    const effect = new Effect("no pod of it went through such a phase");
    const { factor = 1, plus = 0, phases = PHASES } = fault;
    const rule = {
      ...{ factor, phases, plusUs: plus },
      hits: (pod: Pod) => effect.of(isOf(pod, fault, fleet)),
    };
    return {
      targets: [revisionText(fault)],
      message: `pods start slowly:${how(fault)}`,
      endMessage: "pods start as fast as before",
      begin: () => void fleet.podTroubles.slowStarts.add(rule),
      end: () => void fleet.podTroubles.slowStarts.delete(rule),
      idle: effect.idle,
    };
  },
});

/** ` × 3 + 1m while loading`. */
function how({ factor, plus, phases }: {
  readonly factor?: number | undefined;
  readonly plus?: number | undefined;
  readonly phases?: readonly string[] | undefined;
}): string {
  const times = factor === undefined ? "" : ` × ${factor}`;
  const more = plus === undefined ? "" : ` + ${formatDuration(plus)}`;
  return `${times}${more}${phases === undefined ? "" : ` while ${phases.join(", ")}`}`;
}
