// The facts of one pod's life, and what changes them: what the rows of `pod_table.ts` read and do.

import { uuidOf } from "../kube/identity.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import type { StartPhase } from "../serving/startup.ts";
import type { Node } from "./nodes.ts";
import type { Pod } from "./pod.ts";
import { builtServer } from "./pod_build.ts";
import { PodImages } from "./pod_images.ts";
import { PodInit } from "./pod_init.ts";
import { type PodSpecFacts, specFacts } from "./pod_spec.ts";
import type { Ended, Ending, PodStage, Trigger } from "./pod_stages.ts";
import type { CannotStart, PodBirth, PodHost, PodTemplate } from "./pod_template.ts";
import { PodVolumes } from "./pod_volumes.ts";
import type { Placing } from "./scheduling/placing.ts";
import { backOffUs, TIMINGS } from "./timings.ts";

export class PodLife {
  readonly pod: Pod;
  readonly name: string;
  readonly template: PodTemplate;
  readonly host: PodHost;
  readonly spec: PodSpecFacts;
  readonly createdUs: number;
  stage: PodStage = "Pending";
  node: Node | undefined;
  hostIp: string | undefined;
  podIp: string | undefined;
  /** When the kubelet saw it first. */
  seenUs: number | undefined;
  /** The scheduler's words while it fits nowhere. */
  unscheduled: string | undefined;

  /** Undefined: there is nothing to download. */
  readonly init: PodInit | undefined;
  /** When the sidecars were started. */
  sidecarsUs: number | undefined;
  /** When the containers beside `main` were started; they stay when it restarts. */
  companionsUs: number | undefined;
  /** When main's process was started; undefined while it does not run. */
  startedUs: number | undefined;
  /** Of its processes; all but the first are restarts. */
  starts = 0;
  phase: StartPhase | undefined;
  phaseUs = 0;
  /** The startup probe passed. */
  started = false;
  /** The readiness probe passes, as far as the kubelet knows. */
  passing = false;
  /** In the endpoints: requests are sent here. */
  ready = false;
  /** Its process answers; a dead one may still be an endpoint for a second. */
  alive = false;
  /** What the node controller believes of its node: of one that is not ready no pod is. */
  nodeReady = true;
  hung = false;
  /** What makes its server say that it is not ready. */
  readonly unready = new Set<unknown>();
  engine: ServingEngine | undefined;
  /** What its server will be once it answers, or why it cannot. */
  built: ServingEngine | CannotStart | undefined;

  /** Since when what its stage waits for has been so. */
  sinceUs = 0;
  /** How main's last process ended, and how the last one did that the kubelet has seen. */
  ended: Ended | undefined;
  last: Ended | undefined;
  /** Crashes that the back-off counts. */
  crashes = 0;
  killed: Ending | undefined;

  deletedUs: number | undefined;
  /** What its processes have from the deletion on. */
  graceUs: number;
  /** Why someone else than its workload ended it: the condition `DisruptionTarget`. */
  disruption: { readonly reason: string; readonly message: string } | undefined;
  evicted: string | undefined;

  #uid: string | undefined;
  #placing: Placing | undefined;
  readonly volumes = new PodVolumes(this);
  readonly images = new PodImages(this);

  constructor(pod: Pod, name: string, template: PodTemplate, host: PodHost, birth: PodBirth) {
    this.pod = pod;
    this.name = name;
    this.template = template;
    this.host = host;
    this.createdUs = birth.createdUs;
    this.spec = specFacts(template);
    this.graceUs = this.spec.graceUs;
    this.init = template.startup.downloadBytes > 0 ? new PodInit(this) : undefined;
  }

  get nowUs(): number {
    return this.host.clock.nowUs;
  }

  /** Nobody carries out what the API wants of it, nor tells how it is. */
  get silent(): boolean {
    return this.node?.silent ?? false;
  }

  get namespace(): string {
    return this.template.owner.metadata.namespace ?? "default";
  }

  /** In the form of a UUID, made from what makes it one of its kind. */
  get uid(): string {
    return this.#uid ??= uuidOf(`${this.namespace}/${this.name}/${this.createdUs}`, "4");
  }

  get deleting(): boolean {
    return this.deletedUs !== undefined;
  }

  // Scheduling.

  get placing(): Placing {
    return this.#placing ??= this.#asPlaced();
  }

