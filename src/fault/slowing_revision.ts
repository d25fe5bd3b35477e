// A version that gets slower: a regression in a kernel, a leak, a cache that fragments.

import { z } from "zod";
import type { Version } from "../fleet/regressions.ts";
import { PPM } from "../metrics/names.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { shareSchema, shareText } from "./share.ts";
import { isVersion, retime, versionFields, versionText } from "./version.ts";

const SECOND = 1_000_000;
/** A slope is made of so many steps, none shorter than a second. */
const STEPS = 100;
const MOST = "900%";

/**
 * Every step of its engines takes longer, prefill and decode alike: by nothing at first, by `by` once `over`
 * is over, evenly between; at once without `over`. A token's way to its client takes what it took.
 */
export const slowingRevision = faultKind({
  kind: "slowing-revision",
  about: "a version's engine steps take longer, at once or more and more (a regression, a leak)",
  schema: z.strictObject({
    kind: z.literal("slowing-revision"),
    ...versionFields,
    by: shareSchema(MOST),
    over: durationSchema.optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: (fault) =>
    `steps of ${versionText(fault)} slower by ${shareText(fault.by)}${overText(fault)}`,
  aim(fault, { fleet }) {
    const { by, over = 0 } = fault;
    const effect = new Effect("no server ran it");
    const hits = (version: Version) => effect.of(isVersion(fault, version));
    const rule = { factor: 1, hits };
    const { clock, regressions } = fleet;
    const set = (factor: number) => {
      rule.factor = factor;
      retime(fault, fleet);
    };
    const climb = (begunUs: number) => {
      if (!regressions.slow.has(rule)) return;
      const passed = over === 0 ? 1 : Math.min(1, (clock.nowUs - begunUs) / over);
      set(1 + passed * by / PPM);
      const stepUs = Math.max(SECOND, Math.ceil(over / STEPS));
      if (passed < 1) clock.after(stepUs, () => climb(begunUs));
    };
    return {
      targets: [versionText(fault)],
      message: `steps get slower by ${shareText(by)}${overText(fault)}`,
      endMessage: "steps are as fast as before",
      begin() {
        regressions.slow.add(rule);
        climb(clock.nowUs);
      },
      end() {
        regressions.slow.delete(rule);
        set(1);
      },
      idle: effect.idle,
    };
  },
});

/** ` over 10m`. */
function overText({ over }: { readonly over?: number | undefined }): string {
  return over === undefined ? "" : ` over ${formatDuration(over)}`;
}
