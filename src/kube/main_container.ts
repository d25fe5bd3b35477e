// The container that KServe calls `main`: a workload's server, in any PodSpec. Knows no service.

import { isMap, listIn } from "./json_shape.ts";
import type { Json, JsonObject } from "./object.ts";

export const MAIN = "main";

export function isMain(container: Json): container is JsonObject {
  return isMap(container) && container["name"] === MAIN;
}

/** The PodSpec with these fields in its main container, which is made where there is none. */
export function withMain(spec: JsonObject, fields: JsonObject): JsonObject {
  const containers = listIn(spec, "containers");
  return {
    ...spec,
    containers: containers.some(isMain)
      ? containers.map((each) => isMain(each) ? { ...each, ...fields } : each)
      : [{ name: MAIN, ...fields }, ...containers],
  };
}
