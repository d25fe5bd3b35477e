// What a load asks for, whenever it asks: prompts and answers of some lengths, or of groups of users.

import { z } from "zod";
import { lengthSampler, lengthSchema } from "./lengths.ts";
import type { LoadContext } from "./load.ts";
import { type Send, sharedPrefixSchema, sharedPrefixSender } from "./shared_prefix.ts";

/** Either `prompt` and `output`, or `requests`; `checkAsked` sees to it. */
export const askedFields = {
  prompt: lengthSchema.optional(),
  output: lengthSchema.optional(),
  requests: sharedPrefixSchema.optional(),
};

export type Asked = z.output<z.ZodObject<typeof askedFields>>;

/** Told with the other problems of a load, not after them. */
const always = { when: () => true } as const;

/** A load's schema with the checks that fields alone cannot make. */
export function checkAsked<S extends z.ZodType<Asked>>(schema: S): S {
  return schema
    .refine(({ prompt, requests }) => prompt !== undefined || requests !== undefined, {
      ...{ ...always, path: ["prompt"] },
      message: "say how long prompts are, as in fixed(500)",
    })
    .refine(({ output, requests }) => output !== undefined || requests !== undefined, {
      ...{ ...always, path: ["output"] },
      message: "say how long answers are, as in fixed(200)",
    })
    .refine(
      ({ prompt, output, requests }) =>
        requests === undefined || (prompt === undefined && output === undefined),
      {
        ...{ ...always, path: ["requests"] },
        message: "requests say how long they are: leave prompt and output out",
      },
    );
}

/** Sends the load's requests one after the other. */
export function senderOf(load: Asked, context: LoadContext): Send {
  if (load.requests) return sharedPrefixSender(load.requests, context);
  const prompt = lengthSampler(load.prompt!, context.stream("prompt"));
  const output = lengthSampler(load.output!, context.stream("output"));
  return (done) => context.submit(prompt(), output(), done && { onEnd: done });
}
