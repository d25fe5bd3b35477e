// A scheduler that looks at every node for every pod, written as the formulas are: what the real one is
// held against.
import type { Node } from "../../../../src/fleet/nodes.ts";
import { controllerOf, type Placing } from "../../../../src/fleet/scheduling/placing.ts";

const ZONE = "topology.kubernetes.io/zone";

/** Where a pod goes among these nodes, by what is on them; undefined where it fits nowhere. */
export function reference(placing: Placing, nodes: readonly Node[]): Node | undefined {
  const fitting = nodes.filter((node) => fits(placing, node));
  const ratings = fitting.map((node) => ({ node, score: scoreOf(placing, node, fitting, nodes) }));
  ratings.sort((a, b) =>
    b.score - a.score || b.node.freeGpus - a.node.freeGpus ||
    a.node.placed.size - b.node.placed.size || a.node.index - b.node.index
  );
  return ratings[0]?.node;
}

function sumOf(node: Node, name: string): number {
  return [...node.placed.values()].reduce((sum, { needs }) => sum + (needs.requests[name] ?? 0), 0);
}

function tolerated({ needs }: Placing, key: string): boolean {
  return needs.tolerations.some((one) => one.key === key || one.key === undefined);
}

function fits(placing: Placing, node: Node): boolean {
  const { needs } = placing;
  const hard = node.taints.filter(({ effect }) => effect !== "PreferNoSchedule");
  const selected = Object.entries(needs.nodeSelector)
    .every(([key, value]) => node.labels[key] === value);
  const enough = Object.entries(needs.requests)
    .every(([name, asked]) => asked + sumOf(node, name) <= (node.allocatable[name] ?? 0));
  return hard.every(({ key }) => tolerated(placing, key)) && selected && enough &&
    node.placed.size < node.allocatable["pods"]!;
}

function scoreOf(placing: Placing, node: Node, fitting: readonly Node[], all: readonly Node[]) {
  if (fitting.length === 1) return 0;
  return 3 * taints(placing, node, fitting) + free(placing, node) + balance(placing, node) +
    2 * spread(placing, node, fitting, all) + images(placing, node, all);
}

function taints(placing: Placing, node: Node, fitting: readonly Node[]): number {
  const count = (node: Node) =>
    node.taints.filter(({ effect, key }) =>
      effect === "PreferNoSchedule" && !tolerated(placing, key)
    ).length;
  const most = Math.max(...fitting.map(count));
  return most === 0 ? 100 : 100 - Math.floor(100 * count(node) / most);
}

function free({ needs }: Placing, node: Node): number {
  const shares = (["cpu", "memory"] as const).map((name) => {
    const used = [...node.placed.values()].reduce((sum, one) => sum + one.needs.nonZero[name], 0);
    const has = node.allocatable[name]!;
    return Math.floor(Math.max(0, has - used - needs.nonZero[name]) * 100 / has);
  });
  return Math.floor((shares[0]! + shares[1]!) / 2);
}

function balance({ needs }: Placing, node: Node): number {
  const [cpu, memory] = ["cpu", "memory"].map((name) =>
    ((needs.requests[name] ?? 0) + sumOf(node, name)) / node.allocatable[name]!
  ) as [number, number];
  if (!needs.requests["cpu"] && !needs.requests["memory"]) return 0;
  return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100);
}

function spread(placing: Placing, node: Node, fitting: readonly Node[], all: readonly Node[]) {
  const own = controllerOf(placing);
  const siblings = (node: Node) =>
    [...node.placed.values()].filter((other) => controllerOf(other) === own).length;
  const zones = new Set(fitting.flatMap(({ labels }) => labels[ZONE] ?? []));
  const crowd = (node: Node) => {
    const zone = node.labels[ZONE];
    const onHost = siblings(node) * Math.log(fitting.length + 2) + 2;
    if (zone === undefined) return Math.round(onHost);
    const inZone = all.filter(({ labels }) => labels[ZONE] === zone)
      .reduce((sum, other) => sum + siblings(other), 0);
    return Math.round(onHost + (inZone * Math.log(zones.size + 2) + 4));
  };
  const crowds = fitting.map(crowd);
  const [least, most] = [Math.min(...crowds), Math.max(...crowds)];
  return Math.floor(100 * (most + least - crowd(node)) / most);
}

function images({ images = [] }: Placing, node: Node, all: readonly Node[]): number {
  if (images.length === 0) return 0;
  const MIB = 2 ** 20;
  const bytes = images.filter(({ name }) => node.images.has(name)).reduce(
    (sum, { name, bytes }) =>
      sum + Math.floor(bytes * all.filter((node) => node.images.has(name)).length / all.length),
    0,
  );
  const most = 1000 * MIB * images.length;
  const counted = Math.min(most, Math.max(23 * MIB, bytes));
  return Math.floor(100 * (counted - 23 * MIB) / (most - 23 * MIB));
}
