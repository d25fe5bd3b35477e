// The columns that each kind of object has in `get`, as the API server prints them.
//
// Custom resources name theirs in their CRD; those of Kubernetes' own kinds are after its
// pkg/printers/internalversion/printers.go.

import { isList, isMap } from "../kube/json_shape.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { ageOf } from "./age.ts";
import { age, at, items, NONE, number, orNone, text } from "./cell_values.ts";
import { goText, sortedEntries } from "./go_value.ts";
import { podCells } from "./pod_cells.ts";
import { HPA_COLUMNS, SCALED_OBJECT_COLUMNS } from "./scaling_columns.ts";

export interface Columns {
  readonly headers: readonly string[];
  /** Columns that `-o wide` adds. */
  readonly wide: readonly string[];
  /** The cells of an object under `headers` and then `wide`. */
  cells(object: KubeObject, nowUs: number): readonly string[];
}

const UNKNOWN = "<unknown>";

/** Columns by kind; what is not here has a name and an age. */
export function columnsOf(kind: string): Columns {
  return COLUMNS[kind] ?? { headers: ["NAME", "AGE"], wide: [], cells: nameAndAge };
}

/** What `-o wide` adds of a controller: the containers of its pods, and which pods it selects. */
const TEMPLATE_HEADERS = ["CONTAINERS", "IMAGES", "SELECTOR"];

function templateCells({ spec }: KubeObject): string[] {
  const containers = items(at(at(spec?.template, "spec"), "containers"));
  return [
    containers.map((container) => text(at(container, "name"))).join(","),
    containers.map((container) => text(at(container, "image"))).join(","),
    orNone(labelsText(at(spec?.selector, "matchLabels"))),
  ];
}

function nameAndAge(object: KubeObject, nowUs: number): string[] {
  return [object.metadata.name, age(object, nowUs)];
}

