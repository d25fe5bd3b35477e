// Whom a fault hits: pods or nodes, and how many of those that match.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { Node } from "../fleet/nodes.ts";
import type { Pod } from "../fleet/pod.ts";
import { ZONE } from "../fleet/scheduling/selectors.ts";
import type { Stream } from "../sim/streams.ts";

const how = {
  /** `first`: the oldest; `random` and `fixed` take `count`, `percent` takes `percent`, rounded up. */
  mode: z.enum(["first", "all", "fixed", "percent", "random"]),
  count: z.int().min(1).optional(),
  percent: z.number().positive().max(100).optional(),
};

export const podSelectorSchema = z.strictObject({
  kind: z.literal("pods"),
  service: z.string().optional(),
  of: z.string().optional(),
  /** Those that compute prompts for others, or those that answer; absent: the latter. */
  role: z.enum(["prefill", "decode"]).optional(),
  ...how,
});

export const nodeSelectorSchema = z.strictObject({
  kind: z.literal("nodes"),
  name: z.string().optional(),
  zone: z.string().optional(),
  /** Nodes that host pods of this service or revision. */
  service: z.string().optional(),
  of: z.string().optional(),
  ...how,
});

export type PodSelector = z.output<typeof podSelectorSchema>;
export type NodeSelector = z.output<typeof nodeSelectorSchema>;

/** The pods meant now, of those that run on a node; `stream` decides what is random. */
export function selectPods(selector: PodSelector, fleet: Fleet, stream: Stream): Pod[] {
  const matching = matchingPods(selector, fleet).filter(({ alive }) => alive);
  return take(matching, selector, stream);
}

/** The nodes meant now, of those that answer and that `fits`. */
export function selectNodes(
  selector: NodeSelector,
  fleet: Fleet,
  stream: Stream,
  fits: (node: Node) => boolean = () => true,
): Node[] {
  const { name, zone, service, of } = selector;
  const hosts = service === undefined && of === undefined
    ? undefined
    : new Set(matchingPods(selector, fleet).map((pod) => pod.node));
  const matching = fleet.nodes.all.filter((node) =>
    !node.lost && fits(node) && (name === undefined || node.name === name) &&
    (zone === undefined || node.labels[ZONE] === zone) && (!hosts || hosts.has(node))
  );
  return take(matching, selector, stream);
}

function matchingPods(
  { service, of, role }: Pick<PodSelector, "service" | "of" | "role">,
  fleet: Fleet,
): Pod[] {
  const services = [...fleet.services.values()]
    .filter(({ name }) => service === undefined || name === service);
  return services.flatMap(({ revisions }) =>
    [...revisions.values()].filter(({ name }) => of === undefined || name === of)
      .flatMap(({ pods, prefillPods }) => role === "prefill" ? prefillPods : pods)
  ).filter((pod) => !pod.gone);
}

function take<T>(
  matching: readonly T[],
  { mode, count = 1, percent = 100 }: Pick<PodSelector, "mode" | "count" | "percent">,
  stream: Stream,
): T[] {
  switch (mode) {
    case "first":
      return matching.slice(0, 1);
    case "all":
      return [...matching];
    case "fixed":
      return matching.slice(0, count);
    case "percent":
      return matching.slice(0, Math.ceil(matching.length * percent / 100));
    case "random":
      return sample(matching, count, stream);
  }
}

/** `count` of them without repetition, in random order (Fisher-Yates). */
function sample<T>(from: readonly T[], count: number, stream: Stream): T[] {
  const rest = [...from];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) {
    taken.push(...rest.splice(stream.integer(0, rest.length - 1), 1));
  }
  return taken;
}
