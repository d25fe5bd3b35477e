// Who brings GPUs back: Healthy → Triage → Drain → Reset → Diag → Healthy, or out of service for good (RMA).
//
// What node-remediation operators do; it sees Xids and nodes, and knows nothing of who serves there.

import { type Process, sleep, spawn } from "../sim/process.ts";
import type { EventReason } from "./event_reasons.ts";
import type { GpuLife, GpuPlace } from "./gpu_life.ts";
import type { NodeLife } from "./node_life.ts";
import type { Node } from "./nodes.ts";
import type { Cluster } from "./pod_template.ts";
import { TIMINGS } from "./timings.ts";

export type Repair = "reset" | "replacement";

/** A node that is taken care of. */
interface Case {
  /** Why, in the words of the first Xid. */
  readonly reason: string;
  /** A GPU of it must be replaced: the node stays drained. */
  replaced: boolean;
  /** A GPU failed since the last reset began. */
  again: boolean;
}

export class GpuRemediation {
  readonly #host: Cluster;
  readonly #nodeLife: NodeLife;
  readonly #gpuLife: GpuLife;
  readonly #cases = new Map<Node, Case>();
  /** Xids for which a GPU was reset already, `node gpu xid`. */
  readonly #reset = new Set<string>();

  constructor(host: Cluster, nodeLife: NodeLife, gpuLife: GpuLife) {
    this.#host = host;
    this.#nodeLife = nodeLife;
    this.#gpuLife = gpuLife;
  }

  /** A GPU needs it. One that comes with the same Xid after its reset is replaced. */
  call({ node, gpu }: GpuPlace, xid: number, repair: Repair, reason: string): void {
    const key = `${node.name} ${gpu} ${xid}`;
    const replaced = repair === "replacement" || this.#reset.has(key);
    this.#reset.add(key);
    const open = this.#cases.get(node);
    if (open) {
      open.again = true;
      open.replaced ||= replaced;
      return;
    }
    const opened = { reason, replaced, again: false };
    this.#cases.set(node, opened);
    spawn(this.#host.clock, this.#remedy(node, opened));
  }

  *#remedy(node: Node, open: Case): Process {
    yield* sleep(TIMINGS.remediationUs);
    const own = !node.cordoned && !node.removed;
    if (own) {
      this.#tell(node, "NodeDrain", `Draining node after ${open.reason}`);
      this.#nodeLife.drain(node);
    }
    const well = yield* this.#resetAndTest(node, open);
    // It stays in the books as long as it is out of service.
    if (!well) return;
    this.#cases.delete(node);
    for (const [gpu, broken] of node.broken.entries()) {
      if (broken) this.#gpuLife.repair({ node, gpu });
    }
    this.#tell(node, "GPUHealthy", "Diagnostics passed, GPUs are back");
    if (own) this.#nodeLife.uncordon(node);
  }

  /** As soon as nobody is on it; false of a node that is out of service for good. */
  *#resetAndTest(node: Node, open: Case): Process<boolean> {
    do {
      while (node.lost || this.#host.residents.on(node).length > 0) {
        if (open.replaced || node.removed) return false;
        yield* sleep(TIMINGS.drainRetryUs);
      }
      if (open.replaced || node.removed) return false;
      open.again = false;
      const gpus = node.broken.flatMap((broken, gpu) => broken ? [gpu] : []).join(", ");
      this.#tell(node, "GPUReset", `Resetting GPU ${gpus} after ${open.reason}`);
      yield* sleep(TIMINGS.gpuResetUs);
      this.#tell(node, "GPUDiagnostics", "Running dcgmi diag -r 3");
      yield* sleep(TIMINGS.gpuDiagUs);
    } while (open.again || node.lost);
    return !node.removed;
  }

  #tell(node: Node, reason: EventReason, message: string): void {
    const { journal } = this.#host;
    journal.event("Normal", reason, node.object(), message, "node-remediation");
  }
}
