// Faults of what servers run: those of a revision, or of an image whichever revision has it.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { Version } from "../fleet/regressions.ts";

export const versionFields = {
  service: z.string(),
  of: z.string().optional(),
  /** In a rolling update stable changes its image in place. */
  image: z.string().min(1).optional(),
};

export interface VersionFields {
  readonly service: string;
  readonly of?: string | undefined;
  readonly image?: string | undefined;
}

/** `chat canary with vllm:2`. */
export function versionText({ service, of, image }: VersionFields): string {
  const whose = of === undefined ? service : `${service} ${of}`;
  return image === undefined ? whose : `${whose} with ${image}`;
}

export function isVersion({ service, of, image }: VersionFields, version: Version): boolean {
  return service === version.service && (of === undefined || of === version.revision) &&
    (image === undefined || image === version.image);
}

/** Engines of a service read their step times again. */
export function retime({ service }: VersionFields, fleet: Fleet): void {
  const revisions = fleet.services.get(service)?.revisions.values() ?? [];
  for (const revision of revisions) {
    for (const pod of revision.servers) if (pod.servedBy) fleet.retime(pod.servedBy);
  }
}
