// What a new revision has that the one before it has not: fields of its pods. Knows no rollout.

import { z } from "zod";

/** What changes about the pods of one workload; what is left out stays. */
const podChange = {
  image: z.string().min(1).optional(),
  /** All arguments of the container `main`, instead of those that it has. */
  args: z.array(z.string()).optional(),
  /** Environment variables of the container `main`: beside those that it has, or instead of them. */
  env: z.record(z.string().min(1), z.string()).optional(),
  /** Its resources, as a container has them. */
  resources: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
    .optional(),
  replicas: z.int().min(0).optional(),
};

export const revisionChangeSchema = z.strictObject({
  ...podChange,
  prefill: z.strictObject(podChange).optional(),
}).refine(
  (to) => Object.keys(to).length > 0,
  "say what changes: image, args, env, resources, replicas or prefill",
);

export type RevisionChange = z.output<typeof revisionChangeSchema>;
/** What it says of the pods of one workload. */
export type PodChange = Omit<RevisionChange, "prefill">;

/** In a few words: `image x:2, args --max-num-seqs=64, prefill image x:2`. */
export function revisionText({ prefill, ...main }: RevisionChange): string {
  return [...words(main), ...words(prefill ?? {}).map((part) => `prefill ${part}`)].join(", ");
}

function words({ image, args, env, resources, replicas }: PodChange): string[] {
  return [
    ...(image === undefined ? [] : [`image ${image}`]),
    ...(args === undefined ? [] : [`args ${args.join(" ")}`]),
    ...(env === undefined ? [] : [`env ${Object.keys(env).join(" ")}`]),
    ...(resources === undefined ? [] : ["other resources"]),
    ...(replicas === undefined ? [] : [`${replicas} replicas`]),
  ];
}
