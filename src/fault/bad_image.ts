// An image that its registry does not have: a tag that was mistyped or removed.

import { z } from "zod";
import { notFound } from "../fleet/image_words.ts";
import type { Pod } from "../fleet/pod.ts";
import { Effect } from "./effect.ts";
import { faultFields, faultKind, lastingFields, lasts } from "./fault.ts";
import { hasImage } from "./images.ts";
import { isOf, revisionText } from "./revision.ts";

/**
 * Pulls of it fail (ErrImagePull, then ImagePullBackOff of 10 s, doubled up to 300 s) until somebody pushes
 * it, and a pod notices with its next try. Nodes that have the image need no registry.
 */
export const badImage = faultKind({
  kind: "bad-image",
  about: "an image, or that of a revision, is not in its registry: ErrImagePull, ImagePullBackOff",
  schema: z.strictObject({
    kind: z.literal("bad-image"),
    image: z.string().min(1).optional(),
    service: z.string().optional(),
    of: z.string().optional(),
    ...faultFields,
    ...lastingFields,
  }).refine(...lasts).refine(
    ({ image, service }) => (image === undefined) !== (service === undefined),
    { message: 'say which image: image: "vllm/vllm-openai:v0.15", or service: and of:' },
  ).refine(({ of, service }) => of === undefined || service !== undefined, {
    message: "say of which service the revision is",
    path: ["of"],
  }),
  plan: (fault) => `missing image ${whatOf(fault)}`,
  warnings({ image }, { services }) {
    if (image === undefined || hasImage(services, (each) => each === image)) return [];
    return [{ path: "image", message: `no service or rollout has the image "${image}"` }];
  },
  aim(fault, { fleet }) {
    const { image, service, of } = fault;
    const isMeant = (asked: string, pod: Pod) =>
      service === undefined ? asked === image : isOf(pod, { service, of }, fleet);
    const effect = new Effect("no pod pulled it");
    const refuse = (asked: string, pod: Pod) =>
      effect.of(isMeant(asked, pod) ? notFound(asked) : undefined);
    const { pulls } = fleet.lines.troubles;
    return {
      targets: [whatOf(fault)],
      message: "the image is not in its registry",
      endMessage: "the image is in its registry",
      begin: () => void pulls.add(refuse),
      end: () => void pulls.delete(refuse),
      idle: effect.idle,
    };
  },
});

function whatOf({ image, service, of }: {
  readonly image?: string | undefined;
  readonly service?: string | undefined;
  readonly of?: string | undefined;
}): string {
  return image ?? `of ${revisionText({ service: service ?? "", of })}`;
}
