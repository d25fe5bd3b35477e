// Durations for zod; apart from `duration.ts`, so that reading one costs no schema library.

import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** Takes the text of a duration and gives integer µs. */
export const durationSchema = z.string().transform((text, context) => {
  const us = parseDuration(text);
  if (us !== undefined) return us;
  context.addIssue({
    code: "custom",
    message: `Invalid duration "${text}": write a number and a unit, such as 30s, 5m or 1h30m`,
  });
  return z.NEVER;
});
