// A registry that holds its clients to a rate: of bytes, or of pulls.

import { z } from "zod";
import { tooManyRequests } from "../fleet/image_words.ts";
import { bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { limitText, RateLimit } from "./rate_limit.ts";

/** Docker Hub counts pulls in six hours (docs.docker.com, "Pull usage and limits"). */
const WINDOW_US = 6 * 3600 * 1_000_000;

/**
 * `bandwidth` is what all nodes that pull share, pulls that are under way too. Beyond `pulls` in `per` the
 * registry answers 429, and the kubelet tries again with ImagePullBackOff.
 */
export const pullThrottled = faultKind({
  kind: "pull-throttled",
  about: "the registry gives so much bandwidth to all nodes, or 429 beyond so many pulls",
  schema: z.strictObject({
    kind: z.literal("pull-throttled"),
    bandwidth: bandwidthSchema.optional(),
    pulls: z.int().min(0).optional(),
    per: durationSchema.refine((us) => us > 0, "write more than 0s").optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ bandwidth, pulls }) => bandwidth !== undefined || pulls !== undefined,
    { message: 'say what is left: bandwidth: "100MB/s", pulls: 10, or both' },
  ),
  plan: ({ bandwidth, pulls, per = WINDOW_US }) =>
    `registry at ${limitText(bandwidth, pulls, "pulls", per)}`,
  aim({ bandwidth, pulls, per = WINDOW_US }, { fleet }) {
    const limit = pulls === undefined ? undefined : new RateLimit(pulls, per);
    const { registry, troubles } = fleet.lines;
    const effect = new Effect(
      bandwidth === undefined ? "no pull was one too many" : "no image was pulled",
    );
    const refuse = (image: string) => {
      // It is asked of each pull: one that is let through comes more slowly.
      if (bandwidth !== undefined) effect.note();
      const isRefused = limit?.admits(fleet.clock.nowUs) === false;
      return effect.of(isRefused ? tooManyRequests(image) : undefined);
    };
    let restore = () => {};
    return {
      targets: ["registry"],
      message: `the registry gives ${limitText(bandwidth, pulls, "pulls", per)}`,
      endMessage: "the registry gives what it gave before",
      begin() {
        troubles.pulls.add(refuse);
        if (bandwidth === undefined) return;
        if (registry.sharing > 0) effect.note();
        restore = registry.throttle({ gigabytesPerSecond: bandwidth / 1e9 });
      },
      end() {
        troubles.pulls.delete(refuse);
        restore();
      },
      idle: effect.idle,
    };
  },
});
