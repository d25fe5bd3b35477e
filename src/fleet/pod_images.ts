// The images that a pod's server needs on its node, one after the other: there, pulled, or tried again.

import { COLD_START } from "../serving/startup.ts";
import { type Process, sleep, wait } from "../sim/process.ts";
import { pullProblem } from "./image_reference.ts";
import type { ImageSize } from "./node_images.ts";
import type { PodLife } from "./pod_life.ts";
import { backOffUs } from "./timings.ts";

/** Of an image whose layers come when they are read. */
const STREAMING_PULL_US = COLD_START.streamingPullS * 1_000_000;

interface WantedImage extends Omit<ImageSize, "streamUs"> {
  readonly reference: string;
}

export class PodImages {
  readonly #life: PodLife;
  #wanted: readonly WantedImage[] = [];
  #tries = 0;
  #problem: string | undefined;
  /** The last pull: µs that the pod waited, and whether another pod had begun it. */
  pulled = { waitedUs: 0, joined: false };

  constructor(life: PodLife) {
    this.#life = life;
  }

  /** Main's image, and the one that holds the model where one does. */
  want(): void {
    const { image, startup: { imageBytes, modelImage } } = this.#life.template;
    const main = { reference: image, bytes: imageBytes, streamed: true };
    this.#wanted = modelImage ? [main, { ...modelImage, streamed: false }] : [main];
    this.#tries = 0;
  }

  /** The one that is needed now. */
  get current(): WantedImage {
    return this.#wanted[0]!;
  }

  get present(): boolean {
    return this.#life.node!.images.has(this.current.reference);
  }

  /** Why the pull that was begun last fails. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A pull begins: its registry is asked, unless the image is on its way to the node already. */
  ask(): void {
    const { pod, node, host: { lines } } = this.#life;
    const { reference, bytes } = this.current;
    const asks = bytes > 0 && !node!.images.isComing(reference);
    this.#problem = pullProblem(reference) ??
      (asks ? lines.troubles.refusesPull(reference, pod) : undefined);
  }

  /** The pull that is under way breaks off. */
  fail(problem: string): void {
    this.#problem = problem;
  }

  get more(): boolean {
    return this.#wanted.length > 1;
  }

  next(): void {
    this.#wanted = this.#wanted.slice(1);
    this.#tries = 0;
  }

  *pull(): Process {
    const { pod, node, host: { clock, lines, troubles } } = this.#life;
    const askedUs = clock.nowUs;
    const { reference, bytes, streamed } = this.current;
    const size = {
      streamed,
      bytes: troubles.phaseBytes(pod, "pulling", bytes, lines.supply.pull),
      streamUs: troubles.phaseUs(pod, "pulling", STREAMING_PULL_US),
    };
    const { done, joined } = node!.images.pull(reference, size, clock, lines);
    yield* wait(done);
    this.pulled = { waitedUs: clock.nowUs - askedUs, joined };
  }

  *backOff(): Process {
    yield* sleep(backOffUs(this.#tries++));
  }
}
