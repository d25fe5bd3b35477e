// The cluster's nodes: which pod goes to which, who waits for room, and when it is worth another try.
//
// The scheduler's rules are in `scheduling/`; this is their state.

import type { Signal } from "../sim/process.ts";
import { deviceClassObject, resourceClaim, resourceSlice } from "./claim_objects.ts";
import type { Journal } from "./journal.ts";
import { Node, type NodePlan } from "./node.ts";
import { NodeIndex } from "./node_index.ts";
import { replacementOf } from "./node_names.ts";
import { choose, type Consideration, refusalsOf, type Surroundings } from "./scheduling/choose.ts";
import { Claims } from "./scheduling/claims.ts";
import { type DeviceClassPlan, withDriverClasses } from "./scheduling/device_classes.ts";
import { refusalOf } from "./scheduling/filters.ts";
import { Pending } from "./scheduling/pending.ts";
import type { Placing } from "./scheduling/placing.ts";
import { hasPodAffinity, PodAffinity } from "./scheduling/pod_affinity.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";
import { WEIGHTS } from "./scheduling/scores.ts";
import { namesNodes } from "./scheduling/selectors.ts";
import { type Alike, OwnSpread, type PlacedPod } from "./scheduling/spread.ts";
import { NO_NODES, Refusals } from "./scheduling/words.ts";

export { Node, type NodePlan } from "./node.ts";

export class Nodes {
  #all: readonly Node[];
  readonly #journal: Journal;
  readonly #byName: Map<string, Node>;
  readonly #index: NodeIndex;
  readonly #pending = new Pending();
  /** Pods that have a say in where others go. */
  readonly #choosy = new Map<string, PlacedPod>();
  readonly #claims: Claims;
  /** What was found of pods that ask for the same, as long as nothing has happened since. */
  readonly #refused = new WeakMap<PodNeeds, { epoch: number; message: string | undefined }>();
  /** Counts what happened. */
  #epoch = 0;
  /** Woken for a node, and not yet back with an answer. */
  readonly #woken = new Map<string, Node>();

  /**
   * `classes` are those of devices beside the ones that the drivers on these nodes bring. Nodes that join
   * later are not there yet.
   */
  constructor(
    plans: readonly NodePlan[],
    journal: Journal,
    classes: readonly DeviceClassPlan[] = [],
  ) {
    this.#all = plans.filter(({ joinsUs }) => joinsUs === undefined)
      .map((plan, index) => this.#node(plan, index, 0));
    this.#index = new NodeIndex(this.#all);
    this.#byName = new Map(this.#all.map((node) => [node.name, node]));
    this.#journal = journal;
    for (const node of this.#all) this.#tell(node);
    const all = withDriverClasses(classes, plans);
    this.#claims = new Claims(all);
    for (const one of all) journal.apply(deviceClassObject(one));
  }

  #node(plan: NodePlan, index: number, createdUs: number): Node {
    const changed = (node: Node, image: string) => this.#index.imageChanged(node, image);
    return new Node(plan, index, changed, createdUs);
  }

  /** In the cluster's order; those that are no part of it any more as well. */
  get all(): readonly Node[] {
    return this.#all;
  }

  /** A node that is new in the cluster: under the plan's name, or the next where one has had that. */
  join(plan: NodePlan, nowUs: number): Node {
    this.#epoch++;
    const name = this.#byName.has(plan.name)
      ? replacementOf(plan.name, this.#all.map(({ name }) => name))
      : plan.name;
    const node = this.#node({ ...plan, name }, this.#all.length, nowUs);
    this.#all = [...this.#all, node];
    this.#byName.set(node.name, node);
    this.#index.join(node);
    this.#tell(node);
    return node;
  }

  /** Someone who waits may fit on it. */
  offer(node: Node): void {
    this.#offer(node);
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
    if (this.#known(placing)) return undefined;
    const hasClaims = placing.needs.claims.length > 0;
    const impossible = hasClaims && this.#claims.problem(placing) !== undefined;
    const { candidates, surroundings } = this.#view(placing);
    const chosen = impossible ? undefined : choose(placing, candidates, surroundings);
    if (hasClaims) this.#claim(placing, chosen);
    if (!chosen) {
      this.#remember(placing, undefined);
      return undefined;
    }
    this.#epoch++;
    chosen.add(placing);
    this.#index.added(placing, chosen);
    if (hasPodAffinity(placing)) this.#choosy.set(placing.pod, { node: chosen, placing });
    return chosen;
  }

  /** kube-scheduler's words for a pod that fits nowhere. */
  unschedulableMessage(placing: Placing): string {
    if (this.#index.size === 0) return NO_NODES;
    const hasClaims = placing.needs.claims.length > 0;
    const problem = hasClaims ? this.#claims.problem(placing) : undefined;
    if (problem !== undefined) return new Refusals(this.#index.size, problem).message(hasClaims);
    const known = this.#known(placing)?.message;
    if (known !== undefined) return known;
    const { candidates, surroundings } = this.#view(placing);
    const message = refusalsOf(placing, candidates, surroundings).message(hasClaims);
    this.#remember(placing, message);
    return message;
  }

  #known({ needs }: Placing): { readonly message: string | undefined } | undefined {
    const known = this.#refused.get(needs);
    return known?.epoch === this.#epoch ? known : undefined;
  }

  /** Pods that ask for the same fare the same, but where other pods or their own names come in. */
  #remember({ needs }: Placing, message: string | undefined): void {
    const own = needs.claims.length + needs.spread.length + needs.affinity.length +
      needs.antiAffinity.length;
    if (own > 0 || this.#choosy.size > 0) return;
    this.#refused.set(needs, { epoch: this.#epoch, message });
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
    this.#epoch++;
    const placed = from?.remove(pod);
    if (placed) this.#index.removed(placed, from!);
    if (node && !node.removed) this.#offer(node);
  }

  /** Tells what changed about a node; someone may fit on it now. */
  changed(node: Node): void {
    if (node.removed) return;
    this.#epoch++;
    node.refresh();
    this.#index.refile(node);
    this.#tell(node);
    this.#offer(node);
  }

  /** Takes a node out of the cluster: nobody is placed there, and it is not counted any more. */
  remove(node: Node): void {
    this.#epoch++;
    node.removed = true;
    this.#index.forget(node);
    this.#journal.delete(node.object());
    if (node.plan.claimed) this.#journal.delete(resourceSlice(node));
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

  /** Every node, those that are alike together; and what else has a say in where the pod goes. */
  #view(placing: Placing): { candidates: Iterable<Alike<Node>>; surroundings: Surroundings } {
    const considerations = this.#considerations(placing);
    const single = considerations.length > 0 || namesNodes(placing.needs);
    const candidates = single ? this.#index.each(placing) : this.#index.alike(placing);
    return { candidates, surroundings: { ...this.#index.surroundings(placing), considerations } };
  }

  #considerations(placing: Placing): Consideration[] {
    const found: Consideration[] = [];
    if (placing.needs.spread.length > 0) {
      const own = new OwnSpread(placing, this.#present(), this.#placed());
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

  #present(): readonly Node[] {
    return this.#all.filter(({ removed }) => !removed);
  }

  #placed(): PlacedPod[] {
    return this.#all.flatMap((node) =>
      [...node.placed.values()].map((placing) => ({ node, placing }))
    );
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
