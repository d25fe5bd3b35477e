// A workload's pod: scheduled, pulled, started, ready, and how each of its ends comes about.

import type { KubeObject } from "../kube/object.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
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
import { pullProblem } from "./image_pull.ts";
import type { Node } from "./nodes.ts";
import { notMade, podObject, type Termination } from "./pod_object.ts";
import { died, type End, type Progress, type Starting, startUp, untouched } from "./pod_start.ts";
import type { CannotStart, PodBirth, PodHost, PodTemplate } from "./pod_template.ts";
import { backOffUs, TIMINGS } from "./timings.ts";

export class Pod {
  readonly name: string;
  readonly createdUs: number;
  readonly #template: PodTemplate;
  readonly #host: PodHost;
  #process: ProcessHandle;
  node: Node | undefined;
  engine: ServingEngine | undefined;
  /** What its server will be once it answers, or why it cannot. */
  #built: ServingEngine | CannotStart | undefined;
  /** In the endpoints: requests are sent here. */
  ready = false;
  /** Its process answers; a dead one may still be an endpoint for a second. */
  alive = false;
  #deletedUs: number | undefined;
  gone = false;
  /** Containers that were started; all but the first were restarts. */
  #starts = 0;
  /** Crashes that the back-off counts. */
  #crashes = 0;
  #progress: Progress;
  #unscheduled: string | undefined;
  #last: Termination | undefined;

  /** A `birth` that is over skips the start: the pod was up before the run began. */
  constructor(template: PodTemplate, name: string, host: PodHost, birth: PodBirth) {
    this.#template = template;
    this.#host = host;
    this.name = name;
    this.createdUs = birth.createdUs;
    this.#progress = untouched(template.startup);
    const placed = birth.started && pullProblem(template.image) === undefined && this.#place();
    if (placed) {
      const init = this.#progress.init && { state: "done" } as const;
      this.#progress = { ...this.#progress, init, startedUs: birth.createdUs };
      this.#starts++;
    }
    const reason = placed ? this.#build(this.node!) ?? this.#open() : undefined;
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
    this.#template.peers?.hung();
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
    const made = this.terminating || !notMade(this.#progress.waiting);
    // Its disk is as empty as its node's.
    this.#progress = { ...this.#progress, init: untouched(this.#template.startup).init };
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
      const message = nodes.unschedulableMessage(this.#template.needs);
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
    this.node = this.#host.nodes.place(this.name, this.#template.needs);
    return this.node !== undefined;
  }

  /** From an assigned node to a server that answers, then until something ends it. */
  *#run(started: boolean): Process {
    if (!started) {
      yield* startUp(this.#starting(this.node!));
      this.#open();
      this.#host.changed();
    }
    yield* wait(new Signal<never>());
  }

  /** The server answers and is an endpoint; or why it cannot start here. */
  #open(): string | undefined {
    const built = this.#built;
    if (built && "cannotStart" in built) return built.cannotStart;
    for (const image of this.#images) this.node!.images.add(image);
    this.engine = built;
    this.alive = true;
    this.ready = true;
    this.#show({ waiting: undefined, waitingMessage: undefined, phase: undefined });
    return undefined;
  }

  /** What becomes of the server on this node is clear as soon as it sees its GPUs. */
  #build(node: Node): string | undefined {
    if (node.gpusOf(this.name).some((gpu) => node.broken[gpu])) {
      return "CUDA error: no CUDA-capable device is detected";
    }
    const built = this.#built = this.#template.engine(node, this.name);
    const early = built && "cannotStart" in built && built.beforeLoading;
    return early ? built.cannotStart : undefined;
  }

  #starting(node: Node): Starting {
    const { image, startup: plan } = this.#template;
    const { clock, lines, journal } = this.#host;
    const { init } = this.#progress;
    const fresh = init?.state === "waiting" || !node.images.has(image);
    const waiting = fresh ? untouched(plan).waiting : undefined;
    this.#progress = { ...this.#progress, waiting, waitingMessage: undefined };
    return {
      ...{ image, plan, node, clock, lines, init },
      show: (change) => this.#show(change),
      event: (type, reason, message) =>
        journal.event(type, reason, this.object(), message, "kubelet"),
      started: () => void this.#starts++,
      build: () => this.#build(node),
      loaded: () =>
        this.#built && "cannotStart" in this.#built ? this.#built.cannotStart : undefined,
      die: (reason) => this.die(reason),
      peers: this.#template.peers,
    };
  }

  get #images(): string[] {
    const { image, startup: { modelImage } } = this.#template;
    return [image, ...(modelImage ? [modelImage.reference] : [])];
  }

  #show(change: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...change };
    this.#tell();
  }

  /** The process is dead: its requests fail now, its endpoint goes when the kubelet notices. */
  *#recover(reason: string): Process {
    const { journal } = this.#host;
    this.engine?.crash();
    this.engine = undefined;
    const nowUs = this.#host.clock.nowUs;
    const startedUs = this.#progress.startedUs ?? 0;
    if (nowUs - startedUs >= TIMINGS.backOffForgottenUs) this.#crashes = 0;
    this.#progress = { ...this.#progress, startedUs: undefined, phase: undefined };
    this.#last = { reason, startedUs, finishedUs: nowUs };
    this.alive = false;
    this.#template.peers?.died();
    yield* sleep(TIMINGS.deathNoticedUs);
    this.#leave();
    this.#crashes++;
    journal.event("Warning", "Failed", this.object(), `Container main died: ${reason}`, "kubelet");
    if (this.#crashes > 1) {
      const message = "Back-off restarting failed container main in pod";
      const us = backOffUs(this.#crashes - 2);
      const waitingMessage = `back-off ${formatDuration(us)} ${message.slice(9)}`;
      this.#show({ waiting: "CrashLoopBackOff", waitingMessage });
      journal.event("Warning", "BackOff", this.object(), message, "kubelet");
      yield* sleep(us);
    }
  }

  /** Out of the endpoints already; ends when its requests are done, at the latest after the grace. */
  *#drain(): Process {
    const { journal } = this.#host;
    journal.event("Normal", "Killing", this.object(), "Stopping container main", "kubelet");
    if (this.#progress.startedUs !== undefined) {
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
    const { labels, image, resources, needs } = this.#template;
    return podObject({
      name: this.name,
      namespace: this.#namespace,
      labels,
      image,
      resources,
      nodeSelector: needs.nodeSelector,
      createdUs: this.createdUs,
      deletedUs: this.#deletedUs,
      node: this.node?.name,
      unscheduled: this.#unscheduled,
      ...this.#progress,
      last: this.#last,
      ready: this.ready,
      restarts: Math.max(0, this.#starts - 1),
    });
  }
}
