// pause: nothing happens for a while, or until a person promotes.

import { z } from "zod";
import { formatDuration } from "../../sim/duration.ts";
import { durationSchema } from "../../sim/duration_schema.ts";
import { Signal, sleep, wait } from "../../sim/process.ts";
import { stepKind } from "../step.ts";

export const pause = stepKind({
  kind: "pause",
  about: "waits for so long, or without a duration until a person promotes",
  schema: z.strictObject({ kind: z.literal("pause"), duration: durationSchema.optional() }),
  plan: ({ duration }) => duration === undefined ? "pause" : `pause ${formatDuration(duration)}`,
  pauses: () => true,
  *take({ duration }) {
    if (duration === undefined) yield* wait(new Signal<never>());
    else yield* sleep(duration);
  },
});
