// Names and labels of the objects that KServe makes for a service, so that copied selectors select.

import { createHash } from "node:crypto";

const MAX_NAME = 63;
/** Kubernetes' alphabet of generated suffixes: no vowels, no digits that look like letters. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const SUFFIXES = SUFFIX_ALPHABET.length ** SUFFIX_LENGTH;
/** No multiple of 3, so that its multiples reach all 27^5; 0.618 of it, so neighbours are far. */
const SUFFIX_STRIDE = 8_868_112;

/** `<parent><suffix>`, the parent cut and hashed when the name would pass 63 characters (kmeta). */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= MAX_NAME) return parent + suffix;
  const hash = createHash("md5").update(parent).digest("hex");
  const kept = parent.slice(0, Math.max(0, MAX_NAME - hash.length - suffix.length));
  return (kept + hash + suffix).slice(0, MAX_NAME);
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

/** A stable stand-in for the pod-template hash: the same template gives the same ten characters. */
export function templateHash(template: string): string {
  return letters(template, 10);
}

/** The name of a Deployment's ReplicaSet. The template holds the service's name too, in its labels. */
export function replicaSetName(deployment: string, template: string): string {
  return `${deployment}-${templateHash(`${deployment} ${template}`)}`;
}

/** A pod's name; `ordinal` counts the pods of this Deployment, so names never repeat. */
export function podName(deployment: string, template: string, ordinal: number): string {
  return podOfReplicaSet(replicaSetName(deployment, template), ordinal);
}

/** The same of a ReplicaSet whose name is known. */
export function podOfReplicaSet(replicaSet: string, ordinal: number): string {
  const first = createHash("sha256").update(replicaSet).digest().readUInt32LE();
  return `${replicaSet}-${podSuffix((first + ordinal * SUFFIX_STRIDE) % SUFFIXES)}`;
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
export type Role = "both" | "decode" | "prefill" | "scheduler";

/** The place of a pod in a LeaderWorkerSet's group. */
export type GroupPlace = "leader" | "worker";

const COMPONENT = "llminferenceservice";

/** Labels that all objects of a service share: copied selectors begin with these. */
export function serviceLabels(service: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/component": `${COMPONENT}-${component}`,
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/part-of": COMPONENT,
  };
}

/** The labels of a workload's pods. Only those that take traffic are the InferencePool's. */
export function workloadLabels(
  service: string,
  role: Role,
  place?: GroupPlace,
): Record<string, string> {
  if (role === "scheduler") return serviceLabels(service, "router-scheduler");
  const component = ["workload", place, role === "prefill" ? "prefill" : undefined]
    .filter((part) => part !== undefined).join("-");
  return {
    ...serviceLabels(service, component),
    ...(place === "worker" ? {} : { "kserve.io/component": "workload" }),
    "llm-d.ai/role": role,
  };
}
