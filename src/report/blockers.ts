// What really keeps a service from being Ready: from its conditions to the objects that cause them.

import type { FleetState } from "../fleet/state.ts";
import { type Condition, conditionsOf } from "../kube/conditions.ts";
import { nameOfChild } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import { hasStopAnnotation, STOP_ANNOTATION } from "../kube/stop.ts";
import { desiredReplicas, serviceWord } from "../view/service_state.ts";
import { POD_PROBLEMS, type PodProblem, podProblem } from "./pod_problem.ts";

export interface Blocker {
  /** `pod/x`, `node/y`, `deployment/z`: as a command takes it. */
  readonly object: string;
  /** Other objects that have the same problem. */
  readonly others: number;
  readonly reason: string;
  readonly message: string;
}

const SCHEDULER = "llminferenceservice-router-scheduler";

/** A child whose own readiness says whether a workload's condition still tells the truth. */
const CHILDREN = {
  MainWorkloadReady: ["main", "apps/Deployment"],
  PrefillWorkloadReady: ["prefill", "apps/Deployment"],
  WorkerWorkloadReady: ["multiNode", "leaderworkerset.x-k8s.io/LeaderWorkerSet"],
  PrefillWorkerWorkloadReady: ["multiNodePrefill", "leaderworkerset.x-k8s.io/LeaderWorkerSet"],
  SchedulerWorkloadReady: ["scheduler", "apps/Deployment"],
  TokenizerReady: ["tokenizer", "apps/Deployment"],
} as const;

type WorkloadCondition = keyof typeof CHILDREN;

/** By the one rule that `top` has too, whatever the conditions say. */
export function isStopped(service: KubeObject): boolean {
  return serviceWord(service, []) === "Stopped";
}

/** Why a service has no replicas to have, after "the service is"; undefined when it is to have some. */
export function stopOf(service: KubeObject): { reason: string; message: string } | undefined {
  if (!isStopped(service)) return undefined;
  return desiredReplicas(service) === 0 && !hasStopAnnotation(service)
    ? { reason: "ScaledToZero", message: "scaled to 0 replicas" }
    : { reason: "Stopped", message: `stopped by its annotation ${STOP_ANNOTATION}` };
}

/** Pods by `namespace/name` of their service, those of its endpoint picker too, sorted by name. */
export function podsByService({ objects }: FleetState): ReadonlyMap<string, readonly KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  for (const object of Object.values(objects)) {
    const service = object.metadata.labels?.["app.kubernetes.io/name"];
    if (object.kind !== "Pod" || service === undefined) continue;
    const key = `${object.metadata.namespace ?? "default"}/${service}`;
    const pods = found.get(key);
    if (pods) pods.push(object);
    else found.set(key, [object]);
  }
  for (const pods of found.values()) {
    pods.sort((a, b) => a.metadata.name < b.metadata.name ? -1 : 1);
  }
  return found;
}

/**
 * The objects that are in the way, the cause before what follows from it. A service that is Ready may
 * have some too: a pod that crashes beside others that serve.
 */
export function blockersOf(
  state: FleetState,
  nowUs: number,
  service: KubeObject,
  pods: readonly KubeObject[],
): Blocker[] {
  const itself = `llmisvc/${service.metadata.name}`;
  const stop = stopOf(service);
  if (stop) {
    const { reason, message } = stop;
    return [{ object: itself, others: 0, reason, message: `the service is ${message}` }];
  }
  const bad = conditionsOf(service).filter(({ type, status }) =>
    status === (type === "GroupDegraded" ? "True" : "False")
  );
  const presets = bad.find(({ type }) => type === "PresetsCombined");
  // Nothing was made: what the other conditions say is from before.
  if (presets) return [presetsBlocker(presets, itself)];
  const problems = pods.flatMap((pod) => {
    const problem = podProblem(state, nowUs, pod);
    return problem ? [{ ...problem, scheduler: isScheduler(pod) }] : [];
  });
  const found = [
    ...routingBlockers(state, service, bad),
    ...together(problems),
    ...workloadBlockers(state, service, bad, problems),
    ...otherBlockers(state, service, bad, itself),
  ];
  return found.length > 0 ? found : unexplained(service, itself);
}

