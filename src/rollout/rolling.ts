// A rolling update: a service's spec is another from one moment on, and its workloads' controllers do the rest.

import { z } from "zod";
import type { RolloutPhase } from "../fleet/events.ts";
import type { Fleet, ServicePlan } from "../fleet/fleet.ts";
import { type Service, STABLE } from "../fleet/service.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import type { Workload } from "../fleet/workload.ts";
import { Interrupt, type Process, type ProcessHandle, spawn, wait } from "../sim/process.ts";

const intOrPercent = z.custom<number | `${number}%`>(
  (value) =>
    typeof value === "string"
      ? /^\d{1,3}%$/.test(value)
      : Number.isSafeInteger(value) && Number(value) >= 0,
  'write a whole number, or percent as "25%"',
);

/** What changes about the pods of one workload; what is left out stays. */
const podChange = {
  image: z.string().min(1).optional(),
  /** All arguments of the container `main`, instead of those that it has. */
  args: z.array(z.string()).optional(),
  /** Its resources, as a container has them. */
  resources: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
    .optional(),
  replicas: z.int().min(0).optional(),
};

export const rollingSchema = z.strictObject({
  kind: z.literal("rolling"),
  service: z.string(),
  name: z.string().optional(),
  at: whenSchema,
  to: z.strictObject({ ...podChange, prefill: z.strictObject(podChange).optional() })
    .refine(
      (to) => Object.keys(to).length > 0,
      "say what changes: image, args, resources, replicas",
    ),
  /** The service's `rolloutStrategy` from then on; what is left out stays. */
  maxSurge: intOrPercent.optional(),
  maxUnavailable: intOrPercent.optional(),
  /** When somebody puts back what was before, as `kubectl rollout undo` does; absent: nobody does. */
  undo: whenSchema.optional(),
});

export type Rolling = z.output<typeof rollingSchema>;

/** What `to` says of the pods of one workload. */
export type PodChange = Omit<Rolling["to"], "prefill">;

/** Starts it: `plan` is what the service is to be; `id` names it in the log. */
export function startRolling(id: string, rolling: Rolling, plan: ServicePlan, fleet: Fleet): void {
  new RollingUpdate(id, rolling, plan, fleet);
}

/** It is over when all pods are new and available; stuck or slow, it goes on until somebody undoes it. */
class RollingUpdate {
  readonly #id: string;
  readonly #rolling: Rolling;
  readonly #plan: ServicePlan;
  readonly #fleet: Fleet;
  readonly #service: Service;
  readonly #process: ProcessHandle;
  #before: ServicePlan | undefined;
  #told = "";

  constructor(id: string, rolling: Rolling, plan: ServicePlan, fleet: Fleet) {
    this.#id = id;
    this.#rolling = rolling;
    this.#plan = plan;
    this.#fleet = fleet;
    this.#service = fleet.services.get(rolling.service)!;
    this.#process = spawn(fleet.clock, this.#life());
    if (rolling.undo !== undefined) spawn(fleet.clock, this.#undo(rolling.undo));
  }

  *#life(): Process {
    yield* awaitWhen(this.#rolling.at, this.#fleet);
    try {
      this.#before = this.#fleet.servicePlan(this.#rolling.service);
      this.#fleet.update(this.#plan, this.#id);
      yield* this.#follow("Progressing");
      this.#tell("Healthy", this.#words());
      // What was rolled out can still be undone.
      while (true) yield* wait(this.#service.changed);
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
      yield* this.#goBack();
    }
  }

  *#undo(when: NonNullable<Rolling["undo"]>): Process {
    yield* awaitWhen(when, this.#fleet);
    // Nothing is undone that has not begun.
    if (this.#before) this.#process.interrupt("undone");
  }

  *#goBack(): Process {
    this.#fleet.update(this.#before!, this.#id);
    yield* this.#follow("Degraded", true);
    this.#tell("Degraded", `undone: ${this.#words()}`, true);
  }

  /** Tells how far it is whenever that changes, until it is through. */
  *#follow(phase: RolloutPhase, undone = false): Process {
    while (true) {
      const overdue = this.#workloads.some(({ progress }) => progress.overdue);
      const words = this.#words();
      if (this.#workloads.every(isThrough)) return;
      this.#tell(overdue ? "Degraded" : phase, undone ? `undone: ${words}` : words, undone);
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

/** As `kubectl rollout status` says it of a Deployment (`DeploymentStatusViewer.Status`). */
function statusWords({ name, plan, progress, replicas }: Workload): string {
  const kind = plan.groupSize === undefined ? "deployment" : "leaderworkerset";
  const waiting = `Waiting for ${kind} "${name}" rollout to finish:`;
  const { updated, available, overdue } = progress;
  if (overdue) return `${kind} "${name}" exceeded its progress deadline`;
  if (updated < replicas) {
    return `${waiting} ${updated} out of ${replicas} new replicas have been updated...`;
  }
  if (progress.replicas > updated) {
    return `${waiting} ${progress.replicas - updated} old replicas are pending termination...`;
  }
  if (available < updated) {
    return `${waiting} ${available} of ${updated} updated replicas are available...`;
  }
  return `${kind} "${name}" successfully rolled out`;
}

/** In a few words: `rolling to image x:2, 3 args`. */
export function aboutRolling({ to: { prefill, ...main } }: Rolling): string {
  const parts = [
    ...changeWords(main),
    ...changeWords(prefill ?? {}).map((part) => `prefill ${part}`),
  ];
  return `rolling to ${parts.join(", ")}`;
}

function changeWords({ image, args, resources, replicas }: PodChange): string[] {
  return [
    ...(image === undefined ? [] : [`image ${image}`]),
    ...(args === undefined ? [] : [`args ${args.join(" ")}`]),
    ...(resources === undefined ? [] : ["other resources"]),
    ...(replicas === undefined ? [] : [`${replicas} replicas`]),
  ];
}
