// What to do about each reason for which a service does not serve: one sentence with a command, as data.

const UNMADE = "Correct what it names in the service's spec: " +
  "`mtop get llmisvc/{service} -n {namespace} -o yaml` prints it";

/** Placeholders: `{service}`, `{namespace}`, `{object}` as kubectl takes it, `{name}` of the object. */
const ADVICE: Readonly<Record<string, string>> = {
  Stopped: "Take off the annotation serving.kserve.io/stop and apply the service again: " +
    "`mtop get llmisvc/{service} -n {namespace} -o yaml` prints it",
  ScaledToZero: "Give it replicas again, if it is to serve: set spec.replicas and apply it; " +
    "`mtop get llmisvc/{service} -n {namespace} -o yaml` prints it",
  Overloaded: "Give it more replicas or GPUs, or send it less: `mtop top` shows it",
  PodOverloaded: "See why the endpoint picker sends it so much, and weigh its load more " +
    "(kv-cache-utilization-scorer, queue-scorer): " +
    "`mtop get llmisvc/{service} -n {namespace} -o yaml` has the scorers",
  AdapterSlotsShort: "Let a batch hold more of them, by spec.model.lora.maxAdapters, or give it " +
    "more replicas: `mtop get llmisvc/{service} -n {namespace} -o yaml` prints it",
  ErrorRateHigh: "See whether pods die or requests take too long: " +
    "`mtop events -n {namespace} --types Warning` has what went wrong, " +
    "`mtop get pods -l app.kubernetes.io/name={service} -n {namespace}` what restarts",
  SLOMissed: "Give it more replicas, or let it compute less at a time (--max-num-seqs, " +
    "--max-num-batched-tokens): `mtop top {service} -n {namespace} --columns " +
    "NAME,RUN,WAIT,KV%,TTFTp95,ITLp95` shows whether requests wait or batches are large",
  ErrorBudgetSpent:
    "Change nothing more until it is made up for, and undo what was changed last: " +
    "`mtop check {service} -n {namespace}` says what its users get",
  ErrorBudgetBurning: "Find what its requests fail of before all is spent: " +
    "`mtop check {service} -n {namespace}` says what its users get",
  WeightOnDeadMember: "Set its weight to 0, or bring its pods back: " +
    "`mtop check {name} -n {namespace}` says what is in their way",
  RolloutDegraded: "See why, then retry it or go back to the revision that serves: " +
    "`mtop rollout get {service} -n {namespace}` shows its pods and analyses",
  RolloutPaused: "Wait for the end of its pause, or promote it; one without an end waits for a " +
    "person: `mtop rollout get {service} -n {namespace}` shows its pods and analyses",
  ConfigNotFound: "Create the config, or take it out of spec.baseRefs: `mtop config` lists those " +
    "that there are",
  CombineBaseError: "Correct the config that cannot be merged: " +
    "`mtop config --for {service} -n {namespace}` tells how far the merge comes",
  InvalidRenderedConfig: "Correct the field that the merge makes wrong: " +
    "`mtop config --for {service} -n {namespace}` tells which config each field is from",
  Unschedulable: "Free GPUs, add a node or ask for fewer of them: `mtop describe nodes` shows " +
    "what is free, `mtop describe {object} -n {namespace}` what it asks for",
  ImagePullBackOff:
    "Correct the image of container main, or give the pod access to its registry: " +
    "`mtop describe {object} -n {namespace}` has the registry's answer",
  OutOfMemory:
    "Give the model more GPU memory, by spec.parallelism.tensor and nvidia.com/gpu, or " +
    "lower --max-model-len: `mtop logs {name} -n {namespace} --previous` has its last words",
  GpuFailed: "Drain the node, so that the pod starts on another, and have the GPU replaced: " +
    "`mtop get {object} -n {namespace} -o wide` names the node",
  StartupProbeTooShort: "Give container main a startupProbe with a larger failureThreshold, or " +
    "make loading faster: `mtop logs {name} -n {namespace} --previous` tells how far it came",
  CrashLoopBackOff: "Read its last words: `mtop logs {name} -n {namespace} --previous`",
  NodeNotReady: "Bring the node back; its pods move five minutes after it was lost: " +
    "`mtop describe {object}` says since when",
  ContainerWaiting: "See what the kubelet waits for: `mtop describe {object} -n {namespace}`",
  DownloadingModel:
    "Wait; a model on a claim (pvc://) or in an image (oci://) is not downloaded by " +
    "each pod: `mtop events --for {object} -n {namespace}` tells when it is there",
  PullingImage:
    "Wait for the image: `mtop events --for {object} -n {namespace}` tells when it is there",
  Loading: "Wait; `mtop logs {name} -n {namespace}` tells how far it is",
  ScaledBeyondDesired:
    "Have KEDA follow it: spec.scaling.wva.keda in place of .hpa takes it for an " +
    "AverageValue; `mtop describe {object} -n {namespace}` shows what the HPA does",
  FailedGetExternalMetric: "See why the metric is not there: `mtop get hpa -n {namespace}` shows " +
    "what is read, `mtop describe llmisvc/{service} -n {namespace}` what KServe makes of it",
  TriggerError: "Correct the query of spec.scaling.keda.triggers: " +
    "`mtop events -n {namespace}` has KEDA's error",
  HPAProgressing: "Wait; an HPA looks for the first time after 15 s: `mtop get hpa -n {namespace}`",
  ReconcileSingleNodeWorkloadError: UNMADE,
  ReconcileMultiNodeWorkloadError: UNMADE,
  NoPods: "See why no pod was made: `mtop events -n {namespace}`",
  FailedCreate:
    "Raise the quota, or scale something down that it counts; the ReplicaSet tries again " +
    "later and later, up to 17 minutes apart: `mtop events -n {namespace}` has the API server's answer",
  StaleStatus:
    "Do not trust the condition: `mtop get {object} -n {namespace}` shows what is there; " +
    "the controller looks again when the service is changed",
  RefsInvalid: "Create the Gateway or HTTPRoute that is named, or correct the reference in " +
    "spec.router: `mtop describe llmisvc/{service} -n {namespace}` shows it",
  GatewaysNotReady: "Make the Gateway accept its listeners: `mtop describe llmisvc/{service} -n " +
    "{namespace}` names it",
  GatewayPreconditionNotMet: "Make the Gateway Programmed first; the route waits for it: " +
    "`mtop describe llmisvc/{service} -n {namespace}` names it",
  HTTPRoutesNotReady: "See which parent refuses the route: `mtop describe {object} -n {namespace}`",
  InferencePoolFetchError: "Create the InferencePool that is named, or correct the reference in " +
    "spec.router.scheduler.pool: `mtop describe llmisvc/{service} -n {namespace}` shows it",
  WaitingForGateway: "No gateway controller has taken the pool: see the parents of " +
    "`mtop get {object} -n {namespace} -o yaml`",
  InferencePoolNotReady: "See why the gateway refuses the pool: " +
    "`mtop get {object} -n {namespace} -o yaml`",
  MemberDivergence: "Give all members of the route group the same model and adapters: " +
    "`mtop get llmisvc -n {namespace} -o yaml` shows them",
};

