// Which pods a `logs` command means: a pod, what has pods, or a selector. Knows nothing of their logs.

import type { FleetState } from "../fleet/state.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import {
  findResource,
  keyOf,
  qualifiedPlural,
  type Resource,
  RESOURCES,
  SERVICE_RESOURCE,
} from "../kube/resources.ts";
import { stopOf } from "../report/blockers.ts";
import { CliError } from "./exit.ts";

/** What a user named, and the pods of it, the one that kubectl would choose first. */
export interface NamedPods {
  readonly pods: readonly KubeObject[];
  /** `llminferenceservice/gpt2`; undefined when a pod was named. */
  readonly owner: string | undefined;
  /** Why it is to have no pods, after "it is"; undefined when it is to have some. */
  readonly stopped?: string | undefined;
}

const POD = RESOURCES.find(({ kind }) => kind === "Pod")!;

/** A pod's name, a service's, or `TYPE/NAME`. Throws kubectl's words when there is no such thing. */
export function namedPods(state: FleetState, namespace: string, target: string): NamedPods {
  const slash = target.indexOf("/");
  if (slash >= 0) {
    const [type, name] = [target.slice(0, slash), target.slice(slash + 1)];
    const resource = findResource(type);
    if (!resource) throw new CliError(`the server doesn't have a resource type "${type}"`);
    return ofResource(state, namespace, resource, name);
  }
  const isPod = state.objects[keyOf(POD, namespace, target)] !== undefined;
  const isService = state.objects[keyOf(SERVICE_RESOURCE, namespace, target)] !== undefined;
  return ofResource(state, namespace, !isPod && isService ? SERVICE_RESOURCE : POD, target);
}

function ofResource(
  state: FleetState,
  namespace: string,
  resource: Resource,
  name: string,
): NamedPods {
  const object = state.objects[keyOf(resource, namespace, name)];
  if (!object) throw new CliError(missing(state, namespace, resource, name));
  if (resource === POD) return { pods: [object], owner: undefined };
  const labels = selectorOf(object);
  if (!labels) {
    throw new CliError(
      `cannot get the logs from ${resource.singular}/${name}: logs are of pods, of services and ` +
        "of what else has pods",
    );
  }
  const pods = podsIn(state, namespace).filter((pod) => hasLabels(pod, labels));
  const owner = `${resource.singular}/${name}`;
  return { pods: pods.toSorted(byLogging), owner, stopped: stoppedWords(object) };
}

function stoppedWords(object: KubeObject): string | undefined {
  if (object.kind === SERVICE_RESOURCE.kind) return stopOf(object)?.message;
  return object.spec?.["replicas"] === 0 ? "scaled to 0 replicas" : undefined;
}

/** kubectl's sentence; where the name is one of another namespace, that is said too. */
function missing(state: FleetState, namespace: string, resource: Resource, name: string): string {
  const sentence = `error from server (NotFound): ${qualifiedPlural(resource)} "${name}" ` +
    `not found in namespace "${namespace}"`;
  const elsewhere = Object.values(state.objects).find(({ kind, metadata }) =>
    metadata.name === name && (kind === resource.kind || kind === SERVICE_RESOURCE.kind)
  );
  const other = elsewhere?.metadata.namespace;
  return other === undefined
    ? sentence
    : `${sentence}\nThere is one in namespace ${other}: add -n ${other}`;
}

/** The labels by which an object finds its pods; undefined when it has none. */
function selectorOf({ kind, metadata, spec }: KubeObject): JsonObject | undefined {
  if (kind === SERVICE_RESOURCE.kind) {
    return { "app.kubernetes.io/name": metadata.name, "kserve.io/component": "workload" };
  }
  if (kind === "LeaderWorkerSet") {
    return { "app.kubernetes.io/name": metadata.name.replace(/-kserve-mn(-prefill)?$/, "") };
  }
  const selector = spec?.["selector"] as JsonObject | undefined;
  return (selector?.["matchLabels"] as JsonObject | undefined) ??
    (kind === "Service" ? selector : undefined);
}

function hasLabels({ metadata }: KubeObject, labels: JsonObject): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** The pods of a namespace, by name. */
export function podsIn({ objects }: FleetState, namespace: string): KubeObject[] {
  return Object.values(objects)
    .filter(({ kind, metadata }) => kind === "Pod" && metadata.namespace === namespace)
    .sort((a, b) => compare(a.metadata.name, b.metadata.name));
}

/**
 * kubectl's `podutils.ByLogging`: assigned, running, ready, restarted more often, older. What it says
 * of how long a pod was ready is left out: it follows the age here.
 */
function byLogging(a: KubeObject, b: KubeObject): number {
  const rank = (pod: KubeObject) => {
    const { phase, containerStatuses = [] } = (pod.status ?? {}) as {
      phase?: string;
      containerStatuses?: { ready?: boolean; restartCount?: number }[];
    };
    const ready = containerStatuses.length > 0 && containerStatuses.every((each) => each.ready);
    const restarts = Math.max(0, ...containerStatuses.map((each) => each.restartCount ?? 0));
    return [
      pod.spec?.["nodeName"] === undefined ? 1 : 0,
      phase === "Running" ? 0 : 1,
      ready ? 0 : 1,
      -restarts,
    ];
  };
  const [left, right] = [rank(a), rank(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  if (differs >= 0) return left[differs]! - right[differs]!;
  return compare(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
    compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
