// To whom a load sends, as the gateway can be addressed. It knows no service and no gateway.

import { z } from "zod";

const NAMED = "name it, or leave it out";
const namespace = z.string().min(1, NAMED).optional();

export const targetSchema = z.union([
  z.string(),
  z.strictObject({ member: z.string(), of: z.string().min(1, NAMED).optional() }),
  z.strictObject({ group: z.string(), namespace }),
  z.strictObject({ model: z.string(), namespace }),
], { error: 'name a service, or write member("…"), group("…") or model("…")' });

/**
 * `"chat"`: the model of that service, by the weights of its route group. `{ member }`: the path
 * `/<namespace>/<name>/v1/…` of a service, or of one of its revisions, past all weights. `{ group }`: what
 * the members of a route group serve, by weight. `{ model }`: the header `X-Gateway-Model-Name:
 * publishers/<namespace>/models/<model>` or the path of that name; an adapter's name too.
 */
export type Target = z.output<typeof targetSchema>;

/** A target in a few words: `chat`, `member chat canary`, `model llama`. */
export function targetText(to: Target): string {
  if (typeof to === "string") return to;
  if ("member" in to) return ["member", to.member, to.of].filter(Boolean).join(" ");
  return "group" in to ? `group ${to.group}` : `model ${to.model}`;
}
