// Names and labels of the objects that KServe makes for a service, so that copied selectors select.

import { createHash } from "node:crypto";

const MAX_NAME = 63;
/** Kubernetes' alphabet of generated suffixes: no vowels, no digits that look like letters. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** `<parent><suffix>`, the parent cut and hashed when the name would pass 63 characters (kmeta). */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= MAX_NAME) return parent + suffix;
  const hash = createHash("md5").update(parent).digest("hex");
  const kept = parent.slice(0, Math.max(0, MAX_NAME - hash.length - suffix.length));
  return (kept + hash + suffix).slice(0, MAX_NAME);
}

export function deploymentName(service: string): string {
  return childName(service, "-kserve");
}

/** A stable stand-in for the pod-template hash: the same template gives the same ten characters. */
export function templateHash(template: string): string {
  return letters(template, 10);
}

/** A pod's name; `ordinal` counts the pods of this Deployment, so names never repeat. */
export function podName(service: string, template: string, ordinal: number): string {
  const deployment = deploymentName(service);
  const hash = templateHash(template);
  return `${deployment}-${hash}-${letters(`${deployment}/${hash}/${ordinal}`, 5)}`;
}

function letters(text: string, count: number): string {
  const digest = createHash("sha256").update(text).digest();
  return Array.from(digest.subarray(0, count), (byte) => SUFFIX_ALPHABET[byte % 27]).join("");
}

/** The labels of a model server's pod (both prefill and decode in one). */
export function workloadLabels(service: string): Record<string, string> {
  return {
    "app.kubernetes.io/component": "llminferenceservice-workload",
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/part-of": "llminferenceservice",
    "kserve.io/component": "workload",
    "llm-d.ai/role": "both",
  };
}
