// Who an object is: its uid, and how another object says that it belongs to it.

import { createHash } from "node:crypto";
import type { KubeObject, OwnerReference } from "./object.ts";

type Named = Pick<KubeObject, "apiVersion" | "kind" | "metadata">;

/** Its own, or one that is the same in every run: from its kind, names and time of creation. */
export function uidOf({ kind, metadata }: Named): string {
  const { uid, namespace = "", name, creationTimestamp = "" } = metadata;
  return uid ?? uuidOf(JSON.stringify([kind, namespace, name, creationTimestamp]), "8");
}

/**
 * A UUID that a text always has. Of RFC 9562's versions 8 is for what a maker chooses, and 4, with one
 * of its variants, is what logs hold of pods.
 */
export function uuidOf(text: string, version: "4" | "8"): string {
  const digest = createHash("sha256").update(text).digest("hex");
  const variant = version === "4" ? "a" : "89ab"[Number.parseInt(digest[16]!, 16) % 4];
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `${version}${digest.slice(13, 16)}`,
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
