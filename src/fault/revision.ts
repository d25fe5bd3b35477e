// Faults of a whole revision: all its pods, those that are made later too.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { Pod } from "../fleet/pod.ts";

/** Whose pods; `of` left out: of every revision. */
export const revisionFields = {
  service: z.string(),
  of: z.string().optional(),
};

export interface RevisionFields {
  readonly service: string;
  readonly of?: string | undefined;
}

/** `chat`, `chat canary`. */
export function revisionText({ service, of }: RevisionFields): string {
  return of === undefined ? service : `${service} ${of}`;
}

/** Whether a pod is of the revision's main workload. */
export function isOf(pod: Pod, { service, of }: RevisionFields, fleet: Fleet): boolean {
  const role = pod.labels["llm-d.ai/role"];
  if (role !== "both" && role !== "decode") return false;
  const member = pod.labels["app.kubernetes.io/name"];
  for (const revision of fleet.services.get(service)?.revisions.values() ?? []) {
    if (of !== undefined && revision.name !== of) continue;
    const { name, namespace = "default" } = revision.object.metadata;
    if (name === member && namespace === pod.namespace) return true;
  }
  return false;
}
