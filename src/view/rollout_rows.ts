// The rollouts of a fleet at an instant, a row each: how far it is, and what its analyses say.

import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState, RolloutState } from "../fleet/state.ts";
import { REVISION_OF } from "../fleet/strategies.ts";
import { SERVICE_RESOURCE } from "../kube/resources.ts";
import { namespaceOf, type RowOptions } from "./fleet_table.ts";

export { type Act, actWords } from "../fleet/acts.ts";

export interface RolloutRow extends RolloutState {
  /** Its name in the log: `rollouts[0]`, or what its scenario calls it. */
  readonly id: string;
  /** Of its new revision within the route group; undefined of an update in place, and before it has one. */
  readonly weight: number | undefined;
  readonly analyses: readonly RolloutAnalysis[];
}

export interface RolloutAnalysis {
  /** The analysis' name, or `step 2` of one that a step waits for. */
  readonly name: string;
  readonly phase: FleetState["analyses"][string]["phase"];
}

/** Of the services that are kept: those under way first, each group in the order in which they began. */
export function rolloutRows(
  state: FleetState,
  { keep }: Pick<RowOptions, "keep"> = {},
): RolloutRow[] {
  const rows = Object.entries(state.rollouts)
    .filter(([, { service }]) => keep === undefined || isKept(state, service, keep))
    .map(([id, rollout]): RolloutRow => ({
      ...rollout,
      id,
      weight: state.services[rollout.service]?.weights[REVISION_OF[rollout.strategy] ?? ""],
      analyses: analysesOf(state, id, rollout),
    }))
    .sort((a, b) => a.startedAt - b.startedAt);
  return [...rows.filter(isUnderWay), ...rows.filter((row) => !isUnderWay(row))];
}

/** The one of this id, else the first; undefined where there are none. */
export function chosenRollout(
  rows: readonly RolloutRow[],
  wanted: string | undefined,
): RolloutRow | undefined {
  return rows.find(({ id }) => id === wanted) ?? rows[0];
}

/** An aborted one is: somebody is still to decide about it. */
export function isUnderWay({ phase }: RolloutState): boolean {
  return phase !== "Healthy";
}

/**
 * `2/5 (pause 5m)`: so many are done, as Argo counts, of a completed one all. Before the first, what it is
 * about.
 */
export function rolloutStep({ step, steps, about, completedAt }: RolloutState): string {
  const done = completedAt === undefined ? step : steps;
  return step < 0 ? about : `${done}/${steps} (${about})`;
}

/**
 * Those that go on; else the one that was the last to begin, but of a rollout that stands the last that was
 * not Successful.
 */
function analysesOf(
  { analyses }: FleetState,
  id: string,
  rollout: RolloutState,
): RolloutAnalysis[] {
  const own = Object.entries(analyses).filter(([name]) => name.startsWith(`${id}/`))
    .map(([name, { phase, startedAt }]) => ({
      name: analysisName(name, id),
      ...{ phase, startedAt },
    }))
    .sort((a, b) => a.startedAt - b.startedAt);
  const running = own.filter(({ phase }) => phase === "Running" || phase === "Pending");
  const bad = rollout.phase === "Degraded" || rollout.phase === "Paused"
    ? own.findLast(({ phase }) => phase !== "Successful")
    : undefined;
  const last = bad ?? own.at(-1);
  const shown = running.length > 0 ? running : last ? [last] : [];
  return shown.map(({ name, phase }) => ({ name, phase }));
}

/** What an analysis run is called within its rollout; one that a step waits for by the step's number. */
export function analysisName(analysis: string, rollout: string): string {
  return analysis.slice(rollout.length + 1).replace(/^(?=\d)/, "step ");
}

/** As the objects have it that the service's own member is. */
function isKept(
  { objects, services }: FleetState,
  service: string,
  keep: NonNullable<RowOptions["keep"]>,
): boolean {
  const member = services[service]?.revisions[STABLE]?.member ?? service;
  return Object.values(objects).some((object) => {
    const { name } = object.metadata;
    return object.kind === SERVICE_RESOURCE.kind &&
      (member === name || member === `${namespaceOf(object)}/${name}`) && keep(object);
  });
}
