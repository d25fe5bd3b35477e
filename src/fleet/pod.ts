// A workload's pod: what it is to others, and what is done to it from outside.

import type { KubeObject } from "../kube/object.ts";
import type { ServingEngine } from "../serving/data_parallel.ts";
import { pullProblem } from "./image_reference.ts";
import type { NetworkPath } from "./network_path.ts";
import type { Node } from "./nodes.ts";
import { PodLife } from "./pod_life.ts";
import { OVER, type PodStage, SILENT } from "./pod_stages.ts";
import type { PodBirth, PodHost, PodTemplate } from "./pod_template.ts";
import { PodWalk } from "./pod_walk.ts";
import { nodeNotReady } from "./pod_words.ts";

const SILENT_STAGES: ReadonlySet<PodStage> = new Set(SILENT);
const ENDS: ReadonlySet<PodStage> = new Set(OVER);

/** Why someone else than its workload deletes it: the reasons of the condition `DisruptionTarget`. */
const DISRUPTIONS = {
  EvictionByEvictionAPI: "Eviction API: evicting",
  DeletionByTaintManager: "Taint manager: deleting due to NoExecute taint",
  TerminationByKubelet: "Pod was terminated by the kubelet",
  DeletionByPodGC: "PodGC: node no longer exists",
} as const;
export type Disruption = keyof typeof DISRUPTIONS;

const ALONE: readonly string[] = [];

export class Pod {
  readonly name: string;
  readonly createdUs: number;
  /** Faults by which an endpoint picker's scrapes do not reach it. */
  unscraped = 0;
  /** What is wrong on the way between it and the gateway; undefined: nothing. */
  path: NetworkPath | undefined;
  readonly #life: PodLife;
  readonly #host: PodHost;
  readonly #walk: PodWalk;

  /** A `birth` that is over skips the start: the pod was up before the run began. */
  constructor(template: PodTemplate, name: string, host: PodHost, birth: PodBirth) {
    const life = new PodLife(this, name, template, host, birth);
    this.#life = life;
    this.#host = host;
    this.#walk = new PodWalk(life, host);
    this.name = name;
    this.createdUs = birth.createdUs;
    host.quotas.add(this);
    if (birth.started && pullProblem(template.image) === undefined) {
      life.place();
      if (life.node) {
        this.#walk.enter(life.wasUp() ? "Ready" : "Dead");
        this.#walk.tell();
      }
    }
    this.#walk.begin();
  }

  get node(): Node | undefined {
    return this.#life.node;
  }

  get engine(): ServingEngine | undefined {
    return this.#life.engine;
  }

  /** Its own server, whether it answers already or is about to. */
  get server(): ServingEngine | undefined {
    const { built } = this.#life;
    return built && "cannotStart" in built ? undefined : built;
  }

  /** The server that computes on its GPUs: of a worker the leader's. */
  get servedBy(): ServingEngine | undefined {
    return this.server ?? this.#life.template.peers?.server();
  }

  get stage(): PodStage {
    return this.#life.stage;
  }

  /** In the endpoints: requests are sent here. */
  get ready(): boolean {
    return this.#life.ready;
  }

  /** Its process answers; a dead one may still be an endpoint for a second. */
  get alive(): boolean {
    return this.#life.alive;
  }

