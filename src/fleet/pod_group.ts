// One group of a LeaderWorkerSet: a leader and its workers, which live and die together.

import type { GpuFacts } from "../serving/gpus.ts";
import { type Process, Signal, wait } from "../sim/process.ts";
import type { Pod } from "./pod.ts";
import type { Peers } from "./pod_template.ts";
import type { TemplateRevision } from "./template_revision.ts";

export class PodGroup {
  readonly index: number;
  /** The leader's name. */
  readonly name: string;
  readonly revision: TemplateRevision;
  readonly #size: number;
  /** The leader first. */
  pods: Pod[] = [];
  /** All of it is on its way out: one of its pods was deleted or restarted. */
  ending = false;
  #dead = false;
  #joined = 0;
  readonly #complete = new Signal<void>();
  readonly #onDeath: () => void;

  /** `onDeath` is called once, when the first process of it ends that had been started. */
  constructor(
    index: number,
    name: string,
    revision: TemplateRevision,
    size: number,
    onDeath: () => void,
  ) {
    this.index = index;
    this.name = name;
    this.revision = revision;
    this.#size = size;
    this.#onDeath = onDeath;
  }

  get leader(): Pod | undefined {
    return this.pods.find(({ name }) => name === this.name);
  }

  /** Its other pods. */
  get workers(): readonly Pod[] {
    return this.pods.filter(({ name }) => name !== this.name);
  }

  get ready(): boolean {
    return !this.ending && this.pods.length === this.#size && this.pods.every((pod) => pod.ready);
  }

  /** One of its pods was deleted, or its container restarted: the others cannot go on without it. */
  get broken(): boolean {
    return this.#dead || this.pods.length < this.#size ||
      this.pods.some((pod) => pod.terminating || pod.gone);
  }

  /** The kind of GPUs that each worker has; undefined of one without. */
  get workerGpus(): readonly (GpuFacts | undefined)[] {
    return this.workers.map(({ node, name }) => node?.gpuOf(name));
  }

  /** All its pods are deleted; the leader last, as with foreground deletion. */
  end(): void {
    this.ending = true;
    for (const pod of this.pods.toReversed()) pod.terminate();
  }

  /** A pod that is up before the run began has joined already. */
  joinedBefore(): void {
    this.#joined++;
  }

  /** What a pod of it hears of the others, and they of it. */
  readonly peers: Peers = {
    workersOf: (pod) => pod === this.name ? this.workers.map(({ name }) => name) : [],
    join: () => this.#join(),
    server: () => this.leader?.server,
    died: () => {
      if (this.#dead || this.ending) return;
      this.#dead = true;
      if (this.leader?.alive) this.leader.die("a process of its group died");
      this.#onDeath();
    },
    hung: () => this.leader?.engine?.freeze(),
  };

  *#join(): Process {
    if (++this.#joined === this.#size) this.#complete.fire();
    else yield* wait(this.#complete);
  }
}
