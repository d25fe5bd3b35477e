// What runs on a node and what of its GPUs is taken, as `describe` tells it. Knows nothing of the rest.
//
// After kubectl's pkg/describe/describe.go, describeNodeResource; of the resources only GPUs are told.

import type { KubeObject } from "../kube/object.ts";
import { ageOf } from "./age.ts";
import { DESCRIBE_TABS, tabbed } from "./tabwriter.ts";

type Quantities = Readonly<Record<string, string | number>>;

/** The lines of `Non-terminated Pods` and `Allocated resources`; `objects` are all of the cluster. */
export function nodeSections(
  node: KubeObject,
  objects: readonly KubeObject[],
  nowUs: number,
): string[] {
  const pods = objects.filter((object) => object.kind === "Pod" && isOn(object, node))
    .sort((a, b) => placeOf(a) < placeOf(b) ? -1 : 1);
  const requested = new Map<string, number>();
  const rows = pods.map((pod) => {
    const gpus = gpusOf(pod);
    for (const [name, count] of gpus) requested.set(name, (requested.get(name) ?? 0) + count);
    const sum = gpus.reduce((total, [, count]) => total + count, 0);
    const { namespace = "", name, creationTimestamp } = pod.metadata;
    return [`  ${namespace}`, name, String(sum), ageOf(creationTimestamp, nowUs)];
  });
  return [
    ...tabbed([["Non-terminated Pods:", `(${pods.length} in total)`]], DESCRIBE_TABS),
    ...tabbed([
      ["  Namespace", "Name", "GPUs", "Age"],
      ["  ---------", "----", "----", "---"],
      ...rows,
    ], DESCRIBE_TABS),
    "Allocated resources:",
    ...tabbed([
      ["  Resource", "Requests", "Allocatable", "Free"],
      ["  --------", "--------", "-----------", "----"],
      ...resourceRows(node, requested),
    ], DESCRIBE_TABS),
  ];
}

/** A row for each kind of GPU that the node has or pods hold: more may be held than is there. */
function resourceRows(node: KubeObject, requested: ReadonlyMap<string, number>): string[][] {
  const allocatable = new Map(gpuEntries((node.status?.allocatable ?? {}) as Quantities));
  return [...new Set([...allocatable.keys(), ...requested.keys()])].sort().map((name) => {
    const [taken, most] = [requested.get(name) ?? 0, allocatable.get(name) ?? 0];
    const share = most === 0 ? "" : ` (${Math.trunc(taken / most * 100)}%)`;
    return [`  ${name}`, `${taken}${share}`, String(most), String(Math.max(0, most - taken))];
  });
}

function isOn({ spec, status }: KubeObject, node: KubeObject): boolean {
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  return !ended && spec?.nodeName === node.metadata.name;
}

function placeOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

/** What its containers hold, by resource; of a GPU the request is the limit. */
function gpusOf({ spec }: KubeObject): [string, number][] {
  const { containers = [] } = (spec ?? {}) as {
    containers?: readonly { resources?: { limits?: Quantities; requests?: Quantities } }[];
  };
  return containers.flatMap(({ resources: { limits, requests } = {} }) =>
    gpuEntries(requests ?? {}).length > 0 ? gpuEntries(requests!) : gpuEntries(limits ?? {})
  );
}

/** `nvidia.com/gpu` and its like, as the device plugins of the makers name them. */
function gpuEntries(quantities: Quantities): [string, number][] {
  return Object.entries(quantities).filter(([name]) => name.endsWith("/gpu"))
    .map(([name, quantity]) => [name, Number(quantity)]);
}