  /** Nothing of it is on a node any more; of one that was evicted the object stays. */
  get gone(): boolean {
    return ENDS.has(this.#life.stage);
  }

  /** Names of other pods whose GPUs are its engine's as well. */
  get workers(): readonly string[] {
    return this.#life.template.peers?.workersOf(this.name) ?? ALONE;
  }

  /** How often its container's process was started. */
  get starts(): number {
    return this.#life.starts;
  }

  /** Deleted, and on its way out. */
  get terminating(): boolean {
    return this.#life.deleting;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#life.template.labels;
  }

  /** Of its container `main`. */
  get image(): string {
    return this.#life.template.image;
  }

  get namespace(): string {
    return this.#life.namespace;
  }

  /** What quotas count. */
  get requests(): PodTemplate["needs"]["requests"] {
    return this.#life.template.needs.requests;
  }

  get priority(): number {
    return this.#life.template.needs.priority;
  }

  /** The LLMInferenceService that it is a pod of. */
  get owner(): KubeObject {
    return this.#life.template.owner;
  }

  /** The image that it waits for while it pulls. */
  get pulling(): string | undefined {
    return this.stage === "Pulling" ? this.#life.images.current.reference : undefined;
  }

  /** What a kubelet and the node controllers read out of its spec. */
  get spec(): PodLife["spec"] {
    return this.#life.spec;
  }

  /** The container's process ended by itself or by a fault. */
  die(message: string, exitCode = 1): void {
    this.#walk.on({ kind: "died", ending: { word: "Error", exitCode, message } });
  }

  /** Its container used more memory than its limit: the kernel kills it. */
  oomKill(): void {
    this.#walk.on({ kind: "died", ending: { word: "OOMKilled", exitCode: 137 } });
  }

  /** The storage initialiser could not fetch the model. */
  failInit(message: string, exitCode = 1): void {
    this.#walk.on({ kind: "initFailed", ending: { word: "Error", exitCode, message } });
  }

  /** The image that it pulls comes no more. */
  failPull(message: string): void {
    this.#walk.on({ kind: "pullFailed", message });
  }

  /** Its server says that it is not ready, and serves what it is sent, until nothing causes that. */
  failReadiness(cause: unknown = this): void {
    this.#life.unready.add(cause);
    this.#walk.on({ kind: "readinessFailed" });
  }

  /** Without a cause: whatever it was. */
  passReadiness(cause?: unknown): void {
    const { unready } = this.#life;
    if (cause === undefined) unready.clear();
    else unready.delete(cause);
    if (unready.size === 0) this.#walk.on({ kind: "readinessPassed" });
  }

  /** Its engine, or its group's, waits for a GPU that does not answer; probes pass. */
  freeze(): void {
    this.#life.freeze();
  }

  /** Its server hangs: it answers neither requests nor probes. */
  stall(): void {
    this.#walk.on({ kind: "stalled" });
  }

  /** The kubelet ends it for want of something on its node, in the eviction manager's words. */
  evict(message: string): void {
    this.#disrupt("TerminationByKubelet");
    this.#walk.on({ kind: "evicted", message });
  }

  /**
   * Deleted or evicted: out of the endpoints at once, gone when idle or when the grace is over, which is
   * the spec's unless said (`kubectl delete --grace-period`; at 0 it is gone at once).
   */
  terminate(by?: Disruption, graceUs?: number): void {
    if (this.terminating || this.gone) return;
    if (graceUs !== undefined) this.#life.graceUs = graceUs;
    this.#delete(by);
    if (!this.#life.silent) this.#walk.on({ kind: "deleted" });
  }

  /** Its kubelet answers again: it tells how the pod is, and does what was asked of it meanwhile. */
  kubeletBack(): void {
    if (this.gone) return;
    this.#walk.tell();
    if (this.terminating) this.#walk.on({ kind: "deleted" });
    this.#walk.kubeletBack.fire();
  }

  /** Its node went silent: requests hang, nobody knows yet. */
  hang(): void {
    this.#walk.on({ kind: "nodeSilent" });
  }

  /** The node controller gave the node up: out of the endpoints, connections break. */
  lose(): void {
    this.nodeNotReady();
    this.#walk.on({ kind: "nodeLost" });
  }

  /** The node controller's: no pod of a node that is not ready is, whatever its kubelet says. */
  nodeNotReady(): void {
    const life = this.#life;
    if (this.gone || !life.nodeReady) return;
    life.nodeReady = false;
    if (life.passing) this.#walk.told(nodeNotReady());
    this.#readinessOf(life.ready, () => void (life.ready = false));
  }

  /** Its node is ready again: what its kubelet says holds. */
  nodeReady(): void {
    const life = this.#life;
    if (this.gone || life.nodeReady) return;
    life.nodeReady = true;
    if (SILENT_STAGES.has(life.stage)) return;
    this.#readinessOf(life.ready, () => void (life.ready = life.passing && !life.deleting));
  }

  #readinessOf(before: boolean, change: () => void): void {
    change();
    this.#walk.tell();
    if (before !== this.#life.ready) this.#host.changed();
  }

  /** Its node is back: a container that was there starts anew, one that was not is made now. */
  comeBack(): void {
    this.nodeReady();
    this.#walk.on({ kind: "nodeBack" });
  }

  /** Deleted while its kubelet is silent: it stays, terminating, until the node is back or removed. */
  remove(by?: Disruption): void {
    if (!this.terminating && !this.gone) this.#delete(by);
  }

  /** Its node is no more: nobody will ever end it, so it is taken out of the API. */
  forget(): void {
    if (!this.terminating && !this.gone) this.#delete("DeletionByPodGC");
    this.#walk.on({ kind: "nodeRemoved" });
  }

  #delete(by: Disruption | undefined): void {
    const life = this.#life;
    life.deletedUs = life.nowUs;
    life.ready = false;
    if (by) this.#disrupt(by);
    this.#walk.tell();
    this.#host.changed();
  }

  #disrupt(reason: Disruption): void {
    this.#life.disruption ??= { reason, message: DISRUPTIONS[reason] };
  }

  /** By which Kubernetes Events and deletions name it. */
  get reference(): PodWalk["reference"] {
    return this.#walk.reference;
  }

  object(): KubeObject {
    return this.#walk.object();
  }
}
