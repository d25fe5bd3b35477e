// What becomes of a node and of the pods on it: silent, given up, back, drained, taken away.
//
// Kubernetes' node lifecycle, taint eviction and pod GC controllers, and kubectl's drain. Which taints a
// node has is the node's own business.

import type { EventHandle } from "../sim/clock.ts";
import { mayEvict } from "./disruption_budget.ts";
import type { EventReason } from "./event_reasons.ts";
import type { Node, NodePlan } from "./nodes.ts";
import type { Pod } from "./pod.ts";
import type { Cluster } from "./pod_template.ts";
import { evictionSeconds, NOT_READY, type Taint, UNREACHABLE } from "./scheduling/taints.ts";
import { TIMINGS } from "./timings.ts";

const SECOND = 1_000_000;

/** Resources by whose want a kubelet evicts pods, its conditions and their words. */
const PRESSURES = {
  memory: {
    field: "memoryPressure",
    met: "NodeHasInsufficientMemory",
    over: "NodeHasSufficientMemory",
  },
  "ephemeral-storage": {
    field: "diskPressure",
    met: "NodeHasDiskPressure",
    over: "NodeHasNoDiskPressure",
  },
} as const;
export type PressedResource = keyof typeof PRESSURES;

export class NodeLife {
  readonly #host: Cluster;
  /** When the node controller gives each silent node up. */
  readonly #deadlines = new Map<Node, EventHandle>();
  /** When each pod on a tainted node is deleted. */
  readonly #evictions = new Map<Pod, EventHandle>();

  constructor(host: Cluster) {
    this.#host = host;
  }

  /** The host goes silent: its requests hang until the node controller gives it up. */
  lose(node: Node): void {
    if (node.lost) return;
    node.lost = true;
    node.images.clear();
    for (const pod of this.#host.residents.on(node)) pod.hang();
    this.#giveUpLater(node);
  }

  /**
   * The kubelet alone goes silent: what runs on the node goes on and nobody looks after it. Its pods are
   * out of the endpoints when the node controller gives the node up, and replaced when they are evicted.
   */
  silence(node: Node): void {
    if (node.lost || node.silent) return;
    node.silent = true;
    this.#giveUpLater(node);
  }

  /** The kubelet answers again. */
  speak(node: Node): void {
    if (!node.silent || node.lost || node.removed) return;
    node.silent = false;
    this.#answers(node);
    for (const pod of this.#host.residents.on(node)) {
      this.#cancelEviction(pod);
      pod.kubeletBack();
      pod.nodeReady();
    }
  }

  /** A node whose kubelet was silent before the host went is given up no later for that. */
  #giveUpLater(node: Node): void {
    if (this.#deadlines.has(node)) return;
    const giveUp = () => this.#giveUp(node);
    this.#deadlines.set(node, this.#host.clock.after(TIMINGS.nodeMonitorGraceUs, giveUp));
  }

  #giveUp(node: Node): void {
    this.#deadlines.delete(node);
    const wasReady = node.ready;
    node.ready = false;
    node.notWell = false;
    this.#host.nodes.changed(node);
    if (wasReady) this.#tell(node, "Normal", "NodeNotReady", "node-controller");
    for (const pod of this.#host.residents.on(node)) {
      if (node.lost) pod.lose();
      else pod.nodeNotReady();
      this.#evictLater(pod, UNREACHABLE);
    }
  }

