// All that KServe makes for a service beside its workloads, in the order in which it makes it.

import type { KubeObject } from "../../kube/object.ts";
import { certificatesObject, eppAccess, multiNodeAccess, sidecarAccess } from "./access.ts";
import { routeObject, type WeightedMember } from "./http_route.ts";
import { made, type Owner } from "./metadata.ts";
import { routerSpec } from "./router_spec.ts";
import { eppService, poolObject, tokenizerService, workloadService } from "./routing.ts";

/** What its workloads need, whatever routes to them. */
export function workloadChildren(owner: Owner): KubeObject[] {
  const spec = owner.spec ?? {};
  const prefill = spec["prefill"] as { worker?: unknown } | undefined;
  return [
    certificatesObject(owner),
    ...(prefill ? sidecarAccess(owner) : []),
    ...(spec["worker"] || prefill?.worker ? multiNodeAccess(owner) : []),
    workloadService(owner),
  ].map(made);
}

/** What its endpoint picker needs. */
export function routerChildren(owner: Owner): KubeObject[] {
  const { scheduler, tokenizer } = routerSpec(owner);
  return [
    ...(scheduler ? [...eppAccess(owner), eppService(owner)] : []),
    ...(tokenizer ? [tokenizerService(owner)] : []),
  ].map(made);
}

/** Its own pool and route, where it has them; what a gateway says of them is not KServe's. */
export function routedChildren(
  owner: Owner,
  members: readonly WeightedMember[] = [],
): { readonly pool?: KubeObject; readonly route?: KubeObject } {
  const { route, routeRefs, scheduler } = routerSpec(owner);
  return {
    ...(scheduler ? { pool: made(poolObject(owner)) } : {}),
    ...(route && routeRefs.length === 0 ? { route: made(routeObject(owner, members)) } : {}),
  };
}
