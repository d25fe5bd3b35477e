// The object of a service's further member, made after the service's own. Knows no pod.

import type { JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import { modelOf } from "./route_members.ts";

/**
 * A copy under another name, made at `nowUs`, with another image and no replicas yet. It serves the model
 * under the same name: without one KServe would give it its own, and a route group of its own.
 */
export function memberObject(
  object: KubeObject,
  name: string,
  image: string,
  nowUs: number,
): KubeObject {
  const metadata = { ...object.metadata, name, creationTimestamp: virtualTimestamp(nowUs) };
  const model = { ...object.spec?.["model"] as JsonObject | undefined, name: modelOf(object) };
  // An autoscaled one has no replicas of its own to say: its Deployment has.
  const replicas = object.spec?.["scaling"] === undefined ? { replicas: 0 } : {};
  return withImage({ ...object, metadata, spec: { ...object.spec, model, ...replicas } }, image);
}

/** The object with the image of its `main` container replaced. */
function withImage(object: KubeObject, image: string): KubeObject {
  const spec = structuredClone(object.spec ?? {}) as {
    template?: { containers?: { name: string; image?: string }[] };
  };
  for (const container of spec.template?.containers ?? []) {
    if (container.name === "main") container.image = image;
  }
  return { ...object, spec: spec as NonNullable<KubeObject["spec"]> };
}
