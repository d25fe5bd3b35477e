// A container registry that answers no more.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import { cutOff, registryOf, unavailable } from "../fleet/image_words.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { hasImage } from "./images.ts";

/**
 * Pulls that begin fail with 503, those that are under way break off; the kubelet tries again with
 * ImagePullBackOff. What nodes have is not asked for.
 */
export const registryDown = faultKind({
  kind: "registry-down",
  about:
    "a registry answers 503: nothing is pulled from it, and pulls that are under way break off",
  schema: z.strictObject({
    kind: z.literal("registry-down"),
    /** Its host; every registry when left out. */
    registry: z.string().min(1).optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts),
  plan: ({ registry = "every registry" }) => `outage of ${registry}`,
  warnings({ registry }, { services }) {
    if (registry === undefined || hasImage(services, (image) => registryOf(image) === registry)) {
      return [];
    }
    const message = `no service or rollout has an image of the registry "${registry}"`;
    return [{ path: "registry", message }];
  },
  aim({ registry }, { fleet }) {
    const isMeant = (image: string) => registry === undefined || registryOf(image) === registry;
    const effect = new Effect("no image was pulled from it");
    const refuse = (image: string) => effect.of(isMeant(image) ? unavailable(image) : undefined);
    const { pulls } = fleet.lines.troubles;
    return {
      targets: [registry ?? "every registry"],
      message: "the registry is down",
      endMessage: "the registry is up again",
      begin() {
        pulls.add(refuse);
        breakOff(fleet, (image) => effect.of(isMeant(image)));
      },
      end: () => void pulls.delete(refuse),
      idle: effect.idle,
    };
  },
});

function breakOff(fleet: Fleet, isMeant: (image: string) => boolean): void {
  for (const node of fleet.nodes.all) {
    for (const pod of fleet.podsOn(node)) {
      const { pulling } = pod;
      if (pulling === undefined || !isMeant(pulling)) continue;
      node.images.breakOff(pulling);
      pod.failPull(cutOff(pulling));
    }
  }
}
