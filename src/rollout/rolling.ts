// A rolling update: a service's spec is another from one moment on, and its workloads' controllers do the rest.

import { z } from "zod";
import { type Act, actWords } from "../fleet/acts.ts";
import type { RolloutPhase } from "../fleet/events.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { STABLE } from "../fleet/revision_names.ts";
import { rolloutWords } from "../fleet/rollout_words.ts";
import type { Service } from "../fleet/service.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import type { Workload } from "../fleet/workload.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  spawn,
  wait,
} from "../sim/process.ts";
import type { RolloutControls } from "./act.ts";
import { type Analysis, AnalysisRun, analysisSchema } from "./analysis.ts";
import { revisionChangeSchema, revisionText } from "./revision_change.ts";

const intOrPercent = z.custom<number | `${number}%`>(
  (value) =>
    typeof value === "string"
      ? /^\d{1,3}%$/.test(value)
      : Number.isSafeInteger(value) && Number(value) >= 0,
  'write a whole number, or percent as "25%"',
);

export const rollingSchema = z.strictObject({
  kind: z.literal("rolling"),
  service: z.string(),
  name: z.string().optional(),
  at: whenSchema,
  to: revisionChangeSchema,
  /** The service's `rolloutStrategy` from then on; what is left out stays. */
  maxSurge: intOrPercent.optional(),
  maxUnavailable: intOrPercent.optional(),
  /** When somebody puts back what was before, as `kubectl rollout undo` does; absent: nobody does. */
  undo: whenSchema.optional(),
  /** Runs beside it until it is through; a failed one undoes it. */
  analysis: analysisSchema.optional(),
  /** Pods that are overdue undo it: else it goes on until somebody does. */
  rollback: z.boolean().default(false),
});

export type Rolling = z.output<typeof rollingSchema>;

/** What is said of one that a person put back. */
const UNDONE = "undone";

/** It is over when all pods are new and available; stuck or slow, it goes on until somebody undoes it. */
export class RollingUpdate implements RolloutControls {
  readonly #id: string;
  readonly #rolling: Rolling;
  readonly #plan: ServicePlan;
  readonly #fleet: Fleet;
  readonly #service: Service;
  readonly #process: ProcessHandle;
  #before: ServicePlan | undefined;
  #told = "";
  #undone = false;

  /** `plan` is what the service is to be; `id` names it in the log. */
  constructor(id: string, rolling: Rolling, plan: ServicePlan, fleet: Fleet) {
    this.#id = id;
    this.#rolling = rolling;
    this.#plan = plan;
    this.#fleet = fleet;
    this.#service = fleet.services.get(rolling.service)!;
    this.#process = spawn(fleet.clock, this.#life());
    if (rolling.undo !== undefined) spawn(fleet.clock, this.#undo(rolling.undo));
  }

  /** Nobody can pause it: KServe puts back what others change in its Deployments. */
  refusal(act: Act): string | undefined {
    const words = `Cannot ${actWords(act)} the rollout`;
    if (act !== "undo") return `${words}: it updates in place and has no steps, undo it instead`;
    if (!this.#before) return `${words}: it has not begun`;
    return this.#undone ? `${words}: it is undone` : undefined;
  }

  act(_act: Act): void {
    this.#interrupt(UNDONE);
  }

  #interrupt(why: string): void {
    // Nothing is undone that has not begun, and nothing twice.
    if (!this.#before || this.#undone) return;
    this.#undone = true;
    this.#process.interrupt(why);
  }

  *#life(): Process {
    const { at, service, analysis } = this.#rolling;
    yield* awaitWhen(at, this.#fleet);
    let run: AnalysisRun | undefined;
    try {
      this.#before = this.#fleet.servicePlan(service);
      this.#fleet.update(this.#plan, this.#id);
      if (analysis) run = this.#analyse(analysis);
      yield* this.#follow("Progressing");
      run?.stop();
      this.#tell("Healthy", this.#words());
      // What was rolled out can still be undone.
      while (true) yield* wait(this.#service.changed);
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
      this.#undone = true;
      run?.stop();
      const why = String(error.cause);
      yield* this.#goBack(why === UNDONE ? why : `${UNDONE}, since ${why}`);
    }
  }

  #analyse(analysis: Analysis): AnalysisRun {
    const run = new AnalysisRun(
      `${this.#id}/${analysis.name}`,
      analysis,
      this.#service.name,
      this.#fleet,
    );
    const watch = function* (this: RollingUpdate): Process {
      if (run.phase === "Running") yield* wait(run.over);
      const failed = run.phase === "Failed" || run.phase === "Error";
      if (failed) this.#interrupt(run.message);
    };
    spawn(this.#fleet.clock, watch.call(this));
    return run;
  }

  *#undo(when: NonNullable<Rolling["undo"]>): Process {
    yield* awaitWhen(when, this.#fleet);
    this.#interrupt(UNDONE);
  }

  /** As `kubectl rollout undo` puts it back. */
  *#goBack(why: string): Process {
    this.#fleet.update(this.#before!, this.#id);
    yield* this.#follow("Progressing", why);
    this.#tell("Healthy", `${why}: ${this.#words()}`, true);
    // Whoever interrupted it again at the same instant is too late.
    while (true) yield* wait(new Signal<never>());
  }

  /** Tells how far it is whenever that changes, until it is through. */
  *#follow(phase: RolloutPhase, undone?: string): Process {
    while (true) {
      const overdue = this.#workloads.some(({ progress }) => progress.overdue);
      const words = this.#words();
      if (this.#workloads.every(isThrough)) return;
      const message = undone === undefined ? words : `${undone}: ${words}`;
      this.#tell(overdue ? "Degraded" : phase, message, undone !== undefined);
      if (overdue && undone === undefined && this.#rolling.rollback) throw new Interrupt(words);
      yield* wait(this.#service.changed);
    }
  }

  get #workloads(): readonly Workload[] {
    return this.#service.revision(STABLE)!.workloads
      .filter(({ plan }) => plan.role !== "scheduler");
  }

  /** Of the first workload that is not through; kubectl's words (`rollout status`). */
  #words(): string {
    const [first] = this.#workloads;
    return statusWords(this.#workloads.find((workload) => !isThrough(workload)) ?? first!);
  }

  #tell(phase: RolloutPhase, message: string, aborted = false): void {
    if (this.#told === `${phase} ${message}`) return;
    this.#told = `${phase} ${message}`;
    this.#fleet.journal.tell({
      kind: "step",
      rollout: this.#id,
      service: this.#rolling.service,
      strategy: "rolling",
      step: 0,
      steps: 1,
      about: aboutRolling(this.#rolling),
      phase,
      aborted,
      message,
    });
  }
}

/** All its replicas are of the present template and available, and no other is left. */
function isThrough({ progress, replicas }: Workload): boolean {
  const { updated, available } = progress;
  return updated === replicas && progress.replicas === replicas && available >= replicas;
}

function statusWords({ name, plan, progress, replicas }: Workload): string {
  const kind = plan.groupSize === undefined ? "deployment" : "leaderworkerset";
  const { updated, available, overdue, replicas: total } = progress;
  return rolloutWords(kind, name, { replicas, updated, total, available, overdue });
}

/** In a few words: `rolling to image x:2, args --x`. */
export function aboutRolling({ to }: Rolling): string {
  return `rolling to ${revisionText(to)}`;
}
