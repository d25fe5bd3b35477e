// The resource types that mtop knows: their names as users type them and as the API server says them.

import { objectKey } from "./object.ts";

export interface Resource {
  readonly kind: string;
  readonly group: string;
  /** The version that objects of it are shown in. */
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
}

const namespaced = (
  kind: string,
  plural: string,
  group: string,
  version: string,
  shortNames: readonly string[] = [],
): Resource => ({
  kind,
  group,
  version,
  plural,
  singular: kind.toLowerCase(),
  shortNames,
  namespaced: true,
});

const cluster = (kind: string, plural: string, group: string): Resource => ({
  ...namespaced(kind, plural, group, "v1"),
  namespaced: false,
});

export const SERVICE_RESOURCE = namespaced(
  "LLMInferenceService",
  "llminferenceservices",
  "serving.kserve.io",
  "v1alpha2",
  ["llmisvc"],
);

export const CONFIG_RESOURCE = namespaced(
  "LLMInferenceServiceConfig",
  "llminferenceserviceconfigs",
  "serving.kserve.io",
  "v1alpha2",
);

const RBAC = "rbac.authorization.k8s.io";

/** mtop's own words for configs, as its command is called; the API server knows none. */
const CONFIG_WORDS = ["configs", "config"];

/** In the order in which `get` lists them. */
export const RESOURCES: readonly Resource[] = [
  SERVICE_RESOURCE,
  CONFIG_RESOURCE,
  namespaced("Pod", "pods", "", "v1", ["po"]),
  { ...namespaced("Node", "nodes", "", "v1", ["no"]), namespaced: false },
  namespaced("Service", "services", "", "v1", ["svc"]),
  namespaced("Deployment", "deployments", "apps", "v1", ["deploy"]),
  namespaced("LeaderWorkerSet", "leaderworkersets", "leaderworkerset.x-k8s.io", "v1", ["lws"]),
  namespaced("Event", "events", "", "v1", ["ev"]),
  namespaced("ReplicaSet", "replicasets", "apps", "v1", ["rs"]),
  namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling", "v2", ["hpa"]),
  namespaced("ScaledObject", "scaledobjects", "keda.sh", "v1alpha1", ["so"]),
  namespaced("Gateway", "gateways", "gateway.networking.k8s.io", "v1", ["gtw"]),
  namespaced("InferencePool", "inferencepools", "inference.networking.k8s.io", "v1", ["infpool"]),
  cluster("DeviceClass", "deviceclasses", "resource.k8s.io"),
  cluster("ResourceSlice", "resourceslices", "resource.k8s.io"),
  namespaced("ResourceClaim", "resourceclaims", "resource.k8s.io", "v1"),
  namespaced("ResourceClaimTemplate", "resourceclaimtemplates", "resource.k8s.io", "v1"),
  namespaced("HTTPRoute", "httproutes", "gateway.networking.k8s.io", "v1"),
  namespaced("ServiceAccount", "serviceaccounts", "", "v1", ["sa"]),
  namespaced("Secret", "secrets", "", "v1"),
  namespaced("Role", "roles", RBAC, "v1"),
  namespaced("RoleBinding", "rolebindings", RBAC, "v1"),
  {
    ...namespaced("ClusterRoleBinding", "clusterrolebindings", RBAC, "v1"),
    namespaced: false,
  },
];

/** KServe's first version, in which services and configs may be written and shown. */
const OLD_VERSION = "v1alpha1";

/** The versions that objects of a resource may be written in; they are kept in the last. */
export function servedVersions({ kind, version }: Resource): readonly string[] {
  const isKserves = [SERVICE_RESOURCE.kind, CONFIG_RESOURCE.kind].includes(kind);
  return isKserves ? [OLD_VERSION, version] : [version];
}

/** Whether a word for a resource asks for its first version: `llmisvc.v1alpha1.serving.kserve.io`. */
export function asksForOld(word: string): boolean {
  return word.toLowerCase().split(".")[1] === OLD_VERSION && findResource(word) !== undefined;
}

/** `llminferenceservices.serving.kserve.io`, or `pods` where there is no group. */
export function qualifiedPlural({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** `llminferenceservice.serving.kserve.io`, as `-o name` prints it. */
export function qualifiedSingular({ singular, group }: Resource): string {
  return group === "" ? singular : `${singular}.${group}`;
}

/** By plural, singular, short name or kind, with or without the group, in any case, as kubectl does. */
export function findResource(word: string): Resource | undefined {
  const [name = "", ...rest] = word.toLowerCase().split(".");
  const group = rest.join(".");
  return RESOURCES.find((resource) => {
    const { plural, singular, shortNames } = resource;
    const own = resource === CONFIG_RESOURCE ? CONFIG_WORDS : [];
    if (![plural, singular, ...shortNames, ...own].includes(name)) return false;
    // kubectl takes `deployments.v1.apps` too, and so an older version.
    const versions = servedVersions(resource).map((version) => `${version}.${resource.group}`);
    return rest.length === 0 || [resource.group, ...versions].includes(group);
  });
}

export function resourceOf(object: { apiVersion: string; kind: string }): Resource | undefined {
  const slash = object.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  return RESOURCES.find((resource) => resource.kind === object.kind && resource.group === group);
}

/** The key in state of an object of this resource. */
export function keyOf(resource: Resource, namespace: string, name: string): string {
  const { group, version, kind } = resource;
  return objectKey({
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: resource.namespaced ? { name, namespace } : { name },
  });
}
