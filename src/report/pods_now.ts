// The model servers of one instant and what is in each: what text and page show of a pod. No formats.

import type { FleetState } from "../fleet/state.ts";
import type { KubeObject } from "../kube/object.ts";

export interface PodNow {
  readonly name: string;
  /** `namespace/name` of the LLMInferenceService whose pod it is. */
  readonly member: string;
  readonly ready: boolean;
  /** As kubectl's STATUS column. */
  readonly status: string;
  /** Undefined while it is bound to none. */
  readonly node: string | undefined;
  /** Gauges of the last full second; undefined of a pod that was idle then, or is gone. */
  readonly gauges: PodGauges | undefined;
}

export interface PodGauges {
  readonly running: number;
  readonly waiting: number;
  readonly kvPpm: number;
}

export function podsNow({ objects, services }: FleetState, atUs: number): PodNow[] {
  const serving = lastColumns(services, atUs);
  return Object.values(objects).filter(isServer).map((pod) => ({
    // A hand may have patched anything into an object: its fields are of any type.
    name: String(pod.metadata.name),
    member: `${pod.metadata.namespace ?? "default"}/${
      pod.metadata.labels?.["app.kubernetes.io/name"] ?? ""
    }`,
    ready: containerOf(pod.status)?.ready === true,
    status: podStatus(pod),
    node: nodeOf(pod),
    gauges: serving.get(pod.metadata.name),
  }));
}

function isServer({ kind, metadata }: KubeObject): boolean {
  return kind === "Pod" && metadata.labels?.["kserve.io/component"] === "workload";
}

function lastColumns(services: FleetState["services"], atUs: number): Map<string, PodGauges> {
  const found = new Map<string, PodGauges>();
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

function podStatus({ metadata, spec, status }: KubeObject): string {
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (spec?.["nodeName"] === undefined) return "Pending";
  return String(containerOf(status)?.state?.waiting?.reason ?? "Running");
}

function nodeOf({ spec }: KubeObject): string | undefined {
  const node = spec?.["nodeName"];
  return node === undefined ? undefined : String(node);
}

function containerOf(status: KubeObject["status"]) {
  const { containerStatuses } = (status ?? {}) as {
    containerStatuses?: { ready?: boolean; state?: { waiting?: { reason?: string } } }[];
  };
  return containerStatuses?.[0];
}
