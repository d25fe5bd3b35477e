// The cluster's nodes: which pod goes to which, who waits for room, and when it is worth another try.
//
// The scheduler's rules are in `scheduling/`; this is their state.

import type { Signal } from "../sim/process.ts";
import { deviceClassObject, resourceClaim, resourceSlice } from "./claim_objects.ts";
import type { Journal } from "./journal.ts";
import { Node, type NodePlan } from "./node.ts";
import { choose, type Consideration } from "./scheduling/choose.ts";
import { Claims } from "./scheduling/claims.ts";
import { type DeviceClassPlan, withDriverClasses } from "./scheduling/device_classes.ts";
import { refusalOf } from "./scheduling/filters.ts";
import { NodeGroups } from "./scheduling/node_groups.ts";
import { Pending } from "./scheduling/pending.ts";
import { controllerOf, type Placing } from "./scheduling/placing.ts";
import { hasPodAffinity, PodAffinity } from "./scheduling/pod_affinity.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";
import { WEIGHTS } from "./scheduling/scores.ts";
import { namesNodes, ZONE } from "./scheduling/selectors.ts";
import { type Alike, OwnSpread, type PlacedPod } from "./scheduling/spread.ts";
import { NO_NODES, Refusals } from "./scheduling/words.ts";

export { Node, type NodePlan } from "./node.ts";

export class Nodes {
  readonly all: readonly Node[];
  readonly #journal: Journal;
  readonly #byName: ReadonlyMap<string, Node>;
  readonly #groups = new NodeGroups<Node>();
  readonly #pending = new Pending();
  /** Where the pods of a controller are. */
  readonly #siblings = new Map<string, Map<Node, number>>();
  /** Image → the nodes that have it. */
  readonly #imageNodes = new Map<string, Set<Node>>();
  /** Pods that have a say in where others go. */
  readonly #choosy = new Map<string, PlacedPod>();
  readonly #claims: Claims;
  /** Woken for a node, and not yet back with an answer. */
  readonly #woken = new Map<string, Node>();

  /** `classes` are those of devices beside the ones that the drivers on these nodes bring. */
  constructor(
    plans: readonly NodePlan[],
    journal: Journal,
    classes: readonly DeviceClassPlan[] = [],
  ) {
    this.all = plans.map((plan, index) =>
      new Node(plan, index, (node, image) => this.#imageChanged(node, image))
    );
    this.#byName = new Map(this.all.map((node) => [node.name, node]));
    this.#journal = journal;
    for (const node of this.all) {
      this.#groups.refile(node);
      this.#tell(node);
    }
    const all = withDriverClasses(classes, plans);
    this.#claims = new Claims(all);
    for (const one of all) journal.apply(deviceClassObject(one));
  }

  #tell(node: Node): void {
    this.#journal.apply(node.object());
    if (node.plan.claimed) this.#journal.apply(resourceSlice(node));
  }

  find(name: string): Node | undefined {
    return this.#byName.get(name);
  }

  /** The node that a pod goes to; what it asks for is its own from now on. */
  place(placing: Placing): Node | undefined {
    this.#woken.delete(placing.pod);
    const chosen = this.#choose(placing);
    const isPlaced = chosen instanceof Node;
    if (placing.needs.claims.length > 0) this.#claim(placing, isPlaced ? chosen : undefined);
    if (!isPlaced) return undefined;
    chosen.add(placing);
    const siblings = this.#siblingsOf(placing);
    siblings.set(chosen, (siblings.get(chosen) ?? 0) + 1);
    if (hasPodAffinity(placing)) this.#choosy.set(placing.pod, { node: chosen, placing });
    this.#groups.update(chosen);
    return chosen;
  }

  /** kube-scheduler's words for a pod that fits nowhere. */
  unschedulableMessage(placing: Placing): string {
    if (this.all.length === 0) return NO_NODES;
    const refusals = this.#choose(placing);
    return refusals instanceof Node ? "" : refusals.message(placing.needs.claims.length > 0);
  }

  /** Fires when something happened that could help this pod, which fits nowhere now. */
  retry(placing: Placing): Signal<void> {
    return this.#pending.wait(placing);
  }

  /** A pod is gone, from a node or from among those that wait. */
  release(placing: Placing, from?: Node): void {
    this.#pending.leave(placing);
    const { pod } = placing;
    for (const claim of placing.needs.claims) {
      this.#journal.delete(resourceClaim(placing, claim, 0));
    }
    const promised = this.#woken.get(pod);
    this.#woken.delete(pod);
    this.#choosy.delete(pod);
    const node = from ?? promised;
    const placed = from?.remove(pod);
    if (placed) this.#forgetSibling(placed, from!);
    if (from) this.#groups.update(from);
    if (node) this.#offer(node);
  }

  /** Tells what changed about a node; someone may fit on it now. */
  changed(node: Node): void {
    node.refresh();
    this.#groups.refile(node);
    this.#tell(node);
    this.#offer(node);
  }

