// A version that answers some of its requests with an error.

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
 */
export const failingRevision = faultKind({
  kind: "failing-revision",
  about: "a version's servers answer 500 to a share of the requests that come to them",
  schema: z.strictObject({
    kind: z.literal("failing-revision"),
    ...versionFields,
    failing: shareSchema(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) => `500 for ${shareText(fault.failing)} of ${versionText(fault)}`,
  aim(fault, { fleet, stream }) {
    const effect = new Effect("none of its servers got a request that was to fail");
    const rule = {
      hits: (version: Version) => isVersion(fault, version),
      fails: () => effect.of(fault.failing === PPM || stream.integer(0, PPM - 1) < fault.failing),
    };
    const { failing } = fleet.regressions;
    return {
      targets: [versionText(fault)],
      message: `servers answer 500 to ${shareText(fault.failing)} of their requests`,
      endMessage: "servers answer as before",
      begin: () => void failing.add(rule),
      end: () => void failing.delete(rule),
      idle: effect.idle,
    };
  },
});