  #asPlaced(): Placing {
    const { needs, labels, image, startup } = this.template;
    const images = [{ name: image, bytes: startup.imageBytes }];
    const { name: pod, namespace, createdUs } = this;
    return { pod, needs, namespace, labels, createdUs, images };
  }

  /** Tries to place it; true when there is something new to say, whether or not it was placed. */
  place(): boolean {
    const { nodes, addresses, residents } = this.host;
    this.node = nodes.place(this.placing);
    if (this.node) {
      residents.add(this.node, this.pod);
      this.hostIp = addresses.hostIp(this.node.name);
      this.unscheduled = undefined;
      return true;
    }
    const message = nodes.unschedulableMessage(this.placing);
    if (message === this.unscheduled) return false;
    this.unscheduled = message;
    return true;
  }

  // The way up.

  /** The sandbox is there: it has an address. */
  admit(): void {
    this.seenUs ??= this.nowUs;
    this.podIp ??= this.host.addresses.podIp(this.node!.name);
  }

  startSidecars(): void {
    this.sidecarsUs ??= this.nowUs;
  }

  start(): void {
    this.starts++;
    this.startedUs = this.nowUs;
    this.companionsUs ??= this.nowUs;
    this.hung = false;
    this.host.troubles.started(this.pod);
  }

  build(): void {
    this.built = builtServer(this);
  }

  /** Why the server cannot start on its GPUs, and whether that shows before its weights are there. */
  get cannotStart(): CannotStart | undefined {
    return this.built && "cannotStart" in this.built ? this.built : undefined;
  }

  enterPhase(phase: StartPhase): void {
    this.phase = phase;
    this.phaseUs = this.nowUs;
  }

  // Serving.

  /** It was up before the run; false when it could not be on this node, where it has just died. */
  wasUp(): boolean {
    this.init?.wasDone();
    this.seenUs = this.createdUs;
    this.podIp = this.host.addresses.podIp(this.node!.name);
    this.sidecarsUs = this.createdUs;
    this.starts++;
    this.startedUs = this.createdUs;
    this.companionsUs = this.createdUs;
    this.build();
    const { cannotStart } = this;
    if (!cannotStart) this.open();
    else this.end({ word: "Error", exitCode: 1, message: cannotStart.cannotStart });
    return !cannotStart;
  }

  /** The server answers and is an endpoint. */
  open(): void {
    this.serve();
    this.join();
  }

  /** The server answers. */
  serve(): void {
    const built = this.built;
    this.node!.images.add(this.template.image);
    const { modelImage } = this.template.startup;
    if (modelImage) this.node!.images.add(modelImage.reference);
    this.engine = built && "cannotStart" in built ? undefined : built;
    this.alive = true;
    this.started = true;
    this.phase = undefined;
  }

  join(): void {
    this.passing = true;
    this.ready = !this.deleting && this.nodeReady;
  }

  /** Out of the endpoints. */
  leave(): void {
    this.ready = false;
    this.passing = false;
  }

  stall(): void {
    this.hung = true;
    this.sinceUs = this.nowUs;
    this.freeze();
  }

  // The ways down.

  /** The process is dead: its requests fail now. */
  end(ending: Ending): void {
    this.engine?.crash();
    this.engine = undefined;
    this.built = undefined;
    this.alive = false;
    this.ended = { ...ending, startedUs: this.startedUs, finishedUs: this.nowUs };
    const ranUs = this.nowUs - (this.startedUs ?? this.nowUs);
    if (ranUs >= TIMINGS.backOffForgottenUs) this.crashes = 0;
    this.template.peers?.died();
  }

  /** The kubelet sees that it is dead: its endpoint goes. */
  notice(): void {
    this.leave();
    this.last = this.ended;
    this.started = false;
    this.startedUs = undefined;
    this.phase = undefined;
    this.crashes++;
  }

  get backsOff(): boolean {
    return this.crashes > 1;
  }

  get backOffUs(): number {
    return backOffUs(this.crashes - 2);
  }

  /** The host went silent: requests hang, nobody knows yet. */
  freeze(): void {
    this.engine?.freeze();
    this.template.peers?.hung();
  }

  /** The node controller gave the node up: connections break. */
  breakConnections(): void {
    this.engine?.crash();
    this.alive = false;
  }

  /** A host that was down has neither processes nor files any more. */
  reboot(): void {
    if (this.startedUs !== undefined) {
      this.end(REBOOTED);
      this.last = this.ended;
      this.crashes = 0;
    }
    this.leave();
    this.started = false;
    this.startedUs = undefined;
    this.sidecarsUs = undefined;
    this.volumes.reboot();
    this.companionsUs = undefined;
    this.phase = undefined;
    this.init?.reboot();
  }

  /** What it held on its node is free. */
  release(): void {
    const { nodes, residents } = this.host;
    this.ready = false;
    this.passing = false;
    this.alive = false;
    this.engine?.crash();
    this.engine = undefined;
    if (this.node) residents.delete(this.node, this.pod);
    if (this.podIp !== undefined) this.host.addresses.free(this.node!.name, this.podIp);
    nodes.release(this.placing, this.node);
  }
}

/** As a kubelet reports a container that it finds after a reboot: containerd does not know how it ended. */
const REBOOTED: Ending = { word: "Unknown", exitCode: 255 };

/** What a trigger says of how a process ended. */
export function endingOf(trigger: Trigger | undefined): Ending {
  if (trigger && "ending" in trigger) return trigger.ending;
  return { word: "Error", exitCode: 1 };
}
