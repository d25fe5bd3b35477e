// Whether nodes are as a pod wants them, by their labels and names, and pods as another one wants them.

import { hasLabels, labelOf, type Labels, meets as meetsSet } from "../../kube/label_selector.ts";
import type { NodeTerm, PodNeeds, PodTerm, Requirement } from "./pod_needs.ts";

export const HOSTNAME = "kubernetes.io/hostname";
export const ZONE = "topology.kubernetes.io/zone";

/** As a selector of nodes has it: it compares integers too. */
function meets(requirement: Requirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  if (operator === "Gt") return compare(labelOf(labels, key), values[0]) > 0;
  if (operator === "Lt") return compare(labelOf(labels, key), values[0]) < 0;
  return meetsSet(requirement, labels);
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
  return hasLabels(labels, nodeSelector) &&
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
