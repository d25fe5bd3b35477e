// The cluster's nodes and their GPUs: who holds which, which are broken, who may still be placed.

import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import { Signal } from "../sim/process.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { Journal } from "./journal.ts";
import { NodeImages } from "./node_images.ts";
import { gpusOf, type PodNeeds } from "./scheduling/pod_needs.ts";

export interface NodePlan {
  readonly name: string;
  /** Undefined for a GPU without known facts, or none: what serves there is not simulated. */
  readonly gpu: GpuFacts | undefined;
  readonly gpus: number;
  /** What its manifest says beside that, where there is one. */
  readonly manifest?: KubeObject;
}

const GPU_PRODUCT = "nvidia.com/gpu.product";

/** One node; the owner of each GPU is the name of a pod. */
export class Node {
  readonly plan: NodePlan;
  readonly owners: (string | undefined)[];
  readonly broken: boolean[];
  readonly labels: Readonly<Record<string, string>>;
  /** Images that were pulled here. */
  readonly images = new NodeImages();
  /** Pods that were placed here and are not gone. */
  pods = 0;
  cordoned = false;
  /** The host does not answer. */
  lost = false;
  /** What the node controller believes. */
  ready = true;

  constructor(plan: NodePlan) {
    const { name, gpu, manifest } = plan;
    this.plan = plan;
    this.labels = {
      "kubernetes.io/hostname": name,
      ...(gpu ? { [GPU_PRODUCT]: gpu.name } : {}),
      ...manifest?.metadata.labels,
    };
    this.owners = Array.from({ length: plan.gpus });
    this.broken = Array.from({ length: plan.gpus }, () => false);
  }

  get name(): string {
    return this.plan.name;
  }

  matches(selector: Readonly<Record<string, string>>): boolean {
    return selects(selector, this.labels);
  }

  get freeGpus(): number {
    // Asked of every node for every pod: a loop without closures is ten times as fast.
    let free = 0;
    for (let gpu = 0; gpu < this.owners.length; gpu++) {
      if (this.owners[gpu] === undefined && !this.broken[gpu]) free++;
    }
    return free;
  }

  get allocatable(): number {
    return this.broken.filter((broken) => !broken).length;
  }

  get schedulable(): boolean {
    return this.ready && !this.cordoned;
  }

  gpusOf(pod: string): number[] {
    return this.owners.flatMap((owner, gpu) => owner === pod ? [gpu] : []);
  }

  object(): KubeObject {
    const { name, gpus, manifest } = this.plan;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        creationTimestamp: virtualTimestamp(0),
        ...manifest?.metadata,
        labels: this.labels,
      },
      spec: { ...manifest?.spec, ...(this.cordoned ? { unschedulable: true } : {}) },
      status: {
        ...manifest?.status,
        capacity: { ...part(manifest, "capacity"), "nvidia.com/gpu": String(gpus) },
        allocatable: {
          ...part(manifest, "allocatable"),
          "nvidia.com/gpu": String(this.allocatable),
        },
        conditions: [
          this.ready
            ? { type: "Ready", status: "True", reason: "KubeletReady" }
            : { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" },
        ],
      },
    };
  }
}

/** Whether labels are as a node selector wants them; in a loop, since it is asked of every node. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const label in selector) {
    if (Object.hasOwn(selector, label) && labels[label] !== selector[label]) return false;
  }
  return true;
}

/** Whether a pod of so many GPUs goes rather to this node than to one that comes before it. */
function better(node: Node, best: Node, gpus: number): boolean {
  if (gpus > 0) return node.freeGpus > best.freeGpus;
  if (node.plan.gpus === 0 && best.plan.gpus === 0) return node.pods < best.pods;
  return node.plan.gpus < best.plan.gpus;
}

function part(manifest: KubeObject | undefined, field: string): JsonObject {
  return (manifest?.status?.[field] ?? {}) as JsonObject;
}

export class Nodes {
  readonly all: readonly Node[];
  readonly #journal: Journal;
  /** Fires when GPUs came free or a node can be used again. */
  readonly freed = new Signal<void>();

  constructor(plans: readonly NodePlan[], journal: Journal) {
    this.all = plans.map((plan) => new Node(plan));
    this.#journal = journal;
    for (const node of this.all) journal.apply(node.object());
  }

  find(name: string): Node | undefined {
    return this.all.find((node) => node.name === name);
  }

  /**
   * The node with the most free GPUs that has enough of them (kube-scheduler's default spreads),
   * the first in order among equals; its GPUs are the pod's from now on. A pod without GPUs goes
   * where there are the fewest, as the taints of GPU nodes would have it, evenly over nodes without.
   */
  place(pod: string, needs: PodNeeds): Node | undefined {
    const { nodeSelector: selector } = needs;
    const gpus = gpusOf(needs);
    const best = this.all
      .filter((node) => node.schedulable && node.freeGpus >= gpus && node.matches(selector))
      .reduce<Node | undefined>(
        (best, node) => best && !better(node, best, gpus) ? best : node,
        undefined,
      );
    if (!best) return undefined;
    best.pods++;
    let missing = gpus;
    for (const [gpu, owner] of best.owners.entries()) {
      if (missing === 0) break;
      if (owner !== undefined || best.broken[gpu]) continue;
      best.owners[gpu] = pod;
      missing--;
    }
    return best;
  }

  /** kube-scheduler's words for a pod that fits nowhere. */
  unschedulableMessage(needs: PodNeeds): string {
    const { nodeSelector: selector } = needs;
    const gpus = gpusOf(needs);
    const reasons = new Map<string, number>();
    const add = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    for (const node of this.all) {
      if (!node.ready) add("node(s) had untolerated taint {node.kubernetes.io/unreachable: }");
      else if (node.cordoned) add("node(s) were unschedulable");
      else if (!node.matches(selector)) add("node(s) didn't match Pod's node affinity/selector");
      else if (node.freeGpus < gpus) add("Insufficient nvidia.com/gpu");
    }
    const list = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort().join(", ");
    return `0/${this.all.length} nodes are available: ${list}.`;
  }

  release(pod: string, from?: Node): void {
    if (from) from.pods--;
    for (const node of this.all) {
      for (const gpu of node.gpusOf(pod)) node.owners[gpu] = undefined;
    }
    this.freed.fire();
  }

  /** Tells what changed about a node; someone may fit on it now. */
  changed(node: Node): void {
    this.#journal.apply(node.object());
    this.freed.fire();
  }
}
