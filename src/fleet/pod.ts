// A workload's pod: scheduled, pulled, started, ready, and how each of its ends comes about.

import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import { readyAfterUs, type StartupPhases } from "../serving/startup.ts";
import { type Clock } from "../sim/clock.ts";
import { formatDuration } from "../sim/duration.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  sleep,
  spawn,
  wait,
} from "../sim/process.ts";
import { pullImage, pullProblem } from "./image_pull.ts";
import type { Journal } from "./journal.ts";
import type { Node, Nodes } from "./nodes.ts";
import { podObject, type Termination, type Waiting } from "./pod_object.ts";
import { TIMINGS } from "./timings.ts";

/** Why a server cannot start on a node, in its own words. */
export interface CannotStart {
  readonly cannotStart: string;
  /** It shows before the weights are fetched: the empty model alone does not fit. */
  readonly beforeLoading?: true;
}

/** What a pod is made from; the same for all pods of a workload. */
export interface PodTemplate {
  readonly owner: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly gpus: number;
  /** What the container asks for; its GPUs are `gpus`. */
  readonly resources: JsonObject;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly startup: StartupPhases;
  /**
   * A server on this node's GPUs, or why it cannot start there (then the container crashes); undefined
   * for a container that comes up and whose serving is not simulated.
   */
  engine(node: Node, pod: string): ServingEngine | CannotStart | undefined;
}

/** When a pod came to be, in µs (below 0 is before the run), and whether it was up before the run. */
export interface PodBirth {
  readonly createdUs: number;
  readonly started: boolean;
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

function died(reason: string): End {
  return { kind: "died", reason };
}

export class Pod {
  readonly name: string;
  readonly createdUs: number;
  readonly #template: PodTemplate;
  readonly #host: PodHost;
  #process: ProcessHandle;
  node: Node | undefined;
  engine: ServingEngine | undefined;
  /** In the endpoints: requests are sent here. */
  ready = false;
  /** Its process answers; a dead one may still be an endpoint for a second. */
  alive = false;
  #deletedUs: number | undefined;
  gone = false;
  /** Containers that were started; all but the first were restarts. */
  #starts = 0;
  /** The container's process runs, whether or not it answers. */
  #startedUs: number | undefined;
  /** Crashes that the back-off counts. */
  #crashes = 0;
  #waiting: Waiting = "ContainerCreating";
  #waitingMessage: string | undefined;
  #unscheduled: string | undefined;
  #last: Termination | undefined;

  /** A `birth` that is over skips the start: the pod was up before the run began. */
  constructor(template: PodTemplate, name: string, host: PodHost, birth: PodBirth) {
    this.#template = template;
    this.#host = host;
    this.name = name;
    this.createdUs = birth.createdUs;
    const placed = birth.started && pullProblem(template.image) === undefined && this.#place();
    if (placed) {
      this.#startedUs = birth.createdUs;
      this.#starts++;
    }
    const reason = placed ? this.#open(this.node!) : undefined;
    const end = reason === undefined ? undefined : died(reason);
    if (end) this.#tell();
    this.#process = spawn(host.clock, this.#life(placed && !end, end));
  }

  /** The container's process ended by itself or by a fault. */
  die(reason: string): void {
    this.#interrupt(died(reason));
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
    const end = made ? died("node was lost") : undefined;
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
      const { gpus, nodeSelector } = this.#template;
      const message = nodes.unschedulableMessage(gpus, nodeSelector);
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
    const { gpus, nodeSelector } = this.#template;
    this.node = this.#host.nodes.place(this.name, gpus, nodeSelector);
    return this.node !== undefined;
  }

  /** From an assigned node to a server that answers, then until something ends it. */
  *#run(started: boolean): Process {
    if (!started) {
      yield* this.#start(this.node!);
      const reason = this.#open(this.node!);
      if (reason) throw new Interrupt(died(reason));
      this.#host.changed();
    }
    yield* wait(new Signal<never>());
  }

  /** The server answers and is an endpoint; or why it cannot start here. */
  #open(node: Node): string | undefined {
    const built = this.#template.engine(node, this.name);
    if (built && "cannotStart" in built) return built.cannotStart;
    node.images.add(this.#template.image);
    this.engine = built;
    this.#startedUs ??= this.#host.clock.nowUs;
    this.alive = true;
    this.ready = true;
    this.#wait(undefined);
    this.#tell();
    return undefined;
  }

