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

export function deploymentName(service: string): string {
  return childName(service, "-kserve");
}

/** A stable stand-in for the pod-template hash: the same template gives the same ten characters. */
export function templateHash(template: string): string {
  return letters(template, 10);
}

/** A pod's name; `ordinal` counts the pods of this Deployment, so names never repeat. */
export function podName(service: string, template: string, ordinal: number): string {
  const replicaSet = `${deploymentName(service)}-${templateHash(template)}`;
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
