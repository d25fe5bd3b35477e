// What becomes of the GPUs of nodes, and of the processes on them: failed, repaired, slowed, restored.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { Node } from "./nodes.ts";
import type { Pod } from "./pod.ts";
import type { Cluster } from "./pod_template.ts";
import type { Slowdown } from "./scheduling/gpu_health.ts";

/** One GPU of a node. */
export interface GpuPlace {
  readonly node: Node;
  readonly gpu: number;
}

export class GpuLife {
  readonly #host: Cluster;
  readonly #retime: (server: ServingEngine) => void;

  /** `retime` brings a server's step times up to how its GPUs are. */
  constructor(host: Cluster, retime: (server: ServingEngine) => void) {
    this.#host = host;
    this.#retime = retime;
  }

  /** The pods with a process on it, in the order in which they were placed. */
  podsOn({ node, gpu }: GpuPlace): Pod[] {
    const owners = new Set(node.devices.podsOn(gpu));
    return this.#host.residents.on(node).filter(({ name }) => owners.has(name));
  }

  /** The device plugin counts it no more; `computes`: whoever has it can go on with it. */
  fail({ node, gpu }: GpuPlace, { computes }: { readonly computes: boolean }): void {
    node.devices.health.fail(gpu, computes);
    this.#host.nodes.changed(node);
  }

  /** It is offered again. */
  repair({ node, gpu }: GpuPlace): void {
    node.devices.health.repair(gpu);
    this.#host.nodes.changed(node);
  }

  /** Whoever computes on these is as slow as the slowest of them from its next step on. */
  slow(places: readonly GpuPlace[], slowdown: Slowdown): void {
    for (const { node, gpu } of places) node.devices.health.slow(gpu, slowdown);
    this.#retimeAll(places);
  }

  /** Takes back what `slow` was given: the same object. */
  restore(places: readonly GpuPlace[], slowdown: Slowdown): void {
    for (const { node, gpu } of places) node.devices.health.restore(gpu, slowdown);
    this.#retimeAll(places);
  }

  #retimeAll(places: readonly GpuPlace[]): void {
    const servers = places.flatMap((place) =>
      this.podsOn(place).flatMap(({ servedBy }) => servedBy ?? [])
    );
    for (const server of new Set(servers)) this.#retime(server);
  }
}