const COLUMNS: Readonly<Record<string, Columns>> = {
  LLMInferenceService: {
    headers: ["NAME", "URL", "READY", "REASON", "AGE"],
    wide: ["URLS"],
    cells: (object, nowUs) => [
      object.metadata.name,
      text(object.status?.url),
      ...readyAndReason(object),
      age(object, nowUs),
      // A column of a CRD prints the first of the values that its path finds.
      text(at(items(object.status?.addresses)[0], "url")),
    ],
  },
  LLMInferenceServiceConfig: {
    headers: ["NAME", "READY", "REASON", "AGE"],
    wide: [],
    cells: (object, nowUs) => [
      object.metadata.name,
      ...readyAndReason(object),
      age(object, nowUs),
    ],
  },
  Pod: {
    headers: ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
    wide: ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
    cells: (object, nowUs) => {
      const { ready, status, restarts, readinessGates } = podCells(object, nowUs);
      return [
        ...[object.metadata.name, ready, status, restarts, age(object, nowUs)],
        orNone(object.status?.podIP),
        orNone(object.spec?.nodeName),
        orNone(object.status?.nominatedNodeName),
        readinessGates,
      ];
    },
  },
  Node: {
    headers: ["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
    wide: ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"],
    cells: nodeCells,
  },
  // kubernetes v1.34, pkg/printers/internalversion/printers.go
  ResourceSlice: {
    headers: ["NAME", "NODE", "DRIVER", "POOL", "AGE"],
    wide: [],
    cells: (object, nowUs) => [
      object.metadata.name,
      orNone(object.spec?.nodeName),
      text(object.spec?.driver),
      text(at(object.spec?.pool, "name")),
      age(object, nowUs),
    ],
  },
  ResourceClaim: {
    headers: ["NAME", "STATE", "AGE"],
    wide: [],
    cells: (object, nowUs) => [object.metadata.name, claimState(object), age(object, nowUs)],
  },
  Service: {
    headers: ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
    wide: ["SELECTOR"],
    cells: (object, nowUs) => [
      object.metadata.name,
      text(object.spec?.type) || "ClusterIP",
      orNone(object.spec?.clusterIP),
      orNone(items(object.spec?.externalIPs).map(goText).join(",")),
      orNone(items(object.spec?.ports).map(servicePort).join(",")),
      age(object, nowUs),
      orNone(labelsText(object.spec?.selector)),
    ],
  },
  Deployment: {
    headers: ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
    wide: TEMPLATE_HEADERS,
    cells: (object, nowUs) => {
      const { spec, status } = object;
      return [
        object.metadata.name,
        `${number(status?.readyReplicas)}/${number(spec?.replicas)}`,
        String(number(status?.updatedReplicas)),
        String(number(status?.availableReplicas)),
        age(object, nowUs),
        ...templateCells(object),
      ];
    },
  },
  ReplicaSet: {
    headers: ["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
    wide: TEMPLATE_HEADERS,
    cells: (object, nowUs) => {
      const { spec, status } = object;
      return [
        object.metadata.name,
        String(number(spec?.replicas)),
        String(number(status?.replicas)),
        String(number(status?.readyReplicas)),
        age(object, nowUs),
        ...templateCells(object),
      ];
    },
  },
  // kubernetes-sigs/lws, api/leaderworkerset/v1/leaderworkerset_types.go
  LeaderWorkerSet: {
    headers: ["NAME", "READY", "DESIRED", "UP-TO-DATE", "AGE"],
    wide: [],
    cells: (object, nowUs) => [
      object.metadata.name,
      text(object.status?.readyReplicas),
      text(object.spec?.replicas),
      text(object.status?.updatedReplicas),
      age(object, nowUs),
    ],
  },
  HorizontalPodAutoscaler: HPA_COLUMNS,
  ScaledObject: SCALED_OBJECT_COLUMNS,
  Event: {
    headers: ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"],
    wide: ["SUBOBJECT", "SOURCE", "FIRST SEEN", "COUNT", "NAME"],
    cells: eventCells,
  },
  // Gateway API's CRDs name the columns of its kinds.
  Gateway: {
    headers: ["NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"],
    wide: [],
    cells: (object, nowUs) => {
      const programmed = items(object.status?.conditions)
        .find((condition) => at(condition, "type") === "Programmed");
      return [
        object.metadata.name,
        text(object.spec?.gatewayClassName),
        text(at(items(object.status?.addresses)[0], "value")),
        text(at(programmed, "status")),
        age(object, nowUs),
      ];
    },
  },
  HTTPRoute: {
    headers: ["NAME", "HOSTNAMES", "AGE"],
    wide: [],
    cells: (object, nowUs) => {
      const hostnames = object.spec?.hostnames;
      // A list in a column is printed as JSON.
      const shown = isList(hostnames) ? JSON.stringify(hostnames) : "";
      return [object.metadata.name, shown, age(object, nowUs)];
    },
  },
};

function claimState({ metadata, status }: KubeObject): string {
  const states = [
    ...(metadata["deletionTimestamp"] === undefined ? [] : ["deleted"]),
    ...(status?.["allocation"] === undefined ? [] : ["allocated"]),
    ...(items(status?.["reservedFor"]).length > 0 ? ["reserved"] : []),
  ];
  return states.length > 0 ? states.join(",") : "pending";
}

/** The condition `Ready`: its status and its reason, blank where it has none. */
function readyAndReason(object: KubeObject): [string, string] {
  const conditions = items(object.status?.conditions);
  const ready = conditions.find((condition) => at(condition, "type") === "Ready");
  return [text(at(ready, "status")), text(at(ready, "reason"))];
}

function nodeCells(object: KubeObject, nowUs: number): string[] {
  const { spec, status } = object;
  const ready = items(status?.conditions).find((condition) => at(condition, "type") === "Ready");
  const word = ready === undefined
    ? "Unknown"
    : at(ready, "status") === "True"
    ? "Ready"
    : "NotReady";
  const address = (type: string) =>
    orNone(at(items(status?.addresses).find((item) => at(item, "type") === type), "address"));
  const info = (field: string) => text(at(status?.nodeInfo, field));
  return [
    object.metadata.name,
    spec?.unschedulable === true ? `${word},SchedulingDisabled` : word,
    nodeRoles(object.metadata.labels ?? {}) || NONE,
    age(object, nowUs),
    info("kubeletVersion"),
    address("InternalIP"),
    address("ExternalIP"),
    info("osImage") || UNKNOWN,
    info("kernelVersion") || UNKNOWN,
    info("containerRuntimeVersion") || UNKNOWN,
  ];
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function nodeRoles(labels: Readonly<Record<string, string>>): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === "kubernetes.io/role" ? [value] : [];
  });
  return [...new Set(roles.filter((role) => role !== ""))].sort().join(",");
}

function servicePort(port: Json): string {
  const nodePort = at(port, "nodePort");
  const outside = nodePort === undefined || nodePort === 0 ? "" : `:${goText(nodePort)}`;
  return `${text(at(port, "port"))}${outside}/${text(at(port, "protocol")) || "TCP"}`;
}

function eventCells(object: KubeObject, nowUs: number): string[] {
  const fields = object as unknown as Readonly<Record<string, Json | undefined>>;
  const involved = fields.involvedObject;
  const seen = (field: string) => ageOf(text(fields[field]), nowUs);
  return [
    seen("lastTimestamp"),
    text(fields.type),
    text(fields.reason),
    `${text(at(involved, "kind")).toLowerCase()}/${text(at(involved, "name"))}`,
    text(fields.message).trim(),
    text(at(involved, "fieldPath")),
    text(at(fields.source, "component")),
    seen("firstTimestamp"),
    text(fields.count),
    object.metadata.name,
  ];
}

/** `a=b,c=d` in the order of the keys. */
export function labelsText(labels: Json | undefined): string {
  if (!isMap(labels)) return "";
  return sortedEntries(labels).map(([key, value]) => `${key}=${goText(value)}`).join(",");
}
