// What runs on a node and what of its resources is taken, as `describe` tells it. Knows nothing of the rest.
//
// After kubectl's pkg/describe/describe.go, describeNodeResource; limits are left out, what is free is told.

import { amounts, needsOf, type PodSpec } from "../fleet/scheduling/needs_of.ts";
import { type Amounts, gpusOf, type PodNeeds } from "../fleet/scheduling/pod_needs.ts";
import { isGpuResource } from "../kube/gpu_resources.ts";
import type { KubeObject } from "../kube/object.ts";
import { formatBytes, formatMilli } from "../kube/quantity.ts";
import { ageOf } from "./age.ts";
import { DESCRIBE_TABS, tabbed } from "./tabwriter.ts";

/** The lines of `Non-terminated Pods` and `Allocated resources`; `objects` are all of the cluster. */
export function nodeSections(
  node: KubeObject,
  objects: readonly KubeObject[],
  nowUs: number,
): string[] {
  const pods = objects.filter((object) => object.kind === "Pod" && isOn(object, node))
    .sort((a, b) => placeOf(a) < placeOf(b) ? -1 : 1)
    .map((pod) => ({ pod, needs: needsOf((pod.spec ?? {}) as PodSpec) }));
  const allocatable = amounts((node.status?.["allocatable"] ?? {}) as Record<string, unknown>);
  return [
    ...tabbed([["Non-terminated Pods:", `(${pods.length} in total)`]], DESCRIBE_TABS),
    ...tabbed([
      ["  Namespace", "Name", "CPU Requests", "Memory Requests", "GPUs", "Age"],
      ["  ---------", "----", "------------", "---------------", "----", "---"],
      ...pods.map(({ pod, needs }) => podRow(pod, needs, allocatable, nowUs)),
    ], DESCRIBE_TABS),
    "Allocated resources:",
    ...tabbed([
      ["  Resource", "Requests", "Allocatable", "Free"],
      ["  --------", "--------", "-----------", "----"],
      ...resourceRows(allocatable, pods.map(({ needs }) => needs)),
    ], DESCRIBE_TABS),
  ];
}

function podRow(
  { metadata }: KubeObject,
  needs: PodNeeds,
  allocatable: Amounts,
  nowUs: number,
): string[] {
  const { namespace = "", name, creationTimestamp } = metadata;
  const { cpu = 0, memory = 0 } = needs.requests;
  return [
    ...[`  ${namespace}`, name],
    ...[shared("cpu", cpu, allocatable), shared("memory", memory, allocatable)],
    ...[String(gpusOf(needs)), ageOf(creationTimestamp, nowUs)],
  ];
}

/** What every node has; beside it all that it offers or that pods ask for. */
const COMMON = ["cpu", "memory", "ephemeral-storage"];

/** A row for each resource that the node has or pods hold: more may be held than is there. */
function resourceRows(allocatable: Amounts, needs: readonly PodNeeds[]): string[][] {
  const requested: Record<string, number> = {};
  for (const { requests } of needs) {
    for (const [name, amount] of Object.entries(requests)) {
      requested[name] = (requested[name] ?? 0) + amount;
    }
  }
  const named = [...Object.keys(allocatable), ...Object.keys(requested)]
    .filter((name) => !COMMON.includes(name) && (name.includes("/") || isGpuResource(name)));
  const known = COMMON.filter((name) => name in allocatable || name in requested);
  return [...known, ...[...new Set(named)].sort()].map((name) => {
    const [taken, most] = [requested[name] ?? 0, allocatable[name] ?? 0];
    return [
      `  ${name}`,
      shared(name, taken, allocatable),
      text(name, most),
      text(name, Math.max(0, most - taken)),
    ];
  });
}

/** An amount, and its share of the node where that has any. */
function shared(resource: string, amount: number, allocatable: Amounts): string {
  const most = allocatable[resource] ?? 0;
  const share = most === 0 ? "" : ` (${Math.trunc(amount / most * 100)}%)`;
  return `${text(resource, amount)}${share}`;
}

function text(resource: string, amount: number): string {
  if (resource === "cpu") return formatMilli(amount);
  return resource === "memory" || resource === "ephemeral-storage"
    ? formatBytes(amount)
    : String(amount);
}

function isOn({ spec, status }: KubeObject, node: KubeObject): boolean {
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  return !ended && spec?.nodeName === node.metadata.name;
}

function placeOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}
