// A rollout as Argo's plugin knows it: its status in a word and why, its weights, and its replicas.

import type { RolloutPhase } from "../fleet/events.ts";
import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState } from "../fleet/state.ts";
import { REVISION_OF } from "../fleet/strategies.ts";
import { namespaceOf } from "./fleet_table.ts";
import type { RolloutRow } from "./rollout_rows.ts";
import { type RolloutRevision, rolloutRevisions, type SetCounts } from "./rollout_sets.ts";

export interface RolloutDetail {
  /** Its service's, as Argo's Rollout would be called. */
  readonly name: string;
  readonly namespace: string;
  readonly row: RolloutRow;
  readonly status: RolloutPhase;
  /** Empty where there is nothing to say. */
  readonly message: string;
  /** `2/5`: so many steps are done; undefined of an update in place, which has none. */
  readonly step: string | undefined;
  /** What the route says, in percent; undefined where nothing is divided. */
  readonly setWeight: number | undefined;
  /** What it comes to: KServe leaves members without a ready pod out of the route. */
  readonly actualWeight: number | undefined;
  /** The newest first. */
  readonly revisions: readonly RolloutRevision[];
  readonly counts: SetCounts & { readonly updated: number };
}

export function rolloutDetail(state: FleetState, row: RolloutRow): RolloutDetail {
  const revisions = rolloutRevisions(state, row);
  const counts = countsOf(revisions);
  const made = REVISION_OF[row.strategy];
  const { member = row.service } = state.services[row.service]?.revisions[STABLE] ?? {};
  const isDivided = row.strategy === "canary" || row.strategy === "blueGreen";
  const { step, steps, completedAt } = row;
  return {
    name: member.slice(member.indexOf("/") + 1),
    namespace: member.includes("/")
      ? member.slice(0, member.indexOf("/"))
      : namespaceIn(state, member),
    row,
    status: row.phase,
    message: messageOf(row, counts),
    step: made === undefined
      ? undefined
      : `${completedAt === undefined ? Math.max(0, step) : steps}/${steps}`,
    setWeight: isDivided ? row.weight : undefined,
    actualWeight: isDivided ? actualWeight(state, row, made!) : undefined,
    revisions,
    counts,
  };
}

function namespaceIn({ objects }: FleetState, name: string): string {
  const service = Object.values(objects).find(({ kind, metadata }) =>
    kind === "LLMInferenceService" && metadata.name === name
  );
  return service ? namespaceOf(service) : "default";
}

/** Both revisions together, but of what is wanted the more of the two: an Argo Rollout has one number. */
function countsOf(revisions: readonly RolloutRevision[]): RolloutDetail["counts"] {
  const of = (field: keyof SetCounts, among = revisions) =>
    among.flatMap(({ sets }) => sets).reduce((sum, set) => sum + set[field], 0);
  return {
    desired: Math.max(0, ...revisions.map((revision) => of("desired", [revision]))),
    current: of("current"),
    updated: of("current", revisions.filter(({ isNew }) => isNew)),
    ready: of("ready"),
    available: of("available"),
  };
}

/** Argo's words where the rollout has none of its own (argo-rollouts, utils/rollout/rolloututil.go). */
function messageOf(
  { message, phase, strategy }: RolloutRow,
  { desired, updated, current, available }: RolloutDetail["counts"],
): string {
  if (message !== "" || phase === "Healthy" || phase === "Degraded") return message;
  if (phase === "Paused") return strategy === "blueGreen" ? "BlueGreenPause" : "CanaryPauseStep";
  if (updated < desired) return "more replicas need to be updated";
  if (available < current) return "updated replicas are still becoming available";
  return "waiting for all steps to complete";
}

function actualWeight(state: FleetState, { service }: RolloutRow, made: string) {
  const { weights = {}, eligible = [] } = state.services[service] ?? {};
  if (weights[made] === undefined) return undefined;
  const total = eligible.reduce((sum, each) => sum + (weights[each] ?? 0), 0);
  return eligible.includes(made) && total > 0 ? Math.round(100 * weights[made] / total) : 0;
}
