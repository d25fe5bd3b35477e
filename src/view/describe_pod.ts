// A pod in full, as kubectl describes it: where it is, how its containers are, what they may use.
//
// After kubectl's pkg/describe/describe.go, describePod; what is not known of it has no line.

import { qosClass } from "../fleet/pod_spec.ts";
import type { Json, KubeObject } from "../kube/object.ts";
import { ageOf } from "./age.ts";
import { containerRows } from "./describe_containers.ts";
import {
  annotationRows,
  controllerOf,
  labelRows,
  listOf,
  mapOf,
  optionalRow,
  textOf,
  timeText,
} from "./describe_parts.ts";
import { placementRows, spreadRows } from "./describe_placement.ts";
import { volumeRows } from "./describe_volumes.ts";

type Rows = string[][];

export function podRows(pod: KubeObject, { nowUs }: { readonly nowUs: number }): Rows {
  const { metadata } = pod;
  const [spec, status] = [mapOf(pod.spec), mapOf(pod.status)];
  const containers = (label: string, field: string, statuses: string) =>
    containerRows(label, listOf(spec[field]), {
      statuses: listOf(status[statuses]),
      pod,
      isTemplate: false,
    });
  const both = [...listOf(spec["containers"]), ...listOf(spec["initContainers"])];
  const profile = mapOf(mapOf(spec["securityContext"])["seccompProfile"]);
  return [
    ["Name:", metadata.name],
    ["Namespace:", metadata.namespace ?? ""],
    ...optionalRow("Priority:", spec["priority"]),
    ...optionalRow("Priority Class Name:", spec["priorityClassName"]),
    ...optionalRow("Runtime Class Name:", spec["runtimeClassName"]),
    ...optionalRow("Service Account:", spec["serviceAccountName"]),
    ["Node:", nodeText(spec["nodeName"], status["hostIP"])],
    ...optionalRow("Start Time:", timeOrNone(status["startTime"])),
    ...labelRows("Labels:", metadata.labels),
    ...annotationRows("Annotations:", metadata.annotations),
    ...statusRows(pod, nowUs),
    ...optionalRow("Reason:", status["reason"]),
    ...optionalRow("Message:", status["message"]),
    ...optionalRow("SeccompProfile:", profile["type"]),
    ["IP:", textOf(status["podIP"])],
    ...addressRows(listOf(status["podIPs"])),
    ...optionalRow("Controlled By:", controllerOf(metadata["ownerReferences"])),
    ...optionalRow("NominatedNodeName:", status["nominatedNodeName"]),
    ...(listOf(spec["initContainers"]).length === 0
      ? []
      : containers("Init Containers", "initContainers", "initContainerStatuses")),
    ...containers("Containers", "containers", "containerStatuses"),
    ...conditionRows(listOf(status["conditions"])),
    ...volumeRows(listOf(spec["volumes"])),
    ["QoS Class:", textOf(status["qosClass"]) || qosClass(both.map(mapOf))],
    ...placementRows(spec),
    ...spreadRows(listOf(spec["topologySpreadConstraints"])),
  ];
}

function nodeText(node: Json | undefined, hostIp: Json | undefined): string {
  return textOf(node) === "" ? "<none>" : `${textOf(node)}/${textOf(hostIp)}`;
}

function timeOrNone(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : timeText(value);
}

function statusRows({ metadata, status }: KubeObject, nowUs: number): Rows {
  const phase = textOf(mapOf(status)["phase"]);
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata as {
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: Json;
  };
  if (deletionTimestamp === undefined || phase === "Failed" || phase === "Succeeded") {
    return [["Status:", phase]];
  }
  const grace = textOf(deletionGracePeriodSeconds);
  return [
    ["Status:", `Terminating (lasts ${ageOf(deletionTimestamp, nowUs)})`],
    ...(grace === "" ? [] : [["Termination Grace Period:", `${grace}s`]]),
  ];
}

function addressRows(addresses: readonly Json[]): Rows {
  if (addresses.length === 0) return [["IPs:", "<none>"]];
  return [["IPs:"], ...addresses.map((each) => ["  IP:", textOf(mapOf(each)["ip"])])];
}

/** Each cell ends in a blank, as kubectl writes them. */
function conditionRows(conditions: readonly Json[]): Rows {
  if (conditions.length === 0) return [];
  return [
    ["Conditions:"],
    ["  Type", "Status"],
    ...conditions.map(mapOf).map(({ type, status }) => [
      `  ${textOf(type)} `,
      `${textOf(status)} `,
    ]),
  ];
}
