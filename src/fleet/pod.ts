// A model server's pod: scheduled, pulled, started, ready, and how each of its ends comes about.

import { podName } from "../kube/names.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Engine } from "../serving/engine.ts";
import type { StartupPhases } from "../serving/startup.ts";
import { type Clock } from "../sim/clock.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  sleep,
  spawn,
  wait,
} from "../sim/process.ts";
import type { Journal } from "./journal.ts";
import type { Node, Nodes } from "./nodes.ts";
import { podObject, type Waiting } from "./pod_object.ts";
import { TIMINGS } from "./timings.ts";

/** Why a server cannot start on a node, in its own words. */
export interface CannotStart {
  readonly cannotStart: string;
}

/** What a pod is made from; the same for all pods of a revision. */
export interface PodTemplate {
  readonly owner: KubeObject;
  readonly image: string;
  readonly gpus: number;
  readonly startup: StartupPhases;
  /** A server on this node's GPUs, or why it cannot start there (then the container crashes). */
  engine(node: Node): Engine | CannotStart;
}

/** What pods and services use of the cluster. */
export interface Cluster {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly nodes: Nodes;
}

/** A pod's cluster, and whom it tells that its readiness changed or that it is gone. */
export interface PodHost extends Cluster {
  changed(): void;
}

type End =
  | { readonly kind: "died"; readonly reason: string }
  | { readonly kind: "terminate" }
  | { readonly kind: "unreachable" };

export class Pod {
  readonly name: string;
  readonly createdUs: number;
  readonly #template: PodTemplate;
  readonly #host: PodHost;
  #process: ProcessHandle;
  node: Node | undefined;
  engine: Engine | undefined;
  /** In the endpoints: requests are sent here. */
  ready = false;
  /** Its process answers; a dead one may still be an endpoint for a second. */
  alive = false;
  #deletedUs: number | undefined;
  gone = false;
  #restarts = 0;
  /** The container's process runs, whether or not it answers. */
  #startedUs: number | undefined;
  /** Crashes that the back-off counts. */
  #crashes = 0;
  #waiting: Waiting = "ContainerCreating";
  #unscheduled: string | undefined;

  /** `started` skips the start: the pod was up before the run began. */
  constructor(template: PodTemplate, ordinal: number, host: PodHost, started: boolean) {
    this.#template = template;
    this.#host = host;
    this.name = podName(template.owner.metadata.name, template.image, ordinal);
    this.createdUs = host.clock.nowUs;
    const placed = started && this.#place();
    const reason = placed ? this.#open(this.node!) : undefined;
    const end = reason === undefined ? undefined : { kind: "died", reason } as const;
    if (end) this.#tell();
    this.#process = spawn(host.clock, this.#life(placed && !end, end));
  }

  /** The container's process ended by itself or by a fault. */
  die(reason: string): void {
    this.#interrupt({ kind: "died", reason });
  }

  /** Deleted or evicted: out of the endpoints at once, gone when idle or when the grace is over. */
  terminate(): void {
    if (this.terminating) return;
    this.#deletedUs ??= this.#host.clock.nowUs;
    this.#leave();
    this.#host.changed();
    this.#interrupt({ kind: "terminate" });
  }

  /** Its node went silent: requests hang, nobody knows yet. */
  hang(): void {
    this.engine?.freeze();
    this.#interrupt({ kind: "unreachable" });
  }

  /** The node controller gave the node up: out of the endpoints, connections break. */
  lose(): void {
    this.engine?.crash();
    this.alive = false;
    this.#leave();
  }

  /** Its node is back: a container that was there starts anew, one that was not is made now. */
  comeBack(): void {
    const made = this.terminating || this.#waiting !== "ContainerCreating";
    const end = made ? { kind: "died", reason: "node was lost" } as const : undefined;
    this.#process = spawn(this.#host.clock, this.#life(false, end));
  }

  /** Evicted from a lost node: nobody there to wait for. */
  remove(): void {
    this.#deletedUs ??= this.#host.clock.nowUs;
    this.#leave();
    this.#vanish();
  }

  /** Deleted, and on its way out. */
  get terminating(): boolean {
    return this.#deletedUs !== undefined;
  }

