// What KServe's controller itself writes into a merged spec: where the route leads, whose account the picker has.

import { isList, isMap, listIn, mapIn } from "./json_shape.ts";
import { childName, nameOfChild } from "./names.ts";
import type { Json, JsonObject } from "./object.ts";

/** The origin of what neither a config nor the service said. */
const CONTROLLER = "controller";

/** A field that it writes; what was below it goes. The parents of the path are there. */
export interface ControllerField {
  readonly path: string;
  readonly value: Json;
  /** The path of the field that it was copied from, whose origin is its own. */
  readonly from?: string;
}

/** The port of the picker's service, where an old config names none. */
const PICKER_PORT = 9002;

/** After kserve's `combineBaseRefsConfig`, behind the merge and the templates. */
export function controllerFields(service: string, spec: JsonObject): readonly ControllerField[] {
  return [pickerAccount, pickerPort, parents, backends].flatMap((fields) => fields(spec, service));
}

/** The spec with these fields. */
export function withFields(spec: JsonObject, fields: readonly ControllerField[]): JsonObject {
  return fields.reduce<Json>(
    (result, { path, value }) => withValue(result, path.slice(1).split("/"), value),
    spec,
  ) as JsonObject;
}

/** The origins of that spec, those of the one before being known. */
export function withFieldOrigins(
  origins: ReadonlyMap<string, string>,
  fields: readonly ControllerField[],
): ReadonlyMap<string, string> {
  const said = new Map(origins);
  for (const { path, value, from } of fields) {
    if (isMap(value) || isList(value)) {
      for (const known of origins.keys()) if (known.startsWith(`${path}/`)) said.delete(known);
    }
    said.delete(path);
    const origin = (from === undefined ? undefined : origins.get(from)) ?? CONTROLLER;
    for (const leaf of leavesOf(value, path)) said.set(leaf, origin);
  }
  return said;
}

const SCHEDULER = "/router/scheduler";
const ROUTE = "/router/route/http/spec";

type Fields = readonly ControllerField[];

function pickerAccount(spec: JsonObject, service: string): Fields {
  const template = mapIn(schedulerOf(spec), "template");
  if (!template || template["serviceAccountName"] !== undefined) return [];
  const path = `${SCHEDULER}/template/serviceAccountName`;
  return [{ path, value: childName(service, "-epp-sa") }];
}

function pickerPort(spec: JsonObject): Fields {
  const reference = mapIn(mapIn(mapIn(schedulerOf(spec), "pool"), "spec"), "endpointPickerRef");
  const { kind = "Service", port } = reference ?? {};
  if (!reference || kind !== "Service" || isMap(port)) return [];
  const path = `${SCHEDULER}/pool/spec/endpointPickerRef/port`;
  return [{ path, value: { number: PICKER_PORT } }];
}

/** A managed route is attached to the service's own gateways, where it names any. */
function parents(spec: JsonObject): Fields {
  const gateways = listIn(mapIn(mapIn(spec, "router"), "gateway"), "refs");
  if (!routeOf(spec) || gateways.length === 0) return [];
  const value = gateways.filter(isMap).map(({ name, namespace, sectionName }) => ({
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(sectionName === undefined ? {} : { sectionName }),
  }));
  return [{ path: `${ROUTE}/parentRefs`, value, from: "/router/gateway/refs/0/name" }];
}

/** Without a picker the preset's route leads to the workload's Service; with a pool of one's own, there. */
function backends(spec: JsonObject, service: string): Fields {
  const scheduler = schedulerOf(spec);
  const pool = mapIn(mapIn(scheduler, "pool"), "ref")?.["name"];
  const usual = nameOfChild(service, "pool");
  if (scheduler && pool === undefined) return [];
  const fields: Readonly<Record<string, Json>> = scheduler
    ? { name: pool ?? usual }
    : { group: "", kind: "Service", name: nameOfChild(service, "workloadService") };
  const places = listIn(routeOf(spec), "rules").flatMap((rule, index) =>
    listIn(rule, "backendRefs").flatMap((backend, place) =>
      isMap(backend) && backend["kind"] === "InferencePool" && backend["name"] === usual
        ? [`${ROUTE}/rules/${index}/backendRefs/${place}`]
        : []
    )
  );
  return places.flatMap((place) =>
    Object.entries(fields).map(([field, value]) => ({ path: `${place}/${field}`, value }))
  );
}

function schedulerOf(spec: JsonObject): JsonObject | undefined {
  return mapIn(mapIn(spec, "router"), "scheduler");
}

function routeOf(spec: JsonObject): JsonObject | undefined {
  return mapIn(mapIn(mapIn(mapIn(spec, "router"), "route"), "http"), "spec");
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
