// What KServe's controller itself writes into a merged spec: where the route leads, whose account the picker has.

import { isList, isMap, listIn, mapIn } from "./json_shape.ts";
import { childName, nameOfChild } from "./names.ts";
import type { Json, JsonObject, KubeObject } from "./object.ts";

/** A spec and, by JSON pointer, who said each of its leaves. */
export interface SpecWithOrigins {
  readonly spec: JsonObject;
  readonly origins: ReadonlyMap<string, string>;
}

/** The origin of what neither a config nor the service said. */
export const CONTROLLER = "controller";

/** The port of the picker's service, where an old config names none. */
const PICKER_PORT = 9002;

/** After kserve's `combineBaseRefsConfig`, behind the merge and the templates. */
export function controllerFields(service: KubeObject, merged: SpecWithOrigins): SpecWithOrigins {
  return [pickerAccount, pickerPort, parents, backends].reduce(
    (spec, write) => write(spec, service.metadata.name),
    merged,
  );
}

const SCHEDULER = "/router/scheduler";
const ROUTE = "/router/route/http/spec";

function pickerAccount(merged: SpecWithOrigins, service: string): SpecWithOrigins {
  const template = mapIn(schedulerOf(merged), "template");
  if (!template || template["serviceAccountName"] !== undefined) return merged;
  const path = `${SCHEDULER}/template/serviceAccountName`;
  return written(merged, [{ path, value: childName(service, "-epp-sa") }]);
}

function pickerPort(merged: SpecWithOrigins): SpecWithOrigins {
  const reference = mapIn(mapIn(mapIn(schedulerOf(merged), "pool"), "spec"), "endpointPickerRef");
  const { kind = "Service", port } = reference ?? {};
  if (!reference || kind !== "Service" || isMap(port)) return merged;
  const path = `${SCHEDULER}/pool/spec/endpointPickerRef/port`;
  return written(merged, [{ path, value: { number: PICKER_PORT } }]);
}

/** A managed route is attached to the service's own gateways, where it names any. */
function parents(merged: SpecWithOrigins): SpecWithOrigins {
  const gateways = listIn(mapIn(mapIn(merged.spec, "router"), "gateway"), "refs");
  if (!routeOf(merged) || gateways.length === 0) return merged;
  const references = gateways.filter(isMap).map(({ name, namespace, sectionName }) => ({
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(sectionName === undefined ? {} : { sectionName }),
  }));
  const origin = merged.origins.get("/router/gateway/refs/0/name") ?? CONTROLLER;
  return written(merged, [{ path: `${ROUTE}/parentRefs`, value: references }], origin);
}

/** Without a picker the preset's route leads to the workload's Service; with a pool of one's own, there. */
function backends(merged: SpecWithOrigins, service: string): SpecWithOrigins {
  const scheduler = schedulerOf(merged);
  const pool = mapIn(mapIn(scheduler, "pool"), "ref")?.["name"];
  const usual = nameOfChild(service, "pool");
  if (scheduler && pool === undefined) return merged;
  const fields: Readonly<Record<string, Json>> = scheduler
    ? { name: pool ?? usual }
    : { group: "", kind: "Service", name: nameOfChild(service, "workloadService") };
  const places = listIn(routeOf(merged), "rules").flatMap((rule, index) =>
    listIn(rule, "backendRefs").flatMap((backend, place) =>
      isMap(backend) && backend["kind"] === "InferencePool" && backend["name"] === usual
        ? [`${ROUTE}/rules/${index}/backendRefs/${place}`]
        : []
    )
  );
  return written(
    merged,
    places.flatMap((place) =>
      Object.entries(fields).map(([field, value]) => ({ path: `${place}/${field}`, value }))
    ),
  );
}

function schedulerOf({ spec }: SpecWithOrigins): JsonObject | undefined {
  return mapIn(mapIn(spec, "router"), "scheduler");
}

function routeOf({ spec }: SpecWithOrigins): JsonObject | undefined {
  return mapIn(mapIn(mapIn(mapIn(spec, "router"), "route"), "http"), "spec");
}

interface Change {
  readonly path: string;
  readonly value: Json;
}

/** The parents of the paths are there; what was below a path goes. */
function written(
  { spec, origins }: SpecWithOrigins,
  changes: readonly Change[],
  origin = CONTROLLER,
): SpecWithOrigins {
  const said = new Map(origins);
  let result: Json = spec;
  for (const { path, value } of changes) {
    if (isMap(value) || isList(value)) {
      for (const known of origins.keys()) if (known.startsWith(`${path}/`)) said.delete(known);
    }
    said.delete(path);
    for (const leaf of leavesOf(value, path)) said.set(leaf, origin);
    result = withValue(result, path.slice(1).split("/"), value);
  }
  return { spec: result as JsonObject, origins: said };
}

function withValue(parent: Json | undefined, keys: readonly string[], value: Json): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (isList(parent)) {
    return parent.map((item, index) => String(index) === key ? withValue(item, rest, value) : item);
  }
  const map = isMap(parent) ? parent : {};
  return { ...map, [key]: withValue(map[key], rest, value) };
}

function leavesOf(value: Json, path: string): string[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, member]) => leavesOf(member as Json, `${path}/${key}`));
}
