// How a pod walks through the table of its life: when rows are crossed, and what is told of it then.

import type { KubeObject } from "../kube/object.ts";
import { type EventHandle, PRIORITY } from "../sim/clock.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  spawn,
  wait,
} from "../sim/process.ts";
import type { PodLife } from "./pod_life.ts";
import { PodObjects } from "./pod_object.ts";
import { startupBudgetUs } from "./pod_probing.ts";
import {
  OVER,
  type PodStage,
  SILENT,
  STARTING,
  type Told,
  type Transition,
  type Trigger,
  UNPLACED,
} from "./pod_stages.ts";
import { nextRow, rowOn } from "./pod_table.ts";
import type { PodHost } from "./pod_template.ts";

/** Stages that no kubelet has told of: the API shows what was so before. */
const UNSEEN: ReadonlySet<PodStage> = new Set([...SILENT, "Dead"]);
/** A container has ended. */
const ENDED: ReadonlySet<PodStage> = new Set(["Terminated", "InitError"]);
const COMING_UP: ReadonlySet<PodStage> = new Set(STARTING);
const ENDS: ReadonlySet<PodStage> = new Set(OVER);

/** What a container does by itself, with or without its kubelet. */
const BY_ITSELF: ReadonlySet<PodStage> = new Set(["Importing", "Loading", "Initialising"]);
/** Which the scheduler tells of. */
const WITHOUT_NODE: ReadonlySet<PodStage> = new Set(UNPLACED);

export class PodWalk {
  /** Its kubelet answers again. */
  readonly kubeletBack = new Signal<void>();
  readonly #life: PodLife;
  readonly #host: PodHost;
  readonly #objects: PodObjects;
  #process: ProcessHandle | undefined;
  #seen: PodStage = "Pending";
  #begun = false;
  /** On their way to it. */
  #triggers = 0;
  #startupFails: EventHandle | undefined;

  constructor(life: PodLife, host: PodHost) {
    this.#life = life;
    this.#host = host;
    this.#objects = new PodObjects(life);
  }

  begin(): void {
    this.#process = spawn(this.#host.clock, this.#steps());
  }

  get #gone(): boolean {
    return ENDS.has(this.#life.stage);
  }

  /**
   * What comes from outside takes it out of the delay of its stage, if it changes anything there. While
   * something of this instant is on its way to it, the stage is not known yet: then it is read after that.
   */
  on(trigger: Trigger): void {
    const row = rowOn(this.#life, trigger);
    if (!row && this.#triggers === 0) return;
    if (this.#begun) {
      this.#triggers++;
      this.#process!.interrupt(trigger);
    } else if (row) this.#cross(row, trigger);
  }

  *#steps(): Process {
    this.#begun = true;
    const life = this.#life;
    if (life.stage === "Pending") {
      this.tell();
      life.place();
    }
    while (!this.#gone) {
      try {
        const row = this.#next();
        if (row) {
          if (row.takes) yield* row.takes(life);
          if (this.#held) yield* wait(this.kubeletBack);
          this.#cross(row, undefined);
        } else yield* wait(this.kubeletBack);
      } catch (error) {
        if (!(error instanceof Interrupt)) throw error;
        this.#triggers--;
        const trigger = error.cause as Trigger;
        const row = rowOn(life, trigger);
        if (row) this.#cross(row, trigger);
      }
    }
  }

  /** Its kubelet is silent: nothing becomes of it that is not by itself. */
  get #held(): boolean {
    const { silent, stage } = this.#life;
    return silent && !BY_ITSELF.has(stage) && !WITHOUT_NODE.has(stage);
  }

  /** What comes about next. */
  #next(): Transition | undefined {
    return this.#held ? undefined : nextRow(this.#life);
  }

  #cross(row: Transition, trigger: Trigger | undefined): void {
    const life = this.#life;
    const { ready, silent } = life;
    row.does?.(life, trigger);
    this.enter(row.to);
    const { journal, changed } = this.#host;
    if (!silent) this.told(row.tells?.(life) ?? []);
    // What follows at once is told with it; that a container ended is told before the next one starts.
    const next = this.#next();
    if (ENDS.has(row.to)) this.#host.quotas.remove(life.pod);
    if (row.to === "Gone") journal.delete(this.reference);
    else if (!silent && (!next || next.takes || ENDED.has(row.to))) this.tell();
    if (ready !== life.ready || this.#gone) changed();
  }

  told(events: readonly Told[]): void {
    for (const [type, reason, message, source] of events) {
      this.#host.journal.event(type, reason, this.reference, message, source);
    }
  }

  enter(stage: PodStage): void {
    this.#life.stage = stage;
    if (!UNSEEN.has(stage)) this.#seen = stage;
    if (!COMING_UP.has(stage)) this.#endStartup();
    else if (stage === "Importing") this.#beginStartup();
  }

  /** After all else of its instant: who is ready just then is not killed. */
  #beginStartup(): void {
    this.#endStartup();
    const us = startupBudgetUs(this.#life);
    if (!Number.isFinite(us)) return;
    const { clock } = this.#host;
    const fail = () => {
      // Nobody asks: as much patience again.
      if (this.#life.silent) this.#startupFails = clock.after(us, fail, PRIORITY.observer);
      else this.on({ kind: "startupFailed" });
    };
    this.#startupFails = clock.after(us, fail, PRIORITY.observer);
  }

  #endStartup(): void {
    if (this.#startupFails) this.#host.clock.cancel(this.#startupFails);
    this.#startupFails = undefined;
  }

  /** By which Kubernetes Events and deletions name it. */
  get reference() {
    const { name, namespace } = this.#life;
    return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace } };
  }

  tell(): void {
    this.#host.journal.apply(this.object());
  }

  object(): KubeObject {
    return this.#objects.object(this.#seen);
  }
}