  /** The node controller hears of it again. */
  #answers(node: Node): void {
    const deadline = this.#deadlines.get(node);
    if (deadline) this.#host.clock.cancel(deadline);
    this.#deadlines.delete(node);
    const wasReady = node.ready;
    node.ready = true;
    node.notWell = false;
    this.#host.nodes.changed(node);
    if (!wasReady) this.#tell(node, "Normal", "NodeReady", "kubelet");
  }

  /** The kubelet answers and says that it is not ready: its pods go on, out of the endpoints. */
  notReady(node: Node): void {
    if (!node.ready || node.lost || node.silent) return;
    node.ready = false;
    node.notWell = true;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeNotReady", "kubelet");
    for (const pod of this.#host.residents.on(node)) {
      pod.nodeNotReady();
      this.#evictLater(pod, NOT_READY);
    }
  }

  /** The kubelet says that it is ready again. */
  ready(node: Node): void {
    if (!node.notWell || node.lost) return;
    node.ready = true;
    node.notWell = false;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeReady", "kubelet");
    for (const pod of this.#host.residents.on(node)) {
      this.#cancelEviction(pod);
      pod.nodeReady();
    }
  }

  /** The taint manager's: at the end of what the pod says that it bears; a taint more changes nothing. */
  #evictLater(pod: Pod, taint: Taint): void {
    if (pod.terminating || this.#evictions.has(pod)) return;
    const seconds = evictionSeconds([taint], pod.spec.tolerations);
    if (seconds === undefined) return;
    const evict = () => {
      this.#evictions.delete(pod);
      if (pod.gone || pod.terminating) return;
      this.#tellEviction(pod, "Marking for deletion");
      pod.terminate("DeletionByTaintManager");
    };
    this.#evictions.set(pod, this.#host.clock.after(seconds * SECOND, evict));
  }

  #cancelEviction(pod: Pod): void {
    const eviction = this.#evictions.get(pod);
    if (!eviction) return;
    this.#evictions.delete(pod);
    this.#host.clock.cancel(eviction);
    if (!pod.terminating) this.#tellEviction(pod, "Cancelling deletion of");
  }

  #tellEviction(pod: Pod, what: string): void {
    const message = `${what} Pod ${pod.namespace}/${pod.name}`;
    this.#host.journal.event(
      "Normal",
      "TaintManagerEviction",
      pod.reference,
      message,
      "taint-eviction-controller",
    );
  }

  /** The host answers again; containers that were not evicted start anew. */
  recover(node: Node): void {
    if (!node.lost || node.removed) return;
    const { journal, residents } = this.#host;
    node.lost = false;
    node.silent = false;
    journal.event("Normal", "Starting", node.object(), "Starting kubelet.", "kubelet");
    this.#answers(node);
    for (const pod of residents.on(node)) {
      this.#cancelEviction(pod);
      pod.comeBack();
    }
  }

  /** The node is taken out of the API, and pod GC takes its pods out after it. */
  remove(node: Node): void {
    if (node.removed) return;
    const { clock, journal, nodes, residents } = this.#host;
    this.lose(node);
    const deadline = this.#deadlines.get(node);
    if (deadline) clock.cancel(deadline);
    this.#deadlines.delete(node);
    node.ready = false;
    nodes.changed(node);
    const message = `Node ${node.name} event: Removing Node ${node.name} from Controller`;
    journal.event("Normal", "RemovingNode", node.object(), message, "node-controller");
    nodes.remove(node);
    clock.after(TIMINGS.podGcUs, () => {
      for (const pod of residents.on(node)) pod.forget();
    });
  }

  /** A node registers that is new in the cluster. */
  join(plan: NodePlan): void {
    const { clock, journal, nodes } = this.#host;
    const node = nodes.join(plan, clock.nowUs);
    const { name } = node;
    journal.event("Normal", "Starting", node.object(), "Starting kubelet.", "kubelet");
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    journal.event("Normal", "RegisteredNode", node.object(), message, "node-controller");
    nodes.offer(node);
  }

  cordon(node: Node): void {
    if (node.cordoned || node.removed) return;
    node.cordoned = true;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeNotSchedulable", "kubelet");
  }

  uncordon(node: Node): void {
    if (!node.cordoned || node.removed) return;
    node.cordoned = false;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeSchedulable", "kubelet");
  }

  /** Cordons a node and evicts its pods, which have their grace to finish, as budgets allow. */
  drain(node: Node): void {
    this.cordon(node);
    this.#evictAll(node);
  }

  #evictAll(node: Node): void {
    const { clock, journal, residents } = this.#host;
    let refused = false;
    for (const pod of residents.on(node)) {
      if (pod.terminating || pod.gone) continue;
      if (mayEvict(pod.object(), (kind) => journal.list(kind))) {
        pod.terminate("EvictionByEvictionAPI");
      } else refused = true;
    }
    // A node that is open again is not drained any more.
    const again = () => {
      if (node.cordoned) this.#evictAll(node);
    };
    if (refused) clock.after(TIMINGS.drainRetryUs, again);
  }

  /**
   * The node runs short of a resource: it takes no more pods, and the kubelet evicts one after the other
   * until `evictions` of them have brought enough.
   */
  pressure(node: Node, resource: PressedResource, evictions: number): void {
    const { field, met, over } = PRESSURES[resource];
    if (node[field] || node.lost || node.silent) return;
    node[field] = true;
    const { clock, journal, nodes } = this.#host;
    nodes.changed(node);
    const attempt = `Attempting to reclaim ${resource}`;
    journal.event("Warning", "EvictionThresholdMet", node.object(), attempt, "kubelet");
    this.#tell(node, "Normal", met, "kubelet");
    const relieve = () => {
      node[field] = false;
      nodes.changed(node);
      this.#tell(node, "Normal", over, "kubelet");
    };
    const evict = (left: number) => {
      const [first] = left > 0 && !node.lost && !node.silent ? this.#byEviction(node) : [];
      if (!first) return void clock.after(TIMINGS.pressureOverUs, relieve);
      this.evict(first, resource);
      clock.after(TIMINGS.evictionLookUs, () => evict(left - 1));
    };
    evict(evictions);
  }

  /**
   * Whom the kubelet ends first. It ranks by use above the request, then by priority: use is not simulated,
   * so what asked for nothing goes first, then what is of less priority, then the youngest.
   */
  #byEviction(node: Node): Pod[] {
    const rank = { BestEffort: 0, Burstable: 1, Guaranteed: 2 } as const;
    return this.#host.residents.on(node).filter((pod) => !pod.gone && !pod.terminating)
      .sort((a, b) =>
        rank[a.spec.qosClass] - rank[b.spec.qosClass] || a.priority - b.priority ||
        b.createdUs - a.createdUs
      );
  }

  /** The kubelet ends this pod for want of a resource of its node. */
  evict(pod: Pod, resource: PressedResource): void {
    // pkg/kubelet/eviction/helpers.go: `nodeLowMessageFmt`.
    pod.evict(`The node was low on resource: ${resource}. `);
  }

  #tell(node: Node, type: "Normal" | "Warning", reason: EventReason, source: string): void {
    const message = `Node ${node.name} status is now: ${reason}`;
    this.#host.journal.event(type, reason, node.object(), message, source);
  }
}
