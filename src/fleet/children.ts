// The objects that KServe makes for a service, as the API shows them: a function of it and its workloads.

import { nameOfChild, serviceLabels } from "../kube/names.ts";
import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import type { Workload } from "./workload.ts";

/** Where the mock cluster's gateway is reached: a name that is reserved for examples (RFC 2606). */
const GATEWAY_HOST = "gateway.example";
const GATEWAY = { name: "kserve-ingress-gateway", namespace: "kserve" };
const POOL_GROUP = "inference.networking.k8s.io";

/** What a service asks of the routing before it, read from its spec. */
export interface RouterShape {
  readonly route: boolean;
  readonly gateway: boolean;
  /** A managed endpoint picker with its InferencePool. */
  readonly scheduler: boolean;
}

export function routerShape(object: KubeObject): RouterShape {
  const router = object.spec?.["router"] as JsonObject | undefined;
  const scheduler = router?.["scheduler"] as { pool?: { ref?: unknown } } | undefined;
  return {
    route: router?.["route"] !== undefined,
    gateway: router?.["gateway"] !== undefined || router?.["route"] !== undefined,
    scheduler: scheduler !== undefined && scheduler.pool?.ref === undefined,
  };
}

/** The service's own URL: through the gateway, or the cluster-local one of its workload. */
export function serviceUrl(object: KubeObject): string {
  const { name, namespace = "default" } = object.metadata;
  if (routerShape(object).route) return `http://${GATEWAY_HOST}/${namespace}/${name}`;
  return `http://${nameOfChild(name, "workloadService")}.${namespace}.svc.cluster.local`;
}

/** A Deployment or LeaderWorkerSet with its replicas as they are now. */
export function workloadObject(owner: KubeObject, workload: Workload): KubeObject {
  const { plan, replicas, generation, status } = workload;
  const grouped = plan.groupSize !== undefined;
  const labels = workload.labels(grouped ? "leader" : undefined);
  const template = (place: "leader" | "worker" | undefined): JsonObject => ({
    metadata: { labels: workload.labels(place) },
    spec: { containers: [{ name: "main", image: plan.image, resources: plan.resources }] },
  });
  const metadata = { ...childMetadata(owner, workload.name, labels), generation };
  if (grouped) {
    return {
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      metadata,
      spec: {
        replicas,
        leaderWorkerTemplate: {
          size: plan.groupSize,
          leaderTemplate: template("leader"),
          workerTemplate: template("worker"),
        },
      },
      status,
    };
  }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { replicas, selector: { matchLabels: labels }, template: template(undefined) },
    status,
  };
}

/** What routes to the pods: Services, the InferencePool and the HTTPRoute. */
export function routingObjects(owner: KubeObject): KubeObject[] {
  const { name } = owner.metadata;
  const { route, scheduler } = routerShape(owner);
  const selector = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": "llminferenceservice",
    "kserve.io/component": "workload",
  };
  const workloadService = nameOfChild(name, "workloadService");
  const objects = [
    kubeService(owner, workloadService, selector, [{ name: "https", port: 8000 }]),
  ];
  if (scheduler) {
    objects.push(poolObject(owner, selector), eppService(owner));
  }
  if (route) {
    const backend = scheduler
      ? { group: POOL_GROUP, kind: "InferencePool", name: nameOfChild(name, "pool") }
      : { group: "", kind: "Service", name: workloadService };
    objects.push(routeObject(owner, { ...backend, port: 8000 }));
  }
  return objects;
}

/** What the service's own pool spec says, else KServe's preset. */
function failureMode({ spec }: KubeObject): string {
  const router = spec?.["router"] as {
    scheduler?: { pool?: { spec?: { endpointPickerRef?: { failureMode?: string } } } };
  } | undefined;
  return router?.scheduler?.pool?.spec?.endpointPickerRef?.failureMode ?? "FailOpen";
}

function poolObject(owner: KubeObject, matchLabels: JsonObject): KubeObject {
  const { name } = owner.metadata;
  return {
    apiVersion: `${POOL_GROUP}/v1`,
    kind: "InferencePool",
    metadata: routerMetadata(owner, nameOfChild(name, "pool")),
    spec: {
      selector: { matchLabels },
      targetPorts: [{ number: 8000 }],
      endpointPickerRef: {
        name: nameOfChild(name, "eppService"),
        kind: "Service",
        port: { number: 9002 },
        failureMode: failureMode(owner),
      },
    },
    status: acceptedBy({ kind: "Gateway", ...GATEWAY }),
  };
}

/** As soon as it is there: a simulated gateway refuses nothing. */
function acceptedBy(parentRef: JsonObject): JsonObject {
  const conditions = ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True" }));
  return { parents: [{ parentRef, conditions }] };
}

function eppService(owner: KubeObject): KubeObject {
  const { name } = owner.metadata;
  const ports = [
    { name: "grpc", port: 9002 },
    { name: "grpc-health", port: 9003 },
    { name: "metrics", port: 9090 },
    { name: "zmq", port: 5557 },
  ];
  const labels = serviceLabels(name, "router-scheduler");
  return kubeService(owner, nameOfChild(name, "eppService"), labels, ports);
}

/** Each API of a member has its own path below the service's name. */
const ROUTE_PATHS = ["completions", "chat/completions", "responses", "messages"];

function routeObject(owner: KubeObject, backend: JsonObject): KubeObject {
  const { name, namespace = "default" } = owner.metadata;
  const rules = ROUTE_PATHS.map((path): Json => ({
    name: `v1-${path.replace("/", "-")}-path`,
    matches: [{ path: { type: "PathPrefix", value: `/${namespace}/${name}/v1/${path}` } }],
    backendRefs: [backend],
  }));
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: routerMetadata(owner, nameOfChild(name, "route")),
    spec: { parentRefs: [GATEWAY], rules },
    status: acceptedBy(GATEWAY),
  };
}

function kubeService(
  owner: KubeObject,
  name: string,
  selector: JsonObject,
  ports: readonly JsonObject[],
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: routerMetadata(owner, name),
    spec: {
      type: "ClusterIP",
      selector,
      ports: ports.map((port) => ({ ...port, protocol: "TCP" })),
    },
  };
}

function routerMetadata(owner: KubeObject, name: string) {
  return childMetadata(owner, name, serviceLabels(owner.metadata.name, "router"));
}

function childMetadata(owner: KubeObject, name: string, labels: Record<string, string>) {
  const { namespace = "default", creationTimestamp } = owner.metadata;
  return {
    name,
    namespace,
    labels,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ownerReferences: [{
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      controller: true,
    }],
  };
}
