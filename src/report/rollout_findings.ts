// A rollout that stands still, and shares of a route that nobody takes.

import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState } from "../fleet/state.ts";
import type { Member } from "../view/members.ts";
import type { Finding } from "./findings.ts";
import { rolloutStepText } from "./now_text.ts";

/** `service` as state knows it, `name` as its object is called. */
export function rolloutFindings(
  { rollouts }: FleetState,
  service: string,
  name: string,
): Finding[] {
  return Object.values(rollouts).filter((rollout) => rollout.service === service)
    .flatMap((rollout): Finding[] => {
      const { strategy, phase, message } = rollout;
      if (phase !== "Degraded" && phase !== "Paused") return [];
      const why = message === "" ? "" : `: ${message}`;
      return [{
        object: `llmisvc/${name}`,
        others: 0,
        reason: `Rollout${phase}`,
        message: `its rollout (${strategy}) is ${phase} at ${rolloutStepText(rollout)}${why}`,
      }];
    });
}

/**
 * Members that have a weight and are not in the route: KServe leaves out who has no ready pod. Of a
 * service's first member all of them, of another it alone.
 */
export function weightFindings({ key, name: revision, group }: Member): Finding[] {
  const { weights, eligible } = group;
  const isShared = group.group !== undefined || Object.keys(weights).length > 1;
  if (!isShared) return [];
  const total = Object.values(weights).reduce((sum, each) => sum + each, 0);
  const taken = group.group === undefined && eligible.length === 0
    ? `no member of ${key} takes its requests`
    : "the others take its share";
  return Object.entries(weights)
    .filter(([each, weight]) => weight > 0 && !eligible.includes(each))
    .filter(([each]) => revision === STABLE || revision === each)
    .map(([each, weight]) => {
      const { member = each } = group.revisions[each] ?? {};
      const share = group.group === undefined ? `${weight} of ${total}` : String(weight);
      const object = `llmisvc/${member.slice(member.indexOf("/") + 1)}`;
      const message = `it has a weight of ${share} and cannot be routed to: ${taken}`;
      return { object, others: 0, reason: "WeightOnDeadMember", message };
    });
}
