// The gateways of a cluster, the routes and pools that people made by hand, and what gateways say of any.
//
// Nothing of it changes in a run: a gateway that is not there or not ready is so from the beginning.

import { isConditionTrue } from "../kube/conditions.ts";
import { type Json, type JsonObject, type KubeObject, objectKey } from "../kube/object.ts";
import { DEFAULT_GATEWAY } from "./children/http_route.ts";
import { made } from "./children/metadata.ts";
import type { Ref } from "./children/router_spec.ts";

const GATEWAY_API = "gateway.networking.k8s.io";
/** Where the mock cluster's gateway is reached: a name that is reserved for examples (RFC 2606). */
const GATEWAY_HOST = "gateway.example";

export interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly hostname?: string;
}

export interface NetworkCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Kinds that a network is made of; any other object is none of its business. */
export const NETWORK_KINDS: ReadonlySet<string> = new Set([
  "Gateway",
  "HTTPRoute",
  "InferencePool",
]);

/** What KServe's own gateway is where nobody says otherwise. */
const OWN_GATEWAY: KubeObject = {
  apiVersion: `${GATEWAY_API}/v1`,
  kind: "Gateway",
  metadata: {
    name: DEFAULT_GATEWAY.name,
    namespace: DEFAULT_GATEWAY.namespace,
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  spec: {
    gatewayClassName: "envoy",
    listeners: [{ name: "http", protocol: "HTTP", port: 80, allowedRoutes: allNamespaces() }],
  },
};

function allNamespaces(): JsonObject {
  return { namespaces: { from: "All" } };
}

export class Network {
  /** By key; with the status that their controllers give them. */
  readonly #objects = new Map<string, KubeObject>();

  /**
   * Gateways, HTTPRoutes and InferencePools; without a Gateway among them there is KServe's own. One that
   * has no conditions in its status is programmed, one that has some is as they say: an empty list is a
   * gateway that no controller cares for.
   */
  constructor(objects: readonly KubeObject[] = []) {
    const given = objects.filter(({ kind }) => NETWORK_KINDS.has(kind));
    const gateways = given.filter(({ kind }) => kind === "Gateway");
    for (const gateway of gateways.length > 0 ? gateways : [OWN_GATEWAY]) {
      this.#add(programmed(gateway));
    }
    for (const object of given) {
      if (object.kind === "HTTPRoute") this.#add(this.routed(object, parentsOf(object)));
      if (object.kind === "InferencePool") this.#add(object);
    }
  }

  #add(object: KubeObject): void {
    this.#objects.set(objectKey(object), made(object));
  }

  get objects(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  gateway({ namespace, name }: Ref): KubeObject | undefined {
    return this.#objects.get(`${GATEWAY_API}/Gateway/${namespace}/${name}`);
  }

  route({ namespace, name }: Ref): KubeObject | undefined {
    return this.#objects.get(`${GATEWAY_API}/HTTPRoute/${namespace}/${name}`);
  }

  pool({ namespace, name }: Ref): KubeObject | undefined {
    return this.#objects.get(`inference.networking.k8s.io/InferencePool/${namespace}/${name}`);
  }

  /** A route or a pool with what the gateways of `parents` say of it, unless its manifest says it. */
  routed(object: KubeObject, parents: readonly Ref[]): KubeObject {
    if (object.status) return object;
    const said = parents.flatMap((ref) => {
      const gateway = this.gateway(ref);
      if (!gateway || !isAccepted(gateway)) return [];
      const parentRef = { group: GATEWAY_API, kind: "Gateway", ...ref };
      const condition = (type: string, reason: string) => ({ type, status: "True", reason });
      const conditions = [
        condition("Accepted", "Accepted"),
        condition("ResolvedRefs", "ResolvedRefs"),
      ];
      return [{ parentRef, conditions }];
    });
    return { ...object, status: { parents: said } };
  }
}

/** The gateways that a route names. */
export function parentsOf({ metadata, spec }: KubeObject): Ref[] {
  const parents = (spec?.["parentRefs"] ?? []) as readonly { name?: string; namespace?: string }[];
  return parents.map(({ name = "", namespace = metadata.namespace ?? "default" }) => ({
    namespace,
    name,
  }));
}

function programmed(gateway: KubeObject): KubeObject {
  const { conditions, addresses } = gateway.status ?? {};
  const type = (type: string) => ({ type, status: "True", reason: type });
  return {
    ...gateway,
    status: {
      ...gateway.status,
      addresses: addresses ?? [{ type: "Hostname", value: GATEWAY_HOST }],
      conditions: (conditions ?? [type("Accepted"), type("Programmed")]) as Json,
    },
  };
}

/** Its controller takes care of it, and of what is given to it. */
function isAccepted(gateway: KubeObject): boolean {
  return isConditionTrue(gateway, "Accepted");
}

/** It sends requests on: what KServe asks of a gateway. */
export function isProgrammed(gateway: KubeObject): boolean {
  return isConditionTrue(gateway, "Programmed");
}

export function listenersOf({ spec }: KubeObject): readonly Listener[] {
  return (spec?.["listeners"] ?? []) as unknown as readonly Listener[];
}

/** Names and addresses by which a gateway is reached. */
export function gatewayHosts({ status }: KubeObject): string[] {
  const addresses = (status?.["addresses"] ?? []) as readonly { value?: string }[];
  return addresses.flatMap(({ value }) => value === undefined ? [] : [value]);
}
