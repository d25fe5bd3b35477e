// A share as scenario files write it: "5%", in millionths.

import { z } from "zod";
import { PPM } from "../metrics/names.ts";

const PERCENT = /^(\d{1,3}(?:\.\d{1,4})?)%$/;
const PPM_A_PERCENT = PPM / 100;

/** Above 0 and at most `most`. */
export function shareSchema(most: `${number}%` = "100%") {
  const limit = parseFloat(most);
  return z.string().transform((text, context) => {
    const percent = Number(PERCENT.exec(text)?.[1]);
    if (percent > 0 && percent <= limit) return Math.round(percent * PPM_A_PERCENT);
    const message = `Invalid share "${text}": write more than 0% and at most ${most}, such as "5%"`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** `5%`. */
export function shareText(ppm: number): string {
  return `${ppm / PPM_A_PERCENT}%`;
}
