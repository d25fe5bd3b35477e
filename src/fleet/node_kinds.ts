// Which of a cluster's nodes could ever hold a pod, and on what it would compute there. It knows no run.

import { isGpuResource, MIG_RESOURCE } from "../kube/gpu_resources.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import { migSlice } from "../serving/mig.ts";
import { Node, type NodePlan } from "./node.ts";
import { Claims } from "./scheduling/claims.ts";
import { type DeviceClassPlan, withDriverClasses } from "./scheduling/device_classes.ts";
import { type Refusal, refusalOf } from "./scheduling/filters.ts";
import type { PodNeeds } from "./scheduling/pod_needs.ts";

/** Nodes that differ in nothing but their names, each kind once: thousands of nodes have few. */
export class NodeKinds {
  readonly #kinds: readonly Node[];
  readonly #claims: Claims;

  /** `classes` are those of the cluster's devices. */
  constructor(plans: readonly NodePlan[], classes: readonly DeviceClassPlan[] = []) {
    this.#claims = new Claims(withDriverClasses(classes, plans));
    const first = new Map<unknown, NodePlan>();
    for (const plan of plans) {
      // What a group of a scenario has in common is one object; else what it says is compared.
      const kind = plan.capacity ?? `${plan.gpus}x${plan.gpu?.name}`;
      if (!first.has(kind)) first.set(kind, plan);
    }
    this.#kinds = [...first.values()].map((plan, index) => new Node(plan, index, () => {}));
  }

  /** Those that could hold a pod if they were empty. */
  holding(needs: PodNeeds): readonly NodePlan[] {
    return this.#kinds.filter((node) => this.#refusal(needs, node) === undefined)
      .map(({ plan }) => plan);
  }

  /** Why the others could not. */
  refusals(needs: PodNeeds): Refusal[] {
    return this.#kinds.flatMap((node) => this.#refusal(needs, node) ?? []);
  }

  #refusal(needs: PodNeeds, node: Node): Refusal | undefined {
    const refusal = refusalOf(needs, node);
    if (refusal || needs.claims.length === 0) return refusal;
    const placing = { pod: "pod", needs };
    const problem = this.#claims.problem(placing);
    if (problem !== undefined) return { reasons: [problem], resolvable: false };
    return this.#claims.refuse(placing, node);
  }

  /**
   * The facts of what such a pod computes on, wherever it could be, or of all GPUs where it could be
   * nowhere; undefined: nothing is known of it.
   */
  facts(needs: PodNeeds): (GpuFacts | undefined)[] {
    const holding = this.holding(needs);
    const gpus = this.#kinds.map(({ plan }) => plan).filter(({ gpus }) => gpus > 0);
    const plans = holding.length > 0 ? holding : gpus;
    return [...new Set(plans.map((plan) => factsFor(plan, needs)))];
  }
}

/** Of a slice its share. */
function factsFor(plan: NodePlan, { requests }: PodNeeds): GpuFacts | undefined {
  const resource = Object.keys(requests).find(isGpuResource);
  const profile = resource?.startsWith(MIG_RESOURCE)
    ? resource.slice(MIG_RESOURCE.length)
    : plan.mig?.profiles[0];
  return plan.gpu && profile !== undefined ? migSlice(plan.gpu, profile) : plan.gpu;
}