  *#start(node: Node): Process {
    const { image, startup } = this.#template;
    const { journal } = this.#host;
    if (!node.images.has(image)) {
      this.#wait("ContainerCreating");
      yield* pullImage(image, startup.pullUs, {
        event: (type, reason, message) =>
          journal.event(type, reason, this.object(), message, "kubelet"),
        waits: (reason, message) => {
          this.#wait(reason, message);
          this.#tell();
        },
      });
      node.images.add(image);
    }
    this.#wait(undefined);
    this.#startedUs = this.#host.clock.nowUs;
    this.#starts++;
    journal.event("Normal", "Started", this.object(), "Started container main", "kubelet");
    this.#tell();
    yield* sleep(startup.importUs);
    if (node.gpusOf(this.name).some((gpu) => node.broken[gpu])) {
      throw new Interrupt(died("CUDA error: no CUDA-capable device is detected"));
    }
    const built = this.#template.engine(node, this.name);
    const crash = built && "cannotStart" in built ? built : undefined;
    if (crash?.beforeLoading) throw new Interrupt(died(crash.cannotStart));
    yield* this.#sleepInStartup(startup.importUs, startup.loadUs);
    if (crash) throw new Interrupt(died(crash.cannotStart));
    const untilLoadedUs = startup.importUs + startup.loadUs;
    yield* this.#sleepInStartup(untilLoadedUs, readyAfterUs(startup) - untilLoadedUs);
  }

  /** Sleeps from `elapsedUs` after the container's start, unless the probe's patience ends before. */
  *#sleepInStartup(elapsedUs: number, us: number): Process {
    const { budgetUs } = this.#template.startup;
    if (elapsedUs + us <= budgetUs) return yield* sleep(us);
    yield* sleep(Math.max(0, budgetUs - elapsedUs));
    const { journal } = this.#host;
    const failed = "Startup probe failed: connection refused";
    journal.event("Warning", "Unhealthy", this.object(), failed, "kubelet");
    const killed = "Container main failed startup probe, will be restarted";
    journal.event("Normal", "Killing", this.object(), killed, "kubelet");
    throw new Interrupt(died(`startup probe failed for ${formatDuration(budgetUs)}`));
  }

  #wait(reason: Waiting, message?: string): void {
    this.#waiting = reason;
    this.#waitingMessage = message;
  }

  /** The process is dead: its requests fail now, its endpoint goes when the kubelet notices. */
  *#recover(reason: string): Process {
    const { journal } = this.#host;
    this.engine?.crash();
    this.engine = undefined;
    const nowUs = this.#host.clock.nowUs;
    const startedUs = this.#startedUs ?? 0;
    if (nowUs - startedUs >= TIMINGS.backOffForgottenUs) this.#crashes = 0;
    this.#startedUs = undefined;
    this.#last = { reason, startedUs, finishedUs: nowUs };
    this.alive = false;
    yield* sleep(TIMINGS.deathNoticedUs);
    this.#leave();
    this.#crashes++;
    journal.event("Warning", "Failed", this.object(), `Container main died: ${reason}`, "kubelet");
    if (this.#crashes > 1) {
      const message = "Back-off restarting failed container main in pod";
      const doubled = TIMINGS.firstBackOffUs * 2 ** (this.#crashes - 2);
      const backOffUs = Math.min(doubled, TIMINGS.maxBackOffUs);
      this.#wait("CrashLoopBackOff", `back-off ${formatDuration(backOffUs)} ${message.slice(9)}`);
      this.#tell();
      journal.event("Warning", "BackOff", this.object(), message, "kubelet");
      yield* sleep(backOffUs);
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
    this.#host.nodes.release(this.name, this.node);
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
    const { labels, image, resources, nodeSelector } = this.#template;
    return podObject({
      name: this.name,
      namespace: this.#namespace,
      labels,
      image,
      resources,
      nodeSelector,
      createdUs: this.createdUs,
      deletedUs: this.#deletedUs,
      node: this.node?.name,
      unscheduled: this.#unscheduled,
      waiting: this.#waiting,
      waitingMessage: this.#waitingMessage,
      startedUs: this.#startedUs,
      last: this.#last,
      ready: this.ready,
      restarts: Math.max(0, this.#starts - 1),
    });
  }
}
