// Who an object is: its uid, and how another object says that it belongs to it.

import { createHash } from "node:crypto";
import type { KubeObject, OwnerReference } from "./object.ts";

type Named = Pick<KubeObject, "apiVersion" | "kind" | "metadata">;

/** Its own, or one that is the same in every run: from its kind, names and time of creation. */
export function uidOf({ kind, metadata }: Named): string {
  const { uid, namespace = "", name, creationTimestamp = "" } = metadata;
  if (uid !== undefined) return uid;
  const digest = createHash("sha256")
    .update(JSON.stringify([kind, namespace, name, creationTimestamp])).digest("hex");
  // RFC 9562: 8 is the version for what a maker chooses, the bits after it are the variant's.
  const variant = "89ab"[Number.parseInt(digest[16]!, 16) % 4];
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

/** As a controller writes it into what it makes (`metav1.NewControllerRef`). */
export function controlledBy(owner: Named): OwnerReference {
  const { apiVersion, kind, metadata: { name } } = owner;
  return {
    apiVersion,
    kind,
    name,
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}
