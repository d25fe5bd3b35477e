// What is in force at one instant of a run, as text: rollouts, faults, and what is in the servers.

import type { FleetState } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";
import { formatInstant, formatPpm, UNKNOWN } from "../view/format.ts";
import { table } from "../view/table.ts";
import type { TextOptions } from "./text.ts";

export function rolloutLines({ rollouts, services }: FleetState): string[] {
  return Object.entries(rollouts).flatMap(([id, rollout]) => {
    const step = rollout.step < 0 ? "" : ` ${rollout.step}/${rollout.steps}`;
    const weights = Object.entries(services[rollout.service]?.weights ?? {})
      .map(([revision, weight]) => `${revision} ${weight}`).join(", ");
    const why = rollout.message === "" ? "" : `: ${rollout.message}`;
    return [
      `  ${id} of ${rollout.service}, ${rollout.phase}, step${step} (${rollout.about})${why}`,
      `    weights    ${weights}`,
      "",
    ];
  });
}

export function faultLines({ faults }: FleetState): string[] {
  const lines = Object.entries(faults).map(([id, fault]) => {
    const until = fault.endedAt === undefined ? "" : `, ended ${formatInstant(fault.endedAt)}`;
    const targets = fault.targets.length === 0 ? "" : `: ${fault.targets.join(", ")}`;
    return `  ${id} since ${formatInstant(fault.beganAt)}${until}, ${fault.message}${targets}`;
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

export function podLines(
  { objects, services }: FleetState,
  atUs: number,
  { width }: TextOptions,
): string[] {
  const pods = Object.values(objects).filter(({ kind, metadata }) =>
    kind === "Pod" && metadata.labels?.["kserve.io/component"] === "workload"
  );
  if (pods.length === 0) return [];
  const serving = lastColumns(services, atUs);
  const rows = pods.map((pod) => {
    const now = serving.get(pod.metadata.name);
    return [
      pod.metadata.name,
      podReady(pod),
      podState(pod),
      String(pod.spec?.["nodeName"] ?? UNKNOWN),
      now ? String(now.running) : UNKNOWN,
      now ? String(now.waiting) : UNKNOWN,
      now ? formatPpm(now.kvPpm) : UNKNOWN,
    ];
  });
  const heads = ["pod", "ready", "status", "node", "running", "waiting", "kv"];
  return [
    ...table([heads, ...rows], { indent: "  ", right: [4, 5, 6], width, drop: [3, 5, 4] }),
    "",
  ];
}

interface PodNow {
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

/** Gauges of the last full second; a pod without a window then was idle or is gone. */
function lastColumns(services: FleetState["services"], atUs: number): Map<string, PodNow> {
  const found = new Map<string, PodNow>();
  for (const { revisions } of Object.values(services)) {
    for (const { recent } of Object.values(revisions)) {
      const window = recent.at(-1);
      if (!window || window.at <= atUs - 2_000_000) continue;
      for (const [index, name] of window.pods.name.entries()) {
        const { running, waiting, kvPpm } = window.pods;
        found.set(name, {
          running: running[index]!,
          waiting: waiting[index]!,
          kvPpm: kvPpm[index]!,
        });
      }
    }
  }
  return found;
}

/** As kubectl's STATUS column. */
function podState({ metadata, spec, status }: KubeObject): string {
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (spec?.["nodeName"] === undefined) return "Pending";
  return containerOf(status)?.state.waiting?.reason ?? "Running";
}

function podReady({ status }: KubeObject): string {
  return containerOf(status)?.ready ? "1/1" : "0/1";
}

function containerOf(status: KubeObject["status"]) {
  const { containerStatuses } = (status ?? {}) as {
    containerStatuses?: { ready: boolean; state: { waiting?: { reason: string } } }[];
  };
  return containerStatuses?.[0];
}
