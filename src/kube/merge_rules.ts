// What Kubernetes' Go types say about merging a pod template: merge keys, and which zeros are absent.

/**
 * The field that tells one item of a list from another: `patchMergeKey` in k8s.io/api core/v1. Lists
 * without one (args, command, envFrom, tolerations, parentRefs, LoRA adapters) are replaced.
 */
export const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  ephemeralContainers: "name",
  hostAliases: "ip",
  imagePullSecrets: "name",
  initContainers: "name",
  ports: "containerPort",
  resourceClaims: "name",
  schedulingGates: "name",
  topologySpreadConstraints: "topologyKey",
  volumeDevices: "devicePath",
  volumeMounts: "mountPath",
  volumes: "name",
};

/** Items that keep only the override's fields (`retainKeys`): else a volume had two sources. */
export const RETAIN_KEYS: ReadonlySet<string> = new Set(["resourceClaims", "volumes"]);

/** One document of another API, replaced as a whole: the plugins of two schedulers mean nothing. */
export const ATOMIC: ReadonlySet<string> = new Set(["inline"]);

/** Maps of a user's own keys: an entry is there because somebody wrote it, even when it is empty. */
export const FREE_MAPS: ReadonlySet<string> = new Set([
  "annotations",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "requests",
]);

/**
 * Fields that Go holds by value: their false or 0 cannot be told from absent. All others are
 * pointers, so that `replicas: 0` or `storageInitializer.enabled: false` does override.
 */
export const HELD_BY_VALUE: ReadonlySet<string> = new Set([
  "containerPort",
  "expert",
  "failureThreshold",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostPort",
  "initialDelaySeconds",
  "periodSeconds",
  "readOnly",
  "stdin",
  "stdinOnce",
  "successThreshold",
  "timeoutSeconds",
  "tty",
]);
