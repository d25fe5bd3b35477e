// The names of the fields that a service may have: KServe's own, and of its pods those that are written by hand.
//
// What is below other projects' types is any: schema/ has all of it, and costs a run too much to load.

import { isRecord } from "./fields.ts";

/** Fields by name; null: anything may be below. */
interface Fields {
  readonly [name: string]: Fields | null;
}

/** Names apart by white space, with nothing known of what is below them. */
function names(text: string): Fields {
  return Object.fromEntries(text.trim().split(/\s+/).map((name) => [name, null]));
}

const PROBE: Fields = {
  ...names(`
    failureThreshold initialDelaySeconds periodSeconds successThreshold terminationGracePeriodSeconds
    timeoutSeconds
  `),
  exec: names("command"),
  grpc: names("port service"),
  httpGet: names("host httpHeaders path port scheme"),
  tcpSocket: names("host port"),
};

const CONTAINER: Fields = {
  ...names(`
    args command envFrom image imagePullPolicy lifecycle name resizePolicy restartPolicy
    restartPolicyRules securityContext stdin stdinOnce terminationMessagePath
    terminationMessagePolicy tty volumeDevices workingDir
  `),
  env: names("name value valueFrom"),
  livenessProbe: PROBE,
  ports: names("containerPort hostIP hostPort name protocol"),
  readinessProbe: PROBE,
  startupProbe: PROBE,
  volumeMounts: names(
    "mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr",
  ),
  resources: names("claims limits requests"),
};

const POD_SPEC: Fields = {
  ...names(`
    activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks
    ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride
    imagePullSecrets nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName
    readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName
    schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN
    shareProcessNamespace subdomain terminationGracePeriodSeconds volumes
  `),
  containers: CONTAINER,
  initContainers: CONTAINER,
  tolerations: names("effect key operator tolerationSeconds value"),
  topologySpreadConstraints: names(`
    labelSelector matchLabelKeys maxSkew minDomains nodeAffinityPolicy nodeTaintsPolicy topologyKey
    whenUnsatisfiable
  `),
};

const KEDA = names(
  "advanced cooldownPeriod fallback idleReplicaCount initialCooldownPeriod pollingInterval",
);

const WORKLOAD: Fields = {
  ...names("annotations labels replicas"),
  parallelism: names("data dataLocal dataRPCPort expert pipeline tensor"),
  rolloutStrategy: names("maxSurge maxUnavailable"),
  scaling: {
    ...names("minReplicas maxReplicas"),
    wva: { ...names("variantCost"), hpa: names("behavior"), keda: KEDA },
    keda: { ...KEDA, triggers: null },
  },
  template: POD_SPEC,
  worker: POD_SPEC,
  kvCacheOffloading: {
    ...names("cpu evictionPolicy"),
    secondary: {
      fileSystem: { emptyDir: names("size"), pvc: { ref: names("name path"), spec: null } },
    },
  },
};

const SPEC: Fields = {
  ...WORKLOAD,
  baseRefs: names("name"),
  model: {
    ...names("uri name"),
    lora: names("adapters maxAdapters maxCpuAdapters maxRank"),
    confidential: names("enabled resourceId"),
  },
  prefill: WORKLOAD,
  router: {
    gateway: { refs: names("name namespace sectionName") },
    ingress: { refs: names("name namespace") },
    route: { ...names("group weight"), http: { refs: names("name"), spec: null } },
    scheduler: {
      ...names("annotations labels replicas"),
      config: { inline: null, ref: names("key name optional") },
      pool: { ref: names("name"), spec: null },
      template: POD_SPEC,
      tokenizer: { template: POD_SPEC },
    },
  },
  storageInitializer: names("enabled"),
  tracing: names("exporter exporterEndpoint sampler samplerArg"),
};

const METADATA = names(`
  annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName
  generation labels managedFields name namespace ownerReferences resourceVersion selfLink uid
`);

/** Of a service or a config in v1alpha2. */
const OBJECT: Fields = { ...names("apiVersion kind status"), metadata: METADATA, spec: SPEC };

export interface UnknownField {
  readonly path: readonly (string | number)[];
  /** Those that may stand there. */
  readonly known: readonly string[];
}

/** Fields that strict decoding refuses, of an object in v1alpha2; what is no map or list is passed over. */
export function unknownFields(object: unknown): UnknownField[] {
  return [...unknownIn(object, OBJECT, [])];
}

function* unknownIn(
  value: unknown,
  fields: Fields,
  path: UnknownField["path"],
): Generator<UnknownField> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* unknownIn(item, fields, [...path, index]);
  }
  if (!isRecord(value)) return;
  for (const [name, item] of Object.entries(value)) {
    const below = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (below === undefined) yield { path: [...path, name], known: Object.keys(fields) };
    else if (below !== null) yield* unknownIn(item, below, [...path, name]);
  }
}