function presetsBlocker({ reason = "", message = "" }: Condition, itself: string): Blocker {
  const config = /LLMInferenceServiceConfig "([^"]+)"/.exec(message)?.[1];
  const object = config === undefined ? itself : `llminferenceserviceconfig/${config}`;
  return { object, others: 0, reason, message };
}

/** Pods with one problem are one blocker; those that do not heal by themselves come first. */
function together(problems: readonly PodProblem[]): Blocker[] {
  const groups = new Map<string, Blocker>();
  const order = (problem: PodProblem) => POD_PROBLEMS.indexOf(problem.reason);
  for (const problem of problems.toSorted((a, b) => order(a) - order(b))) {
    const { reason, object, message } = problem;
    const key = JSON.stringify([reason, reason === "NodeNotReady" ? object : message]);
    const known = groups.get(key);
    const others = known ? known.others + (known.object === object ? 0 : 1) : 0;
    groups.set(key, { object: known?.object ?? object, others, reason, message });
  }
  return [...groups.values()];
}

/** The way to the pods: the first of gateway, route and pool that is wrong makes the others so. */
function routingBlockers(
  state: FleetState,
  service: KubeObject,
  bad: readonly Condition[],
): Blocker[] {
  const { name, namespace = "default" } = service.metadata;
  const of = (type: string) => bad.find((condition) => condition.type === type);
  const gateways = of("GatewaysReady");
  if (gateways) return [routingBlocker(gateways, named(gateways) ?? `llmisvc/${name}`)];
  const route = nameOfChild(name, "route");
  const routes = of("HTTPRoutesReady");
  if (routes) return [routingBlocker(routes, named(routes) ?? `httproute/${route}`)];
  const pool = of("InferencePoolReady");
  if (!pool) return [];
  // The pool waits for a gateway that waits for the route: the condition of the pool misleads.
  const refusal = refusedParent(
    state.objects[`gateway.networking.k8s.io/HTTPRoute/${namespace}/${route}`],
  );
  if (refusal) {
    const message = `${refusal}; InferencePoolReady only follows: ${pool.message ?? pool.reason}`;
    return [{ object: `httproute/${route}`, others: 0, reason: "HTTPRoutesNotReady", message }];
  }
  const own = /Inference Pool [^/\s]+\/(\S+)/.exec(pool.message ?? "")?.[1];
  return [routingBlocker(pool, `inferencepool/${own ?? nameOfChild(name, "pool")}`)];
}

function routingBlocker({ reason = "", message }: Condition, object: string): Blocker {
  return { object, others: 0, reason, message: message ?? reason };
}

