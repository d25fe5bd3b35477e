// GPUs whose core clocks fall: too hot, or held to less power.

import { z } from "zod";
import type { Slowdown } from "../fleet/scheduling/gpu_health.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { gpuSelectorSchema, placesOf, selectGpus } from "./gpu_select.ts";

/** As `nvidia-smi -q` names the reasons under "Clocks Event Reasons". */
const CAUSES = { thermal: "SW Thermal Slowdown", power: "SW Power Cap" } as const;

const clockShare = z.string().transform((text, context) => {
  const percent = /^\d{1,2}(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : 0;
  if (percent > 0) return percent;
  const message = `Invalid share "${text}": write by how much clocks fall, above 0% and below 100%`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/**
 * What tensor cores compute takes longer by the clock that is gone, from the next step on; what is read
 * from memory, exchanged with other GPUs or done by the host takes what it took, since these have clocks
 * of their own. Energy is counted as before: no source says what a throttled step draws.
 */
export const gpuThrottled = faultKind({
  kind: "gpu-throttled",
  about: "the core clocks of GPUs fall, by heat or a power cap: steps that compute take longer",
  schema: z.strictObject({
    kind: z.literal("gpu-throttled"),
    by: clockShare,
    cause: z.enum(["thermal", "power"]).default("thermal"),
    on: gpuSelectorSchema,
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ by, cause }) => `${cause} throttling by ${by}%`,
  aim({ by, cause, on }, { fleet, stream }) {
    const holders = selectGpus(on, fleet, stream);
    const places = placesOf(holders);
    const slowdown: Slowdown = { clock: 1 - by / 100 };
    return {
      targets: holders.map(({ target }) => target),
      message: `clocks fall by ${by}% (${CAUSES[cause]})`,
      endMessage: "clocks are back",
      begin: () => fleet.gpuLife.slow(places, slowdown),
      end: () => fleet.gpuLife.restore(places, slowdown),
    };
  },
});
