// What a service asks of the routing before it, read from its effective spec.

import { nameOfChild } from "../../kube/names.ts";
import type { JsonObject } from "../../kube/object.ts";
import type { Owner } from "./metadata.ts";

/** A reference to an object that somebody else made. */
export interface Ref {
  readonly namespace: string;
  readonly name: string;
}

export interface RouterSpec {
  /** There is an HTTPRoute, its own or those of `routeRefs`. */
  readonly route: boolean;
  /** The rules and parents that its HTTPRoute is given instead of KServe's. */
  readonly routeSpec: JsonObject | undefined;
  readonly routeRefs: readonly Ref[];
  readonly gatewayRefs: readonly Ref[];
  /** Requests go through an InferencePool. */
  readonly pool: boolean;
  /** The pool is somebody else's, and so is its endpoint picker. */
  readonly poolRef: Ref | undefined;
  readonly poolSpec: JsonObject | undefined;
  /** KServe makes the pool and its endpoint picker. */
  readonly scheduler: boolean;
  readonly tokenizer: boolean;
  readonly group: { readonly name: string; readonly weight: number } | undefined;
}

interface Router {
  readonly route?: {
    readonly http?: { readonly refs?: readonly RawRef[]; readonly spec?: JsonObject };
    readonly group?: string;
    readonly weight?: number;
  };
  readonly gateway?: { readonly refs?: readonly RawRef[] };
  readonly scheduler?: {
    readonly pool?: { readonly ref?: RawRef; readonly spec?: JsonObject };
    readonly tokenizer?: unknown;
  };
}

interface RawRef {
  readonly name?: string;
  readonly namespace?: string;
}

export function routerSpec({ metadata, spec }: Owner): RouterSpec {
  const { namespace = "default" } = metadata;
  const { route, gateway, scheduler } = (spec?.["router"] ?? {}) as Router;
  const ref = (raw: RawRef): Ref => ({
    namespace: raw.namespace || namespace,
    name: raw.name ?? "",
  });
  const poolRef = scheduler?.pool?.ref?.name ? ref(scheduler.pool.ref) : undefined;
  const { group, weight } = route ?? {};
  return {
    route: route !== undefined,
    routeSpec: route?.http?.spec,
    routeRefs: (route?.http?.refs ?? []).map(ref),
    gatewayRefs: (gateway?.refs ?? []).map(ref),
    pool: scheduler !== undefined,
    poolRef,
    poolSpec: scheduler?.pool?.spec,
    scheduler: scheduler !== undefined && poolRef === undefined,
    tokenizer: scheduler?.tokenizer !== undefined,
    group: group === undefined ? undefined : { name: group, weight: weight ?? 0 },
  };
}

/** The name by which its servers know the model, where it says none its own (KServe's defaulter). */
export function modelName({ metadata, spec }: Owner): string {
  const model = spec?.["model"] as { readonly name?: string } | undefined;
  return model?.name || metadata.name;
}

/** As clients of several models name it. */
export function publishedModel(owner: Owner): string {
  return `publishers/${owner.metadata.namespace ?? "default"}/models/${modelName(owner)}`;
}

export const POOL_GROUP = "inference.networking.k8s.io";

/** Where a service's own route sends what its endpoints are for. */
export function backendOf(owner: Owner): JsonObject {
  const { pool, poolRef } = routerSpec(owner);
  const { name } = owner.metadata;
  if (!pool) return serviceBackend(owner);
  const group = { group: POOL_GROUP, kind: "InferencePool" };
  return { ...group, name: poolRef?.name ?? nameOfChild(name, "pool"), port: SERVER_PORT };
}

/** Past any InferencePool. */
export function serviceBackend({ metadata }: Owner): JsonObject {
  const name = nameOfChild(metadata.name, "workloadService");
  return { kind: "Service", name, port: SERVER_PORT };
}

/** Where a pod takes requests, its routing sidecar's where it has one. */
export const SERVER_PORT = 8000;
