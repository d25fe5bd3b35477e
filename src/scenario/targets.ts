// Whom a load's target means among the services of a scenario, as far as their objects say.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { modelSet, modelsOf } from "../fleet/route_members.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Target } from "../load/target.ts";
import { type Problem, suggestion } from "./problem.ts";

/** A service as the gateway knows it. */
export interface Addressed {
  readonly name: string;
  readonly namespace: string;
  readonly models: readonly string[];
  /** The name of its route group; undefined: none that it shares. */
  readonly group: string | undefined;
}

/** What is known of a service that may not be valid; undefined when not even its name is. */
export function addressedOf(input: unknown): Addressed | undefined {
  const object = input as KubeObject | null | undefined;
  const { name, namespace = "default" } = object?.metadata ?? {};
  if (typeof name !== "string") return undefined;
  const router = object!.spec?.["router"] as { route?: { group?: unknown } } | null | undefined;
  const group = router?.route?.group;
  return {
    ...{ name, namespace },
    models: modelsOf(object!),
    group: typeof group === "string" ? group : undefined,
  };
}

/** The route group of a service and its weight there, where it names one. */
export function sharedGroup(
  { metadata, spec }: KubeObject,
): ServicePlan["group"] {
  const router = spec?.["router"] as { route?: { group?: string; weight?: number } } | undefined;
  const { group, weight } = router?.route ?? {};
  if (group === undefined || weight === undefined) return undefined;
  return { name: `${metadata.namespace ?? "default"}/${group}`, weight };
}

/** The services that requests to a target may come to; none when it means nobody. */
export function meantBy(to: Target, services: readonly Addressed[]): Addressed[] {
  if (typeof to !== "string" && "member" in to) {
    return services.filter(({ name }) => name === to.member);
  }
  const named = services.filter((service) => {
    if (typeof to === "string") return service.name === to;
    if (to.namespace !== undefined && service.namespace !== to.namespace) return false;
    return "group" in to ? service.group === to.group : service.models.includes(to.model);
  });
  return services.filter((service) =>
    named.includes(service) || named.some((each) => share(each, service))
  );
}

/** The same of planned services. */
export function plansMeantBy(to: Target, services: readonly ServicePlan[]): ServicePlan[] {
  const known = services.flatMap((plan) => {
    const addressed = addressedOf(plan.object);
    // A run may know a service by another name than its object's.
    return addressed ? [{ ...addressed, name: plan.name, plan }] : [];
  });
  const meant = meantBy(to, known);
  return known.filter((each) => meant.includes(each)).map(({ plan }) => plan);
}

/** How many tokens prompt and answer may have wherever a request comes to; undefined where that is not known. */
export function shortestContext(services: readonly ServicePlan[]): number | undefined {
  const known = services.flatMap(({ serving }) => serving ? [serving.maxModelLen] : []);
  return known.length === 0 ? undefined : Math.min(...known);
}

function share(a: Addressed, b: Addressed): boolean {
  return a.group !== undefined && a.group === b.group && a.namespace === b.namespace &&
    modelSet(a.models) === modelSet(b.models);
}

/** What is wrong with a target; undefined when it means somebody. */
export function targetProblem(
  to: Target,
  services: readonly Addressed[],
  path: string,
): Problem | undefined {
  if (typeof to === "string" || "member" in to) {
    const name = typeof to === "string" ? to : to.member;
    const names = services.map((each) => each.name);
    if (names.includes(name)) return undefined;
    const message = `Cannot find the service "${name}": ${suggestion(name, names)}`;
    return { path: typeof to === "string" ? path : `${path}.member`, message };
  }
  const here = services.filter(({ namespace }) =>
    to.namespace === undefined || namespace === to.namespace
  );
  if ("group" in to) return groupProblem(to.group, here, `${path}.group`);
  const models = [...new Set(here.flatMap((each) => each.models))];
  if (models.includes(to.model)) return undefined;
  const message = `Cannot find the model "${to.model}": ${suggestion(to.model, models)}`;
  return { path: `${path}.model`, message };
}

function groupProblem(
  group: string,
  services: readonly Addressed[],
  path: string,
): Problem | undefined {
  const known = [...new Set(services.flatMap((each) => each.group ?? []))];
  if (!known.includes(group)) {
    const hint = known.length === 0 ? "no service names one" : suggestion(group, known);
    return { path, message: `Cannot find the route group "${group}": ${hint}` };
  }
  const members = services.filter((each) => each.group === group);
  const sets = [...new Set(members.map(({ models }) => modelSet(models)))].sort();
  const namespaces = [...new Set(members.map(({ namespace }) => namespace))];
  if (namespaces.length > 1) {
    const message = `Cannot tell which route group "${group}" is meant: say namespace, one of ` +
      namespaces.join(", ");
    return { path, message };
  }
  if (sets.length === 1) return undefined;
  const message = `Cannot send to the route group "${group}": its members serve ${
    sets.join(" and ")
  }, each a route of its own; write model("…")`;
  return { path, message };
}
