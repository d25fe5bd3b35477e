// Names and labels of the objects that KServe makes for a service, so that copied selectors select.

import { createHash } from "node:crypto";

const MAX_NAME = 63;
/** What is left of a parent beside an MD5 in hexadecimal digits. */
const HEAD = MAX_NAME - 32;
/** Kubernetes' alphabet of generated suffixes: no vowels, no digits that look like letters. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const SUFFIXES = SUFFIX_ALPHABET.length ** SUFFIX_LENGTH;
/** No multiple of 3, so that its multiples reach all 27^5; 0.618 of it, so neighbours are far. */
const SUFFIX_STRIDE = 8_868_112;

/**
 * `<parent><suffix>`, the parent cut and hashed when the name would pass 63 characters; a suffix that
 * leaves no room beside the hash is hashed too (Knative's `kmeta.ChildName`).
 */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= MAX_NAME) return parent + suffix;
  const kept = HEAD - suffix.length;
  if (kept > 0) return parent.slice(0, kept) + md5(parent) + suffix;
  const name = parent.slice(0, HEAD) + md5(parent + suffix);
  return (name + suffix).slice(0, Math.max(name.length, MAX_NAME)).replace(/[^a-zA-Z0-9]+$/, "");
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** What KServe appends to a service's name for each object that it makes for it. */
const SUFFIXES_OF = {
  main: "-kserve",
  prefill: "-kserve-prefill",
  multiNode: "-kserve-mn",
  multiNodePrefill: "-kserve-mn-prefill",
  scheduler: "-kserve-router-scheduler",
  workloadService: "-kserve-workload-svc",
  eppService: "-epp-service",
  pool: "-inference-pool",
  route: "-kserve-route",
  tokenizer: "-tokenizer",
  eppServiceAccount: "-epp-sa",
  eppRole: "-epp-role",
  eppRoleBinding: "-epp-rb",
  serviceAccount: "-kserve",
  role: "-kserve-role",
  roleBinding: "-kserve-rb",
  multiNodeRole: "-kserve-mn-role",
  multiNodeRoleBinding: "-kserve-mn-rb",
  certificates: "-kserve-self-signed-certs",
  hpa: "-kserve-hpa",
  prefillHpa: "-kserve-prefill-hpa",
  scaledObject: "-kserve-keda",
  prefillScaledObject: "-kserve-prefill-keda",
} as const;

export type Child = keyof typeof SUFFIXES_OF;

/** The name of one of a service's children. */
export function nameOfChild(service: string, child: Child): string {
  return childName(service, SUFFIXES_OF[child]);
}

/** The ClusterRoleBinding of a service's endpoint picker, which is in no namespace. */
export function eppAuthName(namespace: string, service: string): string {
  return childName(namespace, `-${service}-epp-auth-rb`);
}

/** A stable stand-in for the pod-template hash: the same template gives the same ten characters. */
export function templateHash(template: string): string {
  return letters(template, 10);
}

/** The name of a Deployment's ReplicaSet. The template holds the service's name too, in its labels. */
export function replicaSetName(deployment: string, template: string): string {
  return `${deployment}-${templateHash(`${deployment} ${template}`)}`;
}

/** A pod's name; `ordinal` counts the pods of its Deployment, so names never repeat. */
export function podOfReplicaSet(replicaSet: string, ordinal: number): string {
  return `${replicaSet}-${nthSuffix(replicaSet, ordinal)}`;
}

/** The name with a suffix as the API server cuts a prefix and completes it (`names.go`): 63 at most. */
export function generatedName(prefix: string, ordinal: number): string {
  return prefix.slice(0, 63 - SUFFIX_LENGTH) + nthSuffix(prefix, ordinal);
}

function nthSuffix(prefix: string, ordinal: number): string {
  const first = createHash("sha256").update(prefix).digest().readUInt32LE();
  return podSuffix((first + ordinal * SUFFIX_STRIDE) % SUFFIXES);
}

function podSuffix(number: number): string {
  let text = "";
  for (let rest = number; text.length < SUFFIX_LENGTH; rest = Math.floor(rest / 27)) {
    text += SUFFIX_ALPHABET[rest % 27];
  }
  return text;
}

function letters(text: string, count: number): string {
  const digest = createHash("sha256").update(text).digest();
  return Array.from(digest.subarray(0, count), (byte) => SUFFIX_ALPHABET[byte % 27]).join("");
}

/** What a workload of a service does; in prefill/decode disaggregation the main one decodes. */
export type Role = "both" | "decode" | "prefill" | "scheduler" | "tokenizer";

/** The place of a pod in a LeaderWorkerSet's group. */
export type GroupPlace = "leader" | "worker";

const COMPONENT = "llminferenceservice";

/** The label by which a Deployment tells the pods of its templates apart. */
export const TEMPLATE_HASH = "pod-template-hash";

/** Labels that all objects of a service share: copied selectors begin with these. */
export function serviceLabels(service: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/component": `${COMPONENT}-${component}`,
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/part-of": COMPONENT,
  };
}

/** Of a model server or its workload, by the labels of either, its service; undefined of all else. */
export function servedService(
  labels: Readonly<Record<string, string>> | undefined,
): string | undefined {
  // In an object from a file a label may be anything.
  const component = String(labels?.["app.kubernetes.io/component"]);
  return component.startsWith(`${COMPONENT}-workload`)
    ? labels!["app.kubernetes.io/name"]
    : undefined;
}

/** The labels of the standalone tokenizer's objects (kserve master): its component has no prefix. */
export function tokenizerLabels(service: string): Record<string, string> {
  return { ...serviceLabels(service, ""), "app.kubernetes.io/component": "tokenizer" };
}

/** What an InferencePool selects: the pods that take traffic. */
export function poolSelector(service: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/part-of": COMPONENT,
    "kserve.io/component": "workload",
  };
}

/** The labels of a workload's pods. Only those that take traffic are the InferencePool's. */
export function workloadLabels(
  service: string,
  role: Role,
  place?: GroupPlace,
): Record<string, string> {
  if (role === "scheduler") return serviceLabels(service, "router-scheduler");
  if (role === "tokenizer") return tokenizerLabels(service);
  const component = ["workload", place, role === "prefill" ? "prefill" : undefined]
    .filter((part) => part !== undefined).join("-");
  return {
    ...serviceLabels(service, component),
    ...(place === "worker" ? {} : { "kserve.io/component": "workload" }),
    "llm-d.ai/role": role,
  };
}