const MISSING_PARENT = /non-existent (Gateway) [a-z0-9-]+\/([a-z0-9.-]+)/;
const OBJECT = /\b(Gateway|HTTPRoute)(?:s are not ready: \[| )[a-z0-9-]+\/([a-z0-9.-]+)/;

/** `Gateway ns/name does not exist` and `The following HTTPRoutes are not ready: [ns/name]` name an object. */
function named({ message = "" }: Condition): string | undefined {
  const [, kind, name] = (MISSING_PARENT.exec(message) ?? OBJECT.exec(message)) ?? [];
  return kind === undefined ? undefined : `${kind.toLowerCase()}/${name}`;
}

/** Why a parent of a route does not take it, in the gateway's words. */
function refusedParent(route: KubeObject | undefined): string | undefined {
  const { parents = [] } = (route?.status ?? {}) as { parents?: { conditions?: Condition[] }[] };
  for (const { conditions = [] } of parents) {
    const refused = conditions.find(({ status }) => status === "False");
    if (refused) return `${refused.type} is False: ${refused.message ?? refused.reason ?? ""}`;
  }
  return undefined;
}

/** Workload conditions that no pod explains: nothing was made, or nobody looked again. */
function workloadBlockers(
  state: FleetState,
  service: KubeObject,
  bad: readonly Condition[],
  problems: readonly { readonly scheduler: boolean }[],
): Blocker[] {
  return bad.filter(({ type }) => type in CHILDREN).flatMap((condition) => {
    const type = condition.type as WorkloadCondition;
    const scheduler = type === "SchedulerWorkloadReady";
    if (problems.some((problem) => problem.scheduler === scheduler)) return [];
    return [workloadBlocker(state, service, condition, type)];
  });
}

function workloadBlocker(
  state: FleetState,
  service: KubeObject,
  { status, reason = "", message }: Condition,
  type: WorkloadCondition,
): Blocker {
  const { name, namespace = "default" } = service.metadata;
  const [child, kind] = CHILDREN[type];
  const childName = nameOfChild(name, child);
  const object = `${kind.slice(kind.indexOf("/") + 1).toLowerCase()}/${childName}`;
  const live = state.objects[`${kind}/${namespace}/${childName}`];
  const replicas = Number(live?.spec?.["replicas"] ?? 1);
  const ready = Number(live?.status?.["readyReplicas"] ?? 0);
  if (live && ready >= replicas) {
    const stale = `${type} is ${status} (${reason}), but ${object} has ${ready} of ${replicas} ` +
      "ready: the condition is stale";
    return { object, others: 0, reason: "StaleStatus", message: stale };
  }
  const refused = refusalOf(live);
  if (refused) {
    const message = `${ready} of ${replicas} are ready: ${refused}`;
    return { object, others: 0, reason: "FailedCreate", message };
  }
  // The controller said itself why it made nothing.
  if (!live && /^Reconcile\w+Error$/.test(reason)) {
    return { object: `llmisvc/${name}`, others: 0, reason, message: message ?? reason };
  }
  const why = live
    ? `${ready} of ${replicas} are ready, and it has no pod that says why`
    : undefined;
  return { object, others: 0, reason: "NoPods", message: why ?? message ?? reason };
}

/** Why the API server takes no more pods of a workload, such as a quota that is exceeded. */
function refusalOf(workload: KubeObject | undefined): string | undefined {
  const failure = workload && conditionsOf(workload).find(({ type }) => type === "ReplicaFailure");
  return failure?.status === "True" ? failure.message ?? failure.reason : undefined;
}

/** Conditions whose causes are told above, or that only repeat them. */
const TOLD = new Set([
  ...["Ready", "WorkloadsReady", "RouterReady", "PresetsCombined"],
  ...["GatewaysReady", "HTTPRoutesReady", "InferencePoolReady"],
  ...Object.keys(CHILDREN),
]);

function otherBlockers(
  state: FleetState,
  service: KubeObject,
  bad: readonly Condition[],
  itself: string,
): Blocker[] {
  return bad.filter(({ type }) => !TOLD.has(type)).map(({ type, reason = type, message }) => {
    const why = reason === "TriggerError" ? triggerError(state, service, type) : undefined;
    const said = message ?? `${type} is not as it should be`;
    return { object: itself, others: 0, reason, message: why ? `${said}: ${why}` : said };
  });
}

/**
 * What KEDA's scaler could not do: the condition that KServe copies never says it. Of triggers that are
 * not simulated also when the event about it is no longer kept.
 */
function triggerError({ events, objects }: FleetState, { metadata }: KubeObject, type: string) {
  const { name, namespace = "default" } = metadata;
  const child = type === "PrefillScalingReady" ? "prefillScaledObject" : "scaledObject";
  const subject = `ScaledObject/${namespace}/${nameOfChild(name, child)}`;
  const { triggers = [] } = (objects[`keda.sh/${subject}`]?.spec ?? {}) as {
    readonly triggers?: readonly { readonly type?: string }[];
  };
  const other = triggers.find((trigger) => trigger.type !== "prometheus");
  if (other) return `the trigger type "${other.type}" is not simulated`;
  return events.findLast(({ object, reason }) =>
    object === subject && reason === "KEDAScalerFailed"
  )?.message;
}

/** A service that is not Ready and shows no cause: its own word is all there is. */
function unexplained(service: KubeObject, itself: string): Blocker[] {
  const ready = conditionsOf(service).find(({ type }) => type === "Ready");
  if (ready?.status === "True") return [];
  const reason = ready?.reason ?? "Unknown";
  const message = ready?.message ?? "no controller has told its status yet";
  return [{ object: itself, others: 0, reason, message }];
}

function isScheduler({ metadata }: KubeObject): boolean {
  return metadata.labels?.["app.kubernetes.io/component"] === SCHEDULER;
}