  /** Gives a pod the devices of its node, or tells that its claims are there and wait. */
  #claim(placing: Placing, node: Node | undefined): void {
    const { needs: { claims }, pod } = placing;
    const allocated = node && this.#claims.allocate(claims, node);
    const given = node && typeof allocated === "object" ? { node, allocated } : undefined;
    if (given) given.node.devices.claim(pod, given.allocated.map(({ slot }) => slot));
    for (const claim of claims) {
      if (claim.requests.length === 0) continue;
      this.#journal.apply(resourceClaim(placing, claim, placing.createdUs ?? 0, given));
    }
  }

  #choose(placing: Placing): Node | Refusals {
    const { needs, images = [] } = placing;
    const problem = needs.claims.length > 0 ? this.#claims.problem(placing) : undefined;
    if (problem !== undefined) return new Refusals(this.all.length, problem);
    const considerations = this.#considerations(placing);
    const single = considerations.length > 0 || namesNodes(needs);
    const siblings = this.#siblingsOf(placing);
    const candidates = single
      ? this.all.map((node) => ({ node, nodes: 1, siblings: siblings.get(node) ?? 0 }))
      : this.#alike(siblings);
    return choose(placing, candidates, {
      nodes: this.all.length,
      considerations,
      ...(needs.spread.length === 0 ? { siblingsByZone: byZone(siblings) } : {}),
      ...(images.length > 0
        ? { imageBytes: (node) => this.#imageBytes(placing, this.all[node.index]!) }
        : {}),
    });
  }

  /** Each group once, and apart from it those of its nodes that have pods of the same controller. */
  *#alike(siblings: ReadonlyMap<Node, number>): Generator<Alike<Node>> {
    const hosts = new Map<string, Map<number, Node[]>>();
    for (const [node, count] of siblings) {
      const key = this.#groups.keyOf(node);
      const byCount = hosts.get(key) ?? new Map<number, Node[]>();
      hosts.set(key, byCount);
      const same = byCount.get(count);
      if (same) same.push(node);
      else byCount.set(count, [node]);
    }
    for (const members of this.#groups.all) {
      const byCount = hosts.get(this.#groups.keyOf(members[0]!));
      if (!byCount) {
        yield { node: members[0]!, nodes: members.length, siblings: 0 };
        continue;
      }
      let others = members.length;
      for (const [count, same] of byCount) {
        others -= same.length;
        const first = same.reduce((first, node) => node.index < first.index ? node : first);
        yield { node: first, nodes: same.length, siblings: count };
      }
      if (others === 0) continue;
      const node = members.find((node) => !siblings.has(node))!;
      yield { node, nodes: others, siblings: 0 };
    }
  }

  #considerations(placing: Placing): Consideration[] {
    const found: Consideration[] = [];
    if (placing.needs.spread.length > 0) {
      const own = new OwnSpread(placing, this.all, this.#placed());
      found.push({
        weight: WEIGHTS.spread,
        refuse: (node) => own.refuse(node),
        scores: (fitting) => own.scores(fitting),
      });
    }
    if (this.#choosy.size > 0 || hasPodAffinity(placing)) {
      const placed = hasPodAffinity(placing) ? this.#placed() : [...this.#choosy.values()];
      const affinity = new PodAffinity(placing, placed);
      found.push({
        weight: WEIGHTS.podAffinity,
        refuse: (node) => affinity.refuse(node),
        scores: (fitting) => affinity.scores(fitting),
      });
    }
    if (placing.needs.claims.length > 0) {
      found.push({
        weight: 0,
        refuse: (node) => this.#claims.refuse(placing, this.#byName.get(node.name)!),
        scores: (fitting) => fitting.map(() => 0),
      });
    }
    return found;
  }

  #placed(): PlacedPod[] {
    return this.all.flatMap((node) =>
      [...node.placed.values()].map((placing) => ({ node, placing }))
    );
  }

  #siblingsOf(placing: Placing): Map<Node, number> {
    const controller = controllerOf(placing);
    const known = this.#siblings.get(controller) ?? new Map<Node, number>();
    this.#siblings.set(controller, known);
    return known;
  }

  #forgetSibling(placing: Placing, node: Node): void {
    const siblings = this.#siblingsOf(placing);
    const left = siblings.get(node)! - 1;
    if (left > 0) siblings.set(node, left);
    else siblings.delete(node);
    if (siblings.size === 0) this.#siblings.delete(controllerOf(placing));
  }

  #imageChanged(node: Node, image: string): void {
    const nodes = this.#imageNodes.get(image) ?? new Set();
    this.#imageNodes.set(image, nodes);
    if (node.images.has(image)) nodes.add(node);
    else nodes.delete(node);
    this.#groups.update(node);
  }

  /** ImageLocality's `scaledImageScore`, summed over the pod's images. */
  #imageBytes({ images = [] }: Placing, node: Node): number {
    return images.reduce((sum, { name, bytes }) => {
      if (!node.images.has(name)) return sum;
      return sum + Math.floor(bytes * (this.#imageNodes.get(name)?.size ?? 0) / this.all.length);
    }, 0);
  }

  /** What came free on a node is offered to those that wait, as far as it goes. */
  #offer(node: Node): void {
    const left: Record<string, number> = { ...node.requested };
    let pods = node.pods;
    let devices = node.devices.claimable;
    const woken = this.#pending.wake((needs: PodNeeds) => {
      const claimed = claimedBy(needs);
      if (claimed > devices || refusalOf(needs, withUse(node, left, pods))) return false;
      devices -= claimed;
      for (const [name, amount] of Object.entries(needs.requests)) {
        left[name] = (left[name] ?? 0) + amount;
      }
      pods++;
      return true;
    });
    for (const pod of woken) this.#woken.set(pod, node);
  }
}

function claimedBy({ claims }: PodNeeds): number {
  return claims.reduce((sum, { requests }) => sum + requests.reduce((n, r) => n + r.count, 0), 0);
}

/** The node as it will be when those that were woken for it are on it. */
function withUse(node: Node, requested: Readonly<Record<string, number>>, pods: number) {
  const { name, labels, taints, cordoned, allocatable, nonZero } = node;
  return { name, labels, taints, cordoned, allocatable, requested, nonZero, pods };
}

function byZone(siblings: ReadonlyMap<Node, number>): Map<string, number> {
  const zones = new Map<string, number>();
  for (const [node, count] of siblings) {
    const zone = node.labels[ZONE];
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + count);
  }
  return zones;
}
