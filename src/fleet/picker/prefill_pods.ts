// Whether a plan would let pods that only compute prompts answer requests; a check before any run.

import { matchesSelector, type SelectorFields } from "../../kube/label_selector.ts";
import { isDecode, ROLE_LABEL } from "./label_filters.ts";
import type { PickerPlan } from "./plan.ts";

/** What KServe labels such pods with. */
const PREFILL = { [ROLE_LABEL]: "prefill" };

/** Whether no filter of the profile that answers takes prefill pods out. */
export function selectsPrefill({ handler, profiles, plugins }: PickerPlan): boolean {
  const answers = handler.kind === "single" ? handler.profile : handler.decode;
  const { filters } = profiles.find(({ name }) => name === answers)!;
  return !filters.some((filter) => {
    const { type, parameters } = plugins.find(({ name }) => name === filter)!;
    if (type === "decode-filter") return !isDecode(PREFILL);
    if (type !== "label-selector-filter") return false;
    return !matchesSelector(parameters as SelectorFields, PREFILL);
  });
}
