// Filters by the labels of pods: decode-filter, prefill-filter and label-selector-filter.

import type { Labels } from "../../kube/label_selector.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Filter } from "./ports.ts";

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
