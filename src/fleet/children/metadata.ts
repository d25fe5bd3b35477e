// What all objects that KServe makes for a service have in common. Knows none of their specs.

import { controlledBy, uidOf } from "../../kube/identity.ts";
import { serviceLabels } from "../../kube/names.ts";
import type { KubeObject, ObjectMeta } from "../../kube/object.ts";

/**
 * The service whose child is made: its own object, its spec being the effective one, with which
 * KServe's controller works.
 */
export type Owner = KubeObject;

/** An object of which everything but its uid is known. */
export type Child = KubeObject;

/** With its owner, which takes it along when it goes, and made when its owner was. */
export function childOf(
  owner: Owner,
  { name, labels, annotations }: Pick<ObjectMeta, "name" | "labels" | "annotations">,
): ObjectMeta {
  const { namespace = "default", creationTimestamp } = owner.metadata;
  return {
    name,
    namespace,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ownerReferences: [controlledBy(owner)],
  };
}

/** What routes to the pods is the router's. */
export function routerChild(owner: Owner, name: string): ObjectMeta {
  return childOf(owner, { name, labels: serviceLabels(owner.metadata.name, "router") });
}

/** The object with the uid that it gets when it is made. */
export function made(child: Child): KubeObject {
  return { ...child, metadata: { ...child.metadata, uid: uidOf(child) } };
}
