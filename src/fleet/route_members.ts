// KServe's rules of a route group: whose routes hold whom, and which of them a gateway takes. Knows no pod
// and no gateway (kserve 081f46e, `router_group.go` and `router_group_rules.go`).

import { nameOfChild } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";

/** The webhook's bounds of `spec.router.route.weight`, and Gateway API's of a backendRef's. */
export const MAX_WEIGHT = 1_000_000;

/** A member as its peers see it. */
export interface RouteMember {
  readonly namespace: string;
  readonly name: string;
  /** When its HTTPRoute was made, in µs of virtual time: with its object, or when it was resumed. */
  readonly createdUs: number;
  /** It was there before the run: older than what the run made in the same second. */
  readonly original: boolean;
  /** The name of its model, and all under which it serves: see `modelsOf`. */
  readonly model: string;
  readonly models: readonly string[];
  /** A proportion, not a percentage. */
  readonly weight: number;
  /** Leaving: it is being deleted and waits for its peers. Unmade: KServe could make nothing of it. */
  readonly phase: "live" | "stopped" | "leaving" | "unmade";
  /** See `isRoutable`. */
  readonly routable: boolean;
}

interface ModelSpec {
  readonly name?: string;
  readonly lora?: { readonly adapters?: readonly ({ readonly name?: unknown } | null)[] };
}

/** The name of its model: the service's own where none is given (KServe's defaulter). */
export function modelOf({ metadata, spec }: KubeObject): string {
  return (spec?.["model"] as ModelSpec | undefined)?.name ?? metadata.name;
}

/** The names under which a member serves, its model's and its adapters', each once and sorted. */
export function modelsOf(object: KubeObject): string[] {
  const adapters = (object.spec?.["model"] as ModelSpec | undefined)?.lora?.adapters;
  const names = (Array.isArray(adapters) ? adapters : []).map((adapter) => adapter?.name);
  const known = names.filter((name) => typeof name === "string");
  return [...new Set([modelOf(object), ...known])].sort();
}

/** By which members of one sub-group know each other. */
export function modelSet(models: readonly string[]): string {
  return models.join("+");
}

/** A peer takes it into its route: its router is ready, and every workload it has, by a replica at least. */
export function isRoutable(routerReady: boolean, readyReplicas: readonly number[]): boolean {
  return routerReady && readyReplicas.every((ready) => ready > 0);
}

export interface GroupView<M> {
  /** Of its own models, stopped ones too, by name; what `status.router.group` lists. */
  readonly matching: readonly M[];
  /** Of other models: each of these sets is a group of its own. */
  readonly divergent: readonly M[];
}

/** What a member sees of its group: itself always, others only while they can be routed to or are stopped. */
export function viewOf<M extends RouteMember>(self: M, members: readonly M[]): GroupView<M> {
  const seen = members
    .filter(({ phase }) => phase === "live" || phase === "stopped")
    .filter((each) => each === self || each.phase === "stopped" || each.routable)
    .sort((a, b) => compare(a.name, b.name));
  const own = modelSet(self.models);
  // What a stopped one serves nobody can ask: its spec is all that is known.
  const matches = (each: M) =>
    each.phase === "stopped" ? each.models.includes(self.model) : modelSet(each.models) === own;
  return {
    matching: seen.filter(matches),
    divergent: seen.filter((each) => !matches(each)),
  };
}

/** The backends of a member's route, with their weights; a stopped member has none. */
export function backendsOf<M extends RouteMember>(self: M, members: readonly M[]): M[] {
  return viewOf(self, members).matching.filter(({ phase }) => phase === "live");
}

/** The message of GroupDegraded; undefined where all serve the same. */
export function divergence(divergent: readonly RouteMember[]): string | undefined {
  if (divergent.length === 0) return undefined;
  const sets = [...new Set(divergent.map(({ models }) => modelSet(models)))].sort();
  return `group has members with different model sets: ${sets.join(", ")}`;
}

/**
 * Whose route a gateway takes when several match alike, first: the oldest, then by `namespace/name`
 * (Gateway API, HTTPRouteRule.matches). Timestamps are whole seconds in Kubernetes.
 */
export function byPrecedence(a: RouteMember, b: RouteMember): number {
  return a.createdUs - b.createdUs || Number(b.original) - Number(a.original) ||
    compare(routeName(a), routeName(b));
}

function routeName({ namespace, name }: RouteMember): string {
  return `${namespace}/${nameOfChild(name, "route")}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
