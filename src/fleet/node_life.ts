// What becomes of a node and of the pods on it: silent, given up, back, drained, taken away.
//
// Kubernetes' node lifecycle, taint eviction and pod GC controllers, and kubectl's drain. Which taints a
// node has is the node's own business.

import type { EventHandle } from "../sim/clock.ts";
import { mayEvict } from "./disruption_budget.ts";
import type { Node } from "./nodes.ts";
import type { Pod } from "./pod.ts";
import { bearsUs } from "./pod_spec.ts";
import type { Cluster } from "./pod_template.ts";
import { TIMINGS } from "./timings.ts";

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
    const giveUp = () => this.#giveUp(node);
    this.#deadlines.set(node, this.#host.clock.after(TIMINGS.nodeMonitorGraceUs, giveUp));
  }

  #giveUp(node: Node): void {
    this.#deadlines.delete(node);
    node.ready = false;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeNotReady", "node-controller");
    for (const pod of this.#host.residents.on(node)) {
      pod.lose();
      this.#evictLater(pod);
    }
  }

  /** The taint manager's: at the end of what the pod says that it bears. */
  #evictLater(pod: Pod): void {
    if (pod.terminating) return;
    const us = bearsUs(pod.spec, false);
    if (!Number.isFinite(us)) return;
    const evict = () => {
      this.#evictions.delete(pod);
      if (pod.gone || pod.terminating) return;
      this.#tellEviction(pod, "Marking for deletion");
      pod.terminate("DeletionByTaintManager");
    };
    this.#evictions.set(pod, this.#host.clock.after(us, evict));
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
    if (!node.lost) return;
    const { clock, journal, nodes, residents } = this.#host;
    const deadline = this.#deadlines.get(node);
    if (deadline) clock.cancel(deadline);
    this.#deadlines.delete(node);
    const wasReady = node.ready;
    node.lost = false;
    node.ready = true;
    journal.event("Normal", "Starting", node.object(), "Starting kubelet.", "kubelet");
    nodes.changed(node);
    if (!wasReady) this.#tell(node, "Normal", "NodeReady", "kubelet");
    for (const pod of residents.on(node)) {
      const eviction = this.#evictions.get(pod);
      if (eviction && clock.cancel(eviction)) this.#tellEviction(pod, "Cancelling deletion of");
      this.#evictions.delete(pod);
      pod.comeBack();
    }
  }

  /** The node is taken out of the API, and pod GC takes its pods out after it. */
  remove(node: Node): void {
    const { clock, journal, nodes, residents } = this.#host;
    this.lose(node);
    const deadline = this.#deadlines.get(node);
    if (deadline) clock.cancel(deadline);
    this.#deadlines.delete(node);
    node.ready = false;
    nodes.changed(node);
    const message = `Node ${node.name} event: Removing Node ${node.name} from Controller`;
    journal.event("Normal", "RemovingNode", node.object(), message, "node-controller");
    journal.delete(node.object());
    clock.after(TIMINGS.podGcUs, () => {
      for (const pod of residents.on(node)) pod.forget();
    });
  }

  cordon(node: Node): void {
    if (node.cordoned) return;
    node.cordoned = true;
    this.#host.nodes.changed(node);
    this.#tell(node, "Normal", "NodeNotSchedulable", "kubelet");
  }

  uncordon(node: Node): void {
    if (!node.cordoned) return;
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
      if (mayEvict(pod.object(), journal.state.objects)) pod.terminate("EvictionByEvictionAPI");
      else refused = true;
    }
    // A node that is open again is not drained any more.
    const again = () => {
      if (node.cordoned) this.#evictAll(node);
    };
    if (refused) clock.after(TIMINGS.drainRetryUs, again);
  }

  /** The kubelet's eviction manager: it ends this pod for want of a resource of its node. */
  evict(pod: Pod, resource: string): void {
    // pkg/kubelet/eviction/helpers.go: `nodeLowMessageFmt`.
    pod.evict(`The node was low on resource: ${resource}. `);
  }

  #tell(node: Node, type: "Normal" | "Warning", reason: string, source: string): void {
    const message = `Node ${node.name} status is now: ${reason}`;
    this.#host.journal.event(type, reason, node.object(), message, source);
  }
}
