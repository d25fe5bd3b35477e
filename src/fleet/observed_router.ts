// Where a service is reached, as its status tells it: addresses, gateways and routes. Knows no pod.

import { nameOfChild } from "../kube/names.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { Owner } from "./children/metadata.ts";
import { modelName, publishedModel, routerSpec } from "./children/router_spec.ts";
import { gatewayHosts, listenersOf, type Network, parentsOf } from "./network.ts";
import type { Routed } from "./router_report.ts";

/** `status.url`, `.addresses` and `.router`, the last without its group. */
export function observedRouter(owner: Owner, network: Network, own: Routed): JsonObject {
  const { route, routeRefs, scheduler, poolRef } = routerSpec(owner);
  if (!route) return clusterLocal(owner);
  const routes = [
    ...routeRefs.flatMap((ref) => network.route(ref) ?? []),
    ...(own.route ? [own.route] : []),
  ];
  const addresses = addressesOf(owner, network, routes, own);
  const external = addresses.find(({ name }) => name === "gateway-external") ??
    addresses.find(({ name }) => String(name).startsWith("gateway-external"));
  const router = {
    gateways: gatewaysOf(network, routes),
    ...(scheduler || poolRef ? { scheduler: schedulerOf(owner) } : {}),
  };
  return { ...(external ? { url: external["url"] } : {}), addresses, router };
}

/** No gateway leads there: other pods may ask its Service. */
function clusterLocal(owner: Owner): JsonObject {
  const { name, namespace = "default" } = owner.metadata;
  const { scheduler, poolRef } = routerSpec(owner);
  const url = `http://${nameOfChild(name, "workloadService")}.${namespace}.svc.cluster.local`;
  return {
    url,
    addresses: [{ name: "internal", models: modelsOf(owner), url }],
    ...(scheduler || poolRef ? { router: { scheduler: schedulerOf(owner) } } : {}),
  };
}

function modelsOf(owner: Owner): JsonObject[] {
  return [{ name: publishedModel(owner) }, { name: modelName(owner) }];
}

/**
 * For each gateway and each of its addresses a way by the service's name and, on KServe's own route, one
 * by the model's; sorted by their URLs.
 */
function addressesOf(
  owner: Owner,
  network: Network,
  routes: readonly KubeObject[],
  own: Routed,
): JsonObject[] {
  const found = routes.flatMap((route) =>
    parentsOf(route).flatMap((ref) => {
      const gateway = network.gateway(ref);
      if (!gateway) return [];
      const origin = { group: "gateway.networking.k8s.io", kind: "Gateway", ...ref };
      return basesOf(gateway, route).flatMap(({ base, name }) => [
        ...(route === own.route
          ? [{
            name: `${name}-model-routing`,
            models: [{ name: publishedModel(owner) }],
            origin,
            url: `${base}/`,
          }]
          : []),
        { name, models: modelsOf(owner), origin, url: base + pathOf(owner, route) },
      ]);
    })
  );
  return found.sort((a, b) => a.url < b.url ? -1 : a.url > b.url ? 1 : 0);
}

/** The first path that a route matches. */
function pathOf({ metadata }: Owner, route: KubeObject): string {
  const rules = (route.spec?.["rules"] ?? []) as readonly {
    matches?: readonly { path?: { value?: string } }[];
  }[];
  const first = rules.flatMap(({ matches = [] }) => matches)
    .find(({ path }) => path?.value !== undefined)?.path?.value ?? "/";
  const own = `/${metadata.namespace ?? "default"}/${metadata.name}`;
  return first.startsWith(`${own}/`) ? own : first;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Scheme, host and port under which a route is reached, and what kind of a way that is. */
function basesOf(gateway: KubeObject, route: KubeObject): { base: string; name: string }[] {
  const sections = (route.spec?.["parentRefs"] ?? []) as readonly { sectionName?: string }[];
  const section = sections.find(({ sectionName }) => sectionName !== undefined)?.sectionName;
  const listeners = listenersOf(gateway);
  const listener = listeners.find(({ name }) => name === section) ?? listeners[0];
  if (!listener) return [];
  const scheme = listener.protocol === "HTTPS" ? "https" : "http";
  const port = listener.port === DEFAULT_PORTS[scheme] ? "" : `:${listener.port}`;
  const hostnames = (route.spec?.["hostnames"] ?? []) as readonly string[];
  const hosts = hostnames.length > 0
    ? hostnames
    : listener.hostname
    ? [listener.hostname]
    : gatewayHosts(gateway);
  return hosts.map((host) => ({ base: `${scheme}://${host}${port}`, name: kindOf(host) }));
}

/** RFC 1918; a name that only the cluster resolves is a gateway's inside of it. */
function kindOf(host: string): string {
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|127\.)/.test(host)) return "internal";
  return /(^localhost|\.local|\.svc)$/.test(host) ? "gateway-internal" : "gateway-external";
}

function gatewaysOf(network: Network, routes: readonly KubeObject[]): JsonObject[] {
  const group = "gateway.networking.k8s.io";
  const found = new Map<string, JsonObject & { httpRoutes: JsonObject[] }>();
  for (const route of routes) {
    const { name, namespace = "default" } = route.metadata;
    const httpRoute = { group, kind: "HTTPRoute", name, namespace };
    for (const ref of parentsOf(route)) {
      const gateway = network.gateway(ref);
      if (!gateway) continue;
      const key = `${ref.namespace}/${ref.name}`;
      const known = found.get(key);
      if (known) known.httpRoutes.push(httpRoute);
      else {
        found.set(key, {
          ...{ group, kind: "Gateway", name: ref.name, namespace: ref.namespace },
          listeners: listenersOf(gateway).map(({ name }) => name),
          httpRoutes: [httpRoute],
        });
      }
    }
  }
  return [...found.values()];
}

function schedulerOf(owner: Owner): JsonObject {
  const { name, namespace = "default" } = owner.metadata;
  const { poolRef } = routerSpec(owner);
  const pool = { group: "inference.networking.k8s.io", kind: "InferencePool" };
  if (poolRef) return { inferencePool: { ...pool, ...poolRef } };
  return {
    inferencePool: { ...pool, name: nameOfChild(name, "pool"), namespace },
    service: { group: "", kind: "Service", name: nameOfChild(name, "eppService"), namespace },
  };
}