  #interrupt(end: End): void {
    if (!this.gone) this.#process.interrupt(end);
  }

  *#life(started: boolean, before?: End): Process {
    let end = before;
    while (!this.gone) {
      try {
        if (end?.kind === "unreachable") return;
        if (end?.kind === "terminate") return yield* this.#drain();
        if (end?.kind === "died" && this.terminating) return this.#vanish();
        if (end?.kind === "died") yield* this.#recover(end.reason);
        end = undefined;
        if (!this.node) yield* this.#schedule();
        // Placed before anyone knew that the node is lost: nothing happens until it comes back.
        if (this.node!.lost) return;
        yield* this.#run(started);
      } catch (error) {
        if (!(error instanceof Interrupt)) throw error;
        end = error.cause as End;
      }
      started = false;
    }
  }

  *#schedule(): Process {
    const { nodes, journal } = this.#host;
    this.#tell();
    while (!this.#place()) {
      const message = nodes.unschedulableMessage(this.#template.gpus);
      if (message !== this.#unscheduled) {
        this.#unscheduled = message;
        this.#tell();
        journal.event("Warning", "FailedScheduling", this.object(), message, "default-scheduler");
      }
      yield* wait(nodes.freed);
    }
    this.#unscheduled = undefined;
    const name = this.node!.name;
    const message = `Successfully assigned ${this.#namespace}/${this.name} to ${name}`;
    journal.event("Normal", "Scheduled", this.object(), message, "default-scheduler");
    this.#tell();
  }

  #place(): boolean {
    this.node = this.#host.nodes.place(this.name, this.#template.gpus);
    return this.node !== undefined;
  }

  /** From an assigned node to a server that answers, then until something ends it. */
  *#run(started: boolean): Process {
    if (!started) {
      yield* this.#start(this.node!);
      const reason = this.#open(this.node!);
      if (reason) throw new Interrupt({ kind: "died", reason } satisfies End);
      this.#host.changed();
    }
    yield* wait(new Signal<never>());
  }

  /** The server answers and is an endpoint; or why it cannot start here. */
  #open(node: Node): string | undefined {
    const built = this.#template.engine(node);
    if ("cannotStart" in built) return built.cannotStart;
    node.images.add(this.#template.image);
    this.engine = built;
    this.#startedUs ??= this.#host.clock.nowUs;
    this.alive = true;
    this.ready = true;
    this.#waiting = undefined;
    this.#tell();
    return undefined;
  }

  *#start(node: Node): Process {
    const { image, startup } = this.#template;
    const { journal } = this.#host;
    if (!node.images.has(image)) {
      this.#waiting = "ContainerCreating";
      journal.event("Normal", "Pulling", this.object(), `Pulling image "${image}"`, "kubelet");
      yield* sleep(startup.pullUs);
      node.images.add(image);
      journal.event(
        "Normal",
        "Pulled",
        this.object(),
        `Successfully pulled image "${image}"`,
        "kubelet",
      );
    }
    this.#waiting = undefined;
    this.#startedUs = this.#host.clock.nowUs;
    journal.event("Normal", "Started", this.object(), "Started container main", "kubelet");
    this.#tell();
    yield* sleep(startup.importUs);
    if (node.gpusOf(this.name).some((gpu) => node.broken[gpu])) {
      const reason = "CUDA error: no CUDA-capable device is detected";
      throw new Interrupt({ kind: "died", reason } satisfies End);
    }
    const rest = startup.loadUs + startup.initUs;
    const beat = TIMINGS.startupProbeUs;
    yield* sleep(Math.ceil((startup.importUs + rest) / beat) * beat - startup.importUs);
  }

  /** The process is dead: its requests fail now, its endpoint goes when the kubelet notices. */
  *#recover(reason: string): Process {
    const { journal } = this.#host;
    this.engine?.crash();
    this.engine = undefined;
    const ranUs = this.#host.clock.nowUs - (this.#startedUs ?? 0);
    if (ranUs >= TIMINGS.backOffForgottenUs) this.#crashes = 0;
    this.#startedUs = undefined;
    this.alive = false;
    yield* sleep(TIMINGS.deathNoticedUs);
    this.#leave();
    this.#restarts++;
    this.#crashes++;
    journal.event("Warning", "Failed", this.object(), `Container main died: ${reason}`, "kubelet");
    if (this.#crashes > 1) {
      this.#waiting = "CrashLoopBackOff";
      this.#tell();
      const message = "Back-off restarting failed container main in pod";
      journal.event("Warning", "BackOff", this.object(), message, "kubelet");
      const doubled = TIMINGS.firstBackOffUs * 2 ** (this.#crashes - 2);
      yield* sleep(Math.min(doubled, TIMINGS.maxBackOffUs));
    }
  }

  /** Out of the endpoints already; ends when its requests are done, at the latest after the grace. */
  *#drain(): Process {
    const { journal } = this.#host;
    journal.event("Normal", "Killing", this.object(), "Stopping container main", "kubelet");
    if (this.#startedUs !== undefined) {
      yield* sleep(TIMINGS.preStopUs);
      yield* this.#finishRequests(TIMINGS.graceUs - TIMINGS.preStopUs);
    }
    this.#vanish();
  }

  *#finishRequests(withinUs: number): Process {
    if (!this.engine || this.engine.idle) return;
    const over = new Signal<void>();
    this.engine.onIdle = () => over.fire();
    this.#host.clock.after(withinUs, () => over.fire());
    yield* wait(over);
  }

  #vanish(): void {
    if (this.gone) return;
    this.gone = true;
    this.alive = false;
    this.engine?.crash();
    this.engine = undefined;
    this.#host.journal.delete(this.object());
    this.#host.nodes.release(this.name);
    this.#host.changed();
  }

  /** Out of the endpoints. */
  #leave(): void {
    const was = this.ready;
    this.ready = false;
    if (this.gone) return;
    this.#tell();
    if (was) this.#host.changed();
  }

  get #namespace(): string {
    return this.#template.owner.metadata.namespace ?? "default";
  }

  #tell(): void {
    this.#host.journal.apply(this.object());
  }

  object(): KubeObject {
    const { owner, image, gpus } = this.#template;
    return podObject({
      name: this.name,
      namespace: this.#namespace,
      service: owner.metadata.name,
      image,
      gpus,
      createdUs: this.createdUs,
      deletedUs: this.#deletedUs,
      node: this.node?.name,
      unscheduled: this.#unscheduled,
      waiting: this.#waiting,
      ready: this.ready,
      restarts: this.#restarts,
    });
  }
}
