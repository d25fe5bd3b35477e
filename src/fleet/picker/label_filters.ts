// Filters by the labels of pods: decode-filter, prefill-filter and label-selector-filter.

import type { Endpoints } from "./endpoints.ts";
import type { Filter } from "./ports.ts";

type Labels = Readonly<Record<string, string>>;

export const ROLE_LABEL = "llm-d.ai/role";

/** Roles that answer, and those that compute prompts for others. */
const DECODES = ["decode", "prefill-decode", "both", "encode-prefill-decode"];
const PREFILLS = ["prefill", "encode-prefill"];

/** A pod without the label answers too. */
export function isDecode(labels: Labels): boolean {
  const role = labels[ROLE_LABEL];
  return role === undefined || DECODES.includes(role);
}

export function isPrefill(labels: Labels): boolean {
  const role = labels[ROLE_LABEL];
  return role !== undefined && PREFILLS.includes(role);
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[] | undefined;
}

/** Kubernetes' `LabelSelector`: all of it must hold. */
export interface SelectorParameters {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export function matchesSelector(
  { matchLabels = {}, matchExpressions = [] }: SelectorParameters,
  labels: Labels,
): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
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
  }
}

/** Keeps the pods whose labels hold; asked once for each pod, whose labels never change. */
export function labelFilter(holds: (labels: Labels) => boolean, endpoints: Endpoints): Filter {
  const kept: (boolean | undefined)[] = [];
  endpoints.onForget((slot) => kept[slot] = undefined);
  return {
    filter(_, candidates) {
      const { slots, count } = candidates;
      let left = 0;
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        const keeps = kept[slot] ??= holds(endpoints.labels(slot));
        if (keeps) slots[left++] = slot;
      }
      candidates.count = left;
    },
  };
}
