// A version that answers some of its requests with an error, or breaks off some of its answers.

import { z } from "zod";
import type { Version } from "../fleet/regressions.ts";
import { PPM } from "../metrics/names.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { shareSchema, shareText } from "./share.ts";
import { isVersion, versionFields, versionText } from "./version.ts";

/**
 * Its API server answers 500 to a share of what comes to it, by chance and before the engine sees it: a
 * tokeniser, a tool parser, a field that it does not know. A route whose `retry.codes` have 500 tries again.
 * With `cut` answers begin as ever and break off after so many of their tokens, any number but all of them
 * by an even chance; what a client has begun to read no gateway tries again. An answer of one token has no
 * amid: it is a 500.
 */
export const failingRevision = faultKind({
  kind: "failing-revision",
  about: "a version's servers answer 500 to a share of the requests, or cut their answers",
  schema: z.strictObject({
    kind: z.literal("failing-revision"),
    ...versionFields,
    failing: shareSchema(),
    /** Answers break off amid. */
    cut: z.literal(true).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ cut, failing, ...version }) =>
    `${cut ? "answers cut" : "500"} for ${shareText(failing)} of ${versionText(version)}`,
  aim(fault, { fleet, stream }) {
    const effect = new Effect("none of its servers got a request that was to fail");
    const rule = {
      hits: (version: Version) => isVersion(fault, version),
      fails: () => effect.of(fault.failing === PPM || stream.integer(0, PPM - 1) < fault.failing),
      ...(fault.cut ? { cutAfter: (tokens: number) => stream.integer(1, tokens - 1) } : {}),
    };
    const { failing } = fleet.regressions;
    return {
      targets: [versionText(fault)],
      message: fault.cut
        ? `servers break off ${shareText(fault.failing)} of their answers`
        : `servers answer 500 to ${shareText(fault.failing)} of their requests`,
      endMessage: "servers answer as before",
      begin: () => void failing.add(rule),
      end: () => void failing.delete(rule),
      idle: effect.idle,
    };
  },
});
