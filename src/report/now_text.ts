// What is in force at one instant of a run, as text: rollouts, faults, and what is in the servers.

import type { FleetState, RolloutState } from "../fleet/state.ts";
import { formatInstant, formatPpm, UNKNOWN } from "../view/format.ts";
import { rolloutStep } from "../view/rollout_rows.ts";
import { table } from "../view/table.ts";
import { podsNow } from "./pods_now.ts";
import { againText } from "./story_text.ts";
import type { TextOptions } from "./text.ts";

/**
 * `step 2/5 (setWeight 25)`: so many are done, as Argo counts, of a completed rollout all. Before the
 * first it is what the rollout is about.
 */
export function rolloutStepText(rollout: RolloutState): string {
  return rollout.step < 0 ? rollout.about : `step ${rolloutStep(rollout)}`;
}

export function rolloutLines({ rollouts, services }: FleetState): string[] {
  return Object.entries(rollouts).flatMap(([id, rollout]) => {
    const weights = Object.entries(services[rollout.service]?.weights ?? {})
      .map(([revision, weight]) => `${revision} ${weight}`).join(", ");
    const why = rollout.message === "" ? "" : `: ${rollout.message}`;
    return [
      `  ${id} of ${rollout.service}, ${rollout.phase}, ${rolloutStepText(rollout)}${why}`,
      `    weights    ${weights}`,
      "",
    ];
  });
}

export function faultLines({ faults }: FleetState): string[] {
  const lines = Object.entries(faults).map(([id, fault]) => {
    const until = fault.endedAt === undefined ? "" : `, ended ${formatInstant(fault.endedAt)}`;
    const targets = fault.targets.length === 0 ? "" : `: ${fault.targets.join(", ")}`;
    const { beganAt, lastBeganAt = beganAt, times = 1 } = fault;
    const again = times === 1 ? "" : ` (${againText(times, beganAt)})`;
    const since = `${formatInstant(lastBeganAt)}${again}${until}`;
    return `  ${id} since ${since}, ${fault.message}${targets}`;
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

export function podLines(state: FleetState, atUs: number, { width }: TextOptions): string[] {
  const pods = podsNow(state, atUs);
  if (pods.length === 0) return [];
  const rows = pods.map(({ name, ready, status, node, gauges }) => [
    name,
    ready ? "1/1" : "0/1",
    status,
    node ?? UNKNOWN,
    gauges ? String(gauges.running) : UNKNOWN,
    gauges ? String(gauges.waiting) : UNKNOWN,
    formatPpm(gauges?.kvPpm),
  ]);
  const heads = ["pod", "ready", "status", "node", "running", "waiting", "kv"];
  return [
    ...table([heads, ...rows], { indent: "  ", right: [4, 5, 6], width, drop: [3, 5, 4] }),
    "",
  ];
}
