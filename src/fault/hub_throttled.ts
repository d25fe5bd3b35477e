// A model hub that holds its clients to a rate: of bytes, or of downloads.

import { z } from "zod";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { Pod } from "../fleet/pod.ts";
import type { KubeObject } from "../kube/object.ts";
import { bandwidthSchema } from "../serving/bandwidth_schema.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, type FaultProblem, lastingFields, lasts } from "./fault.ts";
import { limitText, RateLimit } from "./rate_limit.ts";

/** Hugging Face counts requests in five minutes (huggingface.co/docs/hub/rate-limits). */
const WINDOW_US = 300 * 1_000_000;
const SCHEME = "hf://";

/**
 * `bandwidth` is what all downloads share, those that are under way too. Beyond `downloads` in `per` the
 * hub answers 429: the storage initialiser fails, and its container restarts with back-off. A model on a
 * claim, in an image or in a bucket asks no hub.
 */
export const hubThrottled = faultKind({
  kind: "hub-throttled",
  about: "the model hub gives so much bandwidth to all pods, or 429 beyond so many downloads",
  schema: z.strictObject({
    kind: z.literal("hub-throttled"),
    bandwidth: bandwidthSchema.optional(),
    downloads: z.int().min(0).optional(),
    per: durationSchema.refine((us) => us > 0, "write more than 0s").optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ bandwidth, downloads }) => bandwidth !== undefined || downloads !== undefined,
    { message: 'say what is left: bandwidth: "100MB/s", downloads: 4, or both' },
  ),
  plan: ({ bandwidth, downloads, per = WINDOW_US }) =>
    `hub at ${limitText(bandwidth, downloads, "downloads", per)}`,
  warnings: (_, { services }) => withoutHub(services),
  aim({ bandwidth, downloads, per = WINDOW_US }, { fleet }) {
    const limit = downloads === undefined ? undefined : new RateLimit(downloads, per);
    const effect = new Effect(
      bandwidth === undefined ? "no download was one too many" : "no model was downloaded",
    );
    const refuse = (pod: Pod) => {
      const repository = repositoryOf(pod.owner);
      if (repository === undefined) return undefined;
      // It is asked of each download: one that is let through comes more slowly.
      if (bandwidth !== undefined) effect.note();
      const isRefused = limit?.admits(fleet.clock.nowUs) === false;
      return effect.of(isRefused ? tooManyRequests(repository) : undefined);
    };
    const { hub, troubles } = fleet.lines;
    let restore = () => {};
    return {
      targets: ["hub"],
      message: `the hub gives ${limitText(bandwidth, downloads, "downloads", per)}`,
      endMessage: "the hub gives what it gave before",
      begin() {
        troubles.downloads.add(refuse);
        if (bandwidth === undefined) return;
        if (hub.sharing > 0) effect.note();
        restore = hub.throttle({ gigabytesPerSecond: bandwidth / 1e9 });
      },
      end() {
        troubles.downloads.delete(refuse);
        restore();
      },
      idle: effect.idle,
    };
  },
});

/** The warning of a fault of the hub where no service has its model there. */
export function withoutHub(services: readonly ServicePlan[]): FaultProblem[] {
  if (services.length === 0 || services.some(({ object }) => asksHub(object))) return [];
  return [{ path: "kind", message: "no service has its model on the hub (hf://)" }];
}

export function asksHub(service: KubeObject): boolean {
  return repositoryOf(service) !== undefined;
}

/** `meta-llama/Llama-3.1-8B`; undefined of a model that is elsewhere. */
function repositoryOf({ spec }: KubeObject): string | undefined {
  const { model } = (spec ?? {}) as { model?: { uri?: string } };
  if (!model?.uri?.startsWith(SCHEME)) return undefined;
  const [repository = ""] = model.uri.slice(SCHEME.length).split(":");
  return repository;
}

/** The last words of KServe's storage initialiser, as huggingface_hub raises them. */
function tooManyRequests(repository: string): string {
  return "huggingface_hub.errors.HfHubHTTPError: 429 Client Error: Too Many Requests for url: " +
    `https://huggingface.co/api/models/${repository}/revision/main`;
}