/** Where the message tells more than its reason: the first that it matches is the advice. */
const CLOSER: readonly (readonly [string, RegExp, string])[] = [
  [
    "Unschedulable",
    /device class \S+ does not exist/,
    "Install the DRA driver that brings the class, or correct the annotation " +
    "serving.kserve.io/exp-dra-device-class: `mtop get deviceclasses` lists those there are",
  ],
  [
    "Unschedulable",
    /^(?!.*Insufficient).*node\.kubernetes\.io\/(?:unreachable|not-ready)/,
    "Bring back the nodes that are not Ready, or let the pod onto others: `mtop get nodes` shows " +
    "them, `mtop describe {object} -n {namespace}` what the pod asks for",
  ],
  // Only marks of nodes are in the way.
  [
    "Unschedulable",
    /^(?!.*Insufficient).*(?:untolerated taint|node affinity\/selector)/,
    "Give the pod the tolerations or the node selector that a node with room asks for: " +
    "`mtop describe nodes` shows labels and taints, `mtop describe {object} -n {namespace}` " +
    "the pod's",
  ],
  // A node that could hold it when empty is said to have no preemption victims instead.
  [
    "Unschedulable",
    /Insufficient.*preemption: 0\/(\d+) nodes are available: \1 Preemption is not helpful/,
    "Add a node that has what it asks for, or ask for less: no node could hold it, not even an " +
    "empty one; `mtop describe nodes` shows what they have, `mtop describe {object} -n " +
    "{namespace}` what it asks for",
  ],
  [
    "ConfigNotFound",
    /"kserve-config-llm-/,
    "Create a config of that name in {namespace} or kserve: it is a preset that this shape of " +
    "service needs and KServe does not ship, such as those of pipeline parallelism; `mtop config` " +
    "lists those that there are",
  ],
  [
    "ErrorRateHigh",
    /minute: [\d,]+ rejected of/,
    "Give it more replicas, or send it less: gateway or endpoint picker turn requests away; " +
    "`mtop top` shows what waits",
  ],
  [
    "TriggerError",
    / is not simulated$/,
    "Do not take it for KEDA's verdict, mtop cannot evaluate this one of " +
    "spec.scaling.keda.triggers: `mtop events -n {namespace}` names each",
  ],
];

const OTHERWISE = "See its conditions and events: `mtop describe llmisvc/{service} -n {namespace}`";

export interface AdviceSubject {
  readonly namespace: string;
  readonly service: string;
  /** `pod/x`. */
  readonly object: string;
  /** What is said of it: may tell more than the reason. */
  readonly message?: string;
  /** What commands need to look at the same world: ` --log run.jsonl --at 12m30s`. */
  readonly worldFlags?: string;
}

/** All of them can look at a recorded run. */
const COMMAND = /`(mtop [^`]*)`/g;

/** Reasons that have an advice of their own. */
export const ADVISED_REASONS = Object.keys(ADVICE);

/** What to do, in one sentence; for a reason that nobody foresaw, where to look. */
export function adviceFor(reason: string, subject: AdviceSubject): string {
  const { namespace, service, object, message = "", worldFlags = "" } = subject;
  const name = object.slice(object.indexOf("/") + 1);
  const values: Readonly<Record<string, string>> = { namespace, service, object, name };
  const closer = CLOSER.find(([of, says]) => of === reason && says.test(message))?.[2];
  const known = closer ?? (Object.hasOwn(ADVICE, reason) ? ADVICE[reason]! : OTHERWISE);
  const filled = known.replaceAll(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  return filled.replaceAll(COMMAND, (_, command) => `\`${command}${worldFlags}\``);
}
