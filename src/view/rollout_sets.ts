// The workloads of a rollout's revisions: their ReplicaSets or LeaderWorkerSets, with pods and counts.

import { STABLE } from "../fleet/revision_names.ts";
import type { FleetState } from "../fleet/state.ts";
import { REVISION_OF } from "../fleet/strategies.ts";
import { servedService } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import { controllerOf, listOf, mapOf } from "./describe_parts.ts";
import { namespaceOf } from "./fleet_table.ts";
import type { RolloutRow } from "./rollout_rows.ts";

/** Replicas by what they are. */
export interface SetCounts {
  readonly desired: number;
  readonly current: number;
  readonly ready: number;
  readonly available: number;
}

export interface RolloutSet extends SetCounts {
  readonly object: KubeObject;
  /** Of the container that serves; undefined where its template does not say. */
  readonly image: string | undefined;
  /** Sorted by name. */
  readonly pods: readonly KubeObject[];
}

export interface RolloutRevision {
  /** Counted from 1, as `deployment.kubernetes.io/revision`. */
  readonly number: number;
  /** What it is in the route group; of an update in place `new` or `old`. */
  readonly name: string;
  readonly isNew: boolean;
  readonly sets: readonly RolloutSet[];
}

const REVISION = "deployment.kubernetes.io/revision";

/** The newest first. One that is not made yet is not among them. */
export function rolloutRevisions(state: FleetState, row: RolloutRow): RolloutRevision[] {
  const revisions = state.services[row.service]?.revisions ?? {};
  const memberOf = (revision: string) => revisions[revision]?.member ?? row.service;
  const made = REVISION_OF[row.strategy];
  if (made === undefined) return inPlace(setsOf(state, memberOf(STABLE)));
  const stable = { number: 1, name: STABLE, isNew: false };
  const found = { number: 2, name: made, isNew: true };
  return [
    ...(revisions[made] ? [{ ...found, sets: setsOf(state, memberOf(made)) }] : []),
    { ...stable, sets: setsOf(state, memberOf(STABLE)) },
  ];
}

/** Every ReplicaSet is a revision of its Deployment. */
function inPlace(sets: readonly RolloutSet[]): RolloutRevision[] {
  const byNumber = Map.groupBy(
    sets,
    ({ object }) => Number(object.metadata.annotations?.[REVISION] ?? 1),
  );
  return [...byNumber].sort(([a], [b]) => b - a).map(([number, own], index) => ({
    number,
    name: index === 0 ? "new" : "old",
    isNew: index === 0,
    sets: own,
  }));
}

/** Of a member, `namespace/name`, those that hold model servers; older logs do not say the namespace. */
function setsOf({ objects }: FleetState, member: string): RolloutSet[] {
  const all = Object.values(objects).filter((object) => isOf(object, member));
  const pods = Map.groupBy(
    all.filter(({ kind }) => kind === "Pod"),
    ({ metadata }) => controllerOf(metadata.ownerReferences),
  );
  return all.filter(({ kind }) => kind === "ReplicaSet" || kind === "LeaderWorkerSet")
    .map((object) => ({
      object,
      image: imageOf(object),
      ...countsOf(object),
      pods: (pods.get(`${object.kind}/${object.metadata.name}`) ?? [])
        .toSorted((a, b) => a.metadata.name < b.metadata.name ? -1 : 1),
    }))
    .sort((a, b) => a.object.metadata.name < b.object.metadata.name ? -1 : 1);
}

function isOf(object: KubeObject, member: string): boolean {
  const service = servedService(object.metadata.labels);
  if (service === undefined) return false;
  return member === (member.includes("/") ? `${namespaceOf(object)}/${service}` : service);
}

function countsOf({ spec, status }: KubeObject): SetCounts {
  const of = (map: unknown, field: string) => Number(mapOf(map)[field] ?? 0);
  const ready = of(status, "readyReplicas");
  const available = mapOf(status)["availableReplicas"];
  return {
    desired: Number(mapOf(spec)["replicas"] ?? 1),
    current: of(status, "replicas"),
    ready,
    available: available === undefined ? ready : Number(available),
  };
}

/** Of a LeaderWorkerSet its workers', which are there always. */
function imageOf({ spec }: KubeObject): string | undefined {
  const { template, leaderWorkerTemplate } = mapOf(spec);
  const pod = mapOf(template ?? mapOf(leaderWorkerTemplate)["workerTemplate"]);
  const main = listOf(mapOf(pod["spec"])["containers"]).map(mapOf)
    .find(({ name }) => name === "main");
  return typeof main?.["image"] === "string" ? main["image"] : undefined;
}
