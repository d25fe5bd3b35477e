// By what a service says that it is stopped.

import type { KubeObject } from "./object.ts";

/** KServe's (v1alpha2). */
export const STOP_ANNOTATION = "serving.kserve.io/stop";

export function hasStopAnnotation({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[STOP_ANNOTATION] === "true";
}
