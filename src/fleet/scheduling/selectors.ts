// Whether labels are as requirements want them: of a node's by a pod, of a pod's by another one.

import type { NodeTerm, PodNeeds, PodTerm, Requirement } from "./pod_needs.ts";

export type Labels = Readonly<Record<string, string>>;

export const HOSTNAME = "kubernetes.io/hostname";
export const ZONE = "topology.kubernetes.io/zone";

/** Whether labels are as a node selector wants them; in a loop, since it is asked of every node. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const label in selector) {
    if (Object.hasOwn(selector, label) && labels[label] !== selector[label]) return false;
  }
  return true;
}

/** apimachinery's labels.Requirement; what is no operator matches nothing. */
export function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return compare(value, values[0]) > 0;
    case "Lt":
      return compare(value, values[0]) < 0;
    default:
      return false;
  }
}

/** NaN where either is no integer: then it is neither more nor less. */
function compare(own: string | undefined, other: string | undefined): number {
  return (integer(own) ?? NaN) - (integer(other) ?? NaN);
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export function meetsAll(requirements: PodTerm, labels: Labels): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

/** A term without requirements matches no node (`nodeaffinity.nodeSelectorTerm`). */
export function meetsTerm({ labels, fields }: NodeTerm, node: Labels, name: string): boolean {
  return labels.length + fields.length > 0 && meetsAll(labels, node) &&
    meetsAll(fields, { "metadata.name": name });
}

/** `nodeSelector` and the required part of `nodeAffinity`: both hold. */
export function meetsAffinity(
  { nodeSelector, nodeTerms }: PodNeeds,
  labels: Labels,
  name: string,
): boolean {
  return selects(nodeSelector, labels) &&
    (nodeTerms.length === 0 || nodeTerms.some((term) => meetsTerm(term, labels, name)));
}

/** Whether nodes that are alike but for their names may differ for this pod. */
export function namesNodes({ nodeSelector, nodeTerms, preferredNodes }: PodNeeds): boolean {
  const terms = [...nodeTerms, ...preferredNodes.map(({ term }) => term)];
  return HOSTNAME in nodeSelector ||
    terms.some(({ labels, fields }) =>
      fields.length > 0 || labels.some(({ key }) => key === HOSTNAME)
    );
}
