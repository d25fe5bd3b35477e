// The images on one node: what is there, and what is on its way. A pull belongs to the node, not to a pod.

import type { Transfer } from "../serving/shared_link.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import { Signal } from "../sim/process.ts";
import type { SupplyLines } from "./supply_lines.ts";

/** An image on its way to a node. */
export interface Pull {
  /** Fires when it is there. */
  readonly done: Signal;
  /** Another pod began it. */
  readonly joined: boolean;
}

export interface ImageSize {
  readonly bytes: number;
  /** Its container starts before its layers are there, where the cluster streams images. */
  readonly streamed: boolean;
  /** How long it takes until then. */
  readonly streamUs: number;
}

export class NodeImages {
  readonly #present = new Set<string>();
  readonly #changed: (image: string) => void;
  #key: string | undefined;
  readonly #pulls = new Map<string, { readonly done: Signal; cancel(): void }>();

  /** `changed` is told of each image that came or went. */
  constructor(changed: (image: string) => void = () => {}) {
    this.#changed = changed;
  }

  /** The same for nodes that have the same images. */
  get key(): string {
    return this.#key ??= [...this.#present].sort().join(" ");
  }

  get size(): number {
    return this.#present.size;
  }

  has(image: string): boolean {
    return this.#present.has(image);
  }

  /** An image that was there before the run. */
  add(image: string): void {
    if (this.#present.has(image)) return;
    this.#present.add(image);
    this.#key = undefined;
    this.#changed(image);
  }

  /** The disk is lost, and what was on its way to it. */
  clear(): void {
    for (const pull of this.#pulls.values()) pull.cancel();
    this.#pulls.clear();
    const lost = [...this.#present];
    this.#present.clear();
    this.#key = undefined;
    for (const image of lost) this.#changed(image);
  }

  /** A pull of it is under way. */
  isComing(image: string): boolean {
    return this.#pulls.has(image);
  }

  /** The pull of an image breaks off; who waits for it hears of that elsewhere. */
  breakOff(image: string): void {
    this.#pulls.get(image)?.cancel();
    this.#pulls.delete(image);
  }

  /** Begins to pull an image that is not there, or joins the pull that another pod began. */
  pull(image: string, size: ImageSize, clock: Clock, lines: SupplyLines): Pull {
    const known = this.#pulls.get(image);
    if (known) return { done: known.done, joined: true };
    const done = new Signal<void>();
    const arrive = () => {
      this.#pulls.delete(image);
      this.add(image);
      done.fire();
    };
    const cancel = carry(size, clock, lines, arrive);
    this.#pulls.set(image, { done, cancel });
    return { done, joined: false };
  }
}

/** Calls `arrive` when the image is there, never at once; returns what takes that back. */
function carry(
  { bytes, streamed, streamUs }: ImageSize,
  clock: Clock,
  { registry, supply }: SupplyLines,
  arrive: () => void,
): () => void {
  if (bytes > 0 && !(streamed && supply.imageStreaming)) {
    const transfer: Transfer = registry.start(bytes, arrive);
    return () => void registry.cancel(transfer);
  }
  const event: EventHandle = clock.after(bytes > 0 ? streamUs : 0, arrive);
  return () => void clock.cancel(event);
}
