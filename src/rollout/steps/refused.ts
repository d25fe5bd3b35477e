// Steps of Argo's that a route group of KServe cannot do, each refused with the reason.

import { z } from "zod";

function refused<K extends string>(kind: K, why: string) {
  return z.looseObject({ kind: z.literal(kind) }).transform((input, context) => {
    context.issues.push({ code: "custom", input, message: why });
    return z.NEVER;
  });
}

export const setHeaderRoute = refused(
  "setHeaderRoute",
  "Cannot route by headers: the members of a KServe route group share one rule and differ by weight alone",
);

export const plugin = refused(
  "plugin",
  "Cannot run a plugin of Argo's controller: write the step in TypeScript with defineStep",
);
