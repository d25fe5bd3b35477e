// What a new revision has that the one before it has not: fields of its pods. Knows no rollout.

import { z } from "zod";

/** Of a service's `spec`, what its pods are made of. */
export const POD_FIELDS = ["model", "parallelism", "template", "worker"] as const;

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

/** A JSON merge patch of the service's `spec` (RFC 7386): what the other fields do not say. */
const specPatch = z.strictObject(
  Object.fromEntries(
    [...POD_FIELDS, "prefill"].map((field) => [field, z.json().optional()]),
  ) as Record<typeof POD_FIELDS[number] | "prefill", z.ZodOptional<z.ZodJSONSchema>>,
);

export const revisionChangeSchema = z.strictObject({
  ...podChange,
  prefill: z.strictObject(podChange).optional(),
  spec: specPatch.optional(),
}).refine(
  (to) => Object.keys(to).length > 0,
  "say what changes: image, args, env, resources, replicas, prefill or spec",
);

export type RevisionChange = z.output<typeof revisionChangeSchema>;
/** What it says of the pods of one workload. */
export type PodChange = Omit<RevisionChange, "prefill" | "spec">;

/** In a few words: `image x:2, args --max-num-seqs=64, prefill image x:2`. */
export function revisionText({ prefill, spec, ...main }: RevisionChange): string {
  return [
    ...words(main),
    ...words(prefill ?? {}).map((part) => `prefill ${part}`),
    ...(spec === undefined ? [] : [`other ${patched(spec).join(" and ")}`]),
  ].join(", ");
}

/** The fields that a patch changes, those of prefill with its name before them. */
function patched({ prefill, ...main }: NonNullable<RevisionChange["spec"]>): string[] {
  const fields = typeof prefill === "object" && prefill !== null ? Object.keys(prefill) : [];
  return [...Object.keys(main), ...fields.map((field) => `prefill.${field}`)];
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
