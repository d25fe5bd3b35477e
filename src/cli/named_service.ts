// The one service of the mock cluster that a rehearsal is named for; it is not looked for in all namespaces.

import { notFound } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import { keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import type { ObjectStore } from "../kube/store.ts";
import { CliError } from "./exit.ts";

/**
 * Throws kubectl's error where no namespace has a service of that name, a `CliError` that names the
 * namespaces where another one has.
 */
export function namedService(store: ObjectStore, namespace: string, name: string): KubeObject {
  const found = store.get(keyOf(SERVICE_RESOURCE, namespace, name));
  if (found) return found.object;
  const elsewhere = store.list()
    .filter(({ object }) => object.kind === SERVICE_RESOURCE.kind && object.metadata.name === name)
    .map(({ object }) => object.metadata.namespace ?? "default");
  if (elsewhere.length === 0) throw notFound(SERVICE_RESOURCE, name);
  const known = elsewhere.map((other) => `-n ${other}`).join(" or ");
  throw new CliError(`Cannot find "${name}" in the namespace "${namespace}": add ${known}`);
}
