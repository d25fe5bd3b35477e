// What a service's pods run as, and what they may ask of the API: accounts, roles, bindings, certificates.
//
// After kserve aaac4e2, `scheduler.go`, `workload_single_node.go`, `workload_tls_self_signed.go`.

import { eppAuthName, nameOfChild, serviceLabels } from "../../kube/names.ts";
import type { JsonObject, KubeObject } from "../../kube/object.ts";
import { childOf, type Owner } from "./metadata.ts";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];

/** Of the endpoint picker: it watches pods and pools, and elects a leader among its replicas. */
export function eppAccess(owner: Owner): KubeObject[] {
  const { name, namespace = "default" } = owner.metadata;
  const labels = serviceLabels(name, "router-scheduler");
  const template = (owner.spec?.["router"] as
    | { scheduler?: { template?: { serviceAccountName?: string } } }
    | undefined)?.scheduler?.template;
  const own = nameOfChild(name, "eppServiceAccount");
  const account = template?.serviceAccountName ?? own;
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  const pools = ["inferencepools", "inferenceobjectives", "inferencemodels"];
  return [
    // One that somebody else made is theirs.
    ...(account === own ? [accountObject(owner, account, labels)] : []),
    roleObject(owner, nameOfChild(name, "eppRole"), labels, [
      { apiGroups: [""], resources: ["pods"], verbs: READ },
      {
        apiGroups: ["inference.networking.k8s.io", "inference.networking.x-k8s.io"],
        resources: pools,
        verbs: READ,
      },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        verbs: [...READ, "create", "update", "patch", "delete"],
      },
    ]),
    bindingObject(
      owner,
      nameOfChild(name, "eppRoleBinding"),
      labels,
      subjects,
      nameOfChild(name, "eppRole"),
    ),
    authDelegation(owner, labels, subjects),
  ];
}

/** In no namespace, so it has no owner: KServe's finalizer takes it away. */
function authDelegation(
  { metadata }: Owner,
  labels: Record<string, string>,
  subjects: readonly JsonObject[],
): KubeObject {
  const { name, namespace = "default", creationTimestamp } = metadata;
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: {
      name: eppAuthName(namespace, name),
      labels,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    subjects,
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:auth-delegator" },
  } as KubeObject;
}

/** Of pods with a routing sidecar: it finds the pods that prefill. */
export function sidecarAccess(owner: Owner): KubeObject[] {
  const { name } = owner.metadata;
  const labels = serviceLabels(name, "workload");
  return [
    accountObject(owner, nameOfChild(name, "serviceAccount"), labels),
    ...podReaders(owner, labels, "role", "roleBinding"),
  ];
}

/** Of pods of several nodes: they find each other. */
export function multiNodeAccess(owner: Owner): KubeObject[] {
  const labels = serviceLabels(owner.metadata.name, "workload");
  return podReaders(owner, labels, "multiNodeRole", "multiNodeRoleBinding");
}

function podReaders(
  owner: Owner,
  labels: Record<string, string>,
  role: "role" | "multiNodeRole",
  binding: "roleBinding" | "multiNodeRoleBinding",
): KubeObject[] {
  const { name, namespace = "default" } = owner.metadata;
  const account = nameOfChild(name, "serviceAccount");
  const roleName = nameOfChild(name, role);
  return [
    roleObject(owner, roleName, labels, [{ apiGroups: [""], resources: ["pods"], verbs: READ }]),
    bindingObject(owner, nameOfChild(name, binding), labels, [
      { kind: "ServiceAccount", name: account, namespace },
    ], roleName),
  ];
}

/** The certificate of its servers. Nobody here speaks TLS, so there is nothing in it. */
export function certificatesObject(owner: Owner): KubeObject {
  const { name } = owner.metadata;
  const labels = serviceLabels(name, "workload");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: childOf(owner, { name: nameOfChild(name, "certificates"), labels }),
    type: "kubernetes.io/tls",
  } as KubeObject;
}

function accountObject(
  owner: Owner,
  name: string,
  labels: Record<string, string>,
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: childOf(owner, { name, labels }),
  };
}

function roleObject(
  owner: Owner,
  name: string,
  labels: Record<string, string>,
  rules: readonly JsonObject[],
): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "Role",
    metadata: childOf(owner, { name, labels }),
    rules,
  } as KubeObject;
}

function bindingObject(
  owner: Owner,
  name: string,
  labels: Record<string, string>,
  subjects: readonly JsonObject[],
  role: string,
): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: childOf(owner, { name, labels }),
    subjects,
    roleRef: { apiGroup: RBAC, kind: "Role", name: role },
  } as KubeObject;
}
