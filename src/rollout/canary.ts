// A canary: a second member of the route group that takes weight step by step, as Argo Rollouts does.

import { z } from "zod";
import type { RolloutPhase } from "../fleet/events.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Revision } from "../fleet/revision.ts";
import { CANARY, type Service, STABLE } from "../fleet/service.ts";
import { TIMINGS } from "../fleet/timings.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import { formatDuration } from "../sim/duration.ts";
import { durationSchema } from "../sim/duration_schema.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  sleep,
  spawn,
  wait,
} from "../sim/process.ts";
import { AnalysisRun, analysisSchema } from "./analysis.ts";
import { ownStepSchema, takeOwnStep } from "./own_step.ts";

/** Percent of the route, 0 to 100; the range is checked by `plan`, which can name the service. */
const percent = z.int();

export const stepSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("setWeight"), weight: percent }),
  /** Without a duration it waits for a person's `promote`. */
  z.strictObject({ kind: z.literal("pause"), duration: durationSchema.optional() }),
  /** Exactly one: so many replicas, a share of stable's, or again a match of the traffic weight. */
  z.strictObject({
    kind: z.literal("setCanaryScale"),
    replicas: z.int().min(0).optional(),
    weight: percent.optional(),
    matchTrafficWeight: z.literal(true).optional(),
  }).refine(
    ({ replicas, weight, matchTrafficWeight }) =>
      [replicas, weight, matchTrafficWeight].filter((field) => field !== undefined).length === 1,
    "say exactly one of replicas, weight and matchTrafficWeight",
  ),
  /** Runs to its end before the next step; a failed one aborts. It needs a `count`. */
  z.strictObject({ kind: z.literal("analysisStep"), analysis: analysisSchema }),
  ownStepSchema,
]);

export type Step = z.output<typeof stepSchema>;

export const canarySchema = z.strictObject({
  kind: z.literal("canary"),
  service: z.string(),
  name: z.string().optional(),
  at: whenSchema,
  to: z.strictObject({ image: z.string().min(1) }),
  steps: z.array(stepSchema).min(1),
  /** Runs beside the steps from the first weight that is in force. */
  analysis: analysisSchema.optional(),
});

export type Canary = z.output<typeof canarySchema>;

/** Starts the rollout's controller; `id` names it in the log. */
export function startCanary(id: string, canary: Canary, fleet: Fleet): void {
  new CanaryController(id, canary, fleet);
}

class CanaryController {
  readonly #id: string;
  readonly #canary: Canary;
  readonly #fleet: Fleet;
  readonly #service: Service;
  readonly #process: ProcessHandle;
  #revision: Revision | undefined;
  #background: AnalysisRun | undefined;
  #step = -1;
  #weight = 0;
  #scaleFollowsWeight = true;

  constructor(id: string, canary: Canary, fleet: Fleet) {
    this.#id = id;
    this.#canary = canary;
    this.#fleet = fleet;
    this.#service = fleet.services.get(canary.service)!;
    this.#process = spawn(fleet.clock, this.#life());
  }

  *#life(): Process {
    const { at, service, to, steps } = this.#canary;
    yield* awaitWhen(at, this.#fleet);
    this.#revision = this.#fleet.addMember(service, CANARY, to.image);
    this.#tell("Progressing", `canary of image ${to.image}`);
    this.#event(
      "Normal",
      "RolloutUpdated",
      `Rollout updated to revision canary, image ${to.image}`,
    );
    try {
      for (const [index, step] of steps.entries()) {
        this.#step = index;
        this.#tell(step.kind === "pause" ? "Paused" : "Progressing", "");
        yield* this.#take(step, index);
        this.#event(
          "Normal",
          "RolloutStepCompleted",
          `Step ${index + 1}/${steps.length} completed (${about(step)})`,
        );
      }
      yield* this.#promote();
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
      yield* this.#abort(String(error.cause));
    }
  }

  *#take(step: Step, index: number): Process {
    switch (step.kind) {
      case "setWeight":
        if (this.#scaleFollowsWeight) this.#scale(this.#replicasFor(step.weight));
        yield* this.#awaitReady();
        this.#setWeight(step.weight);
        this.#startBackground();
        return;
      case "pause":
        if (step.duration === undefined) yield* wait(new Signal<never>());
        else yield* sleep(step.duration);
        return;
      case "setCanaryScale":
        this.#scaleFollowsWeight = step.matchTrafficWeight === true;
        this.#scale(step.replicas ?? this.#replicasFor(step.weight ?? this.#weight));
        yield* this.#awaitReady();
        return;
      case "analysisStep": {
        const { service } = this.#canary;
        const run = new AnalysisRun(`${this.#id}/${index}`, step.analysis, service, this.#fleet);
        try {
          if (run.phase === "Running") yield* wait(run.over);
        } finally {
          run.stop(); // The background analysis may have ended the rollout first.
        }
        if (run.phase !== "Successful") throw new Interrupt(run.message);
        return;
      }
      case "own":
        return yield* takeOwnStep(step, `${this.#id}/${index}`, this.#fleet);
    }
  }

  /** Argo's rule: the canary has the weight's share of stable's replicas, rounded up. */
  #replicasFor(weight: number): number {
    return Math.ceil(weight * this.#service.revision(STABLE)!.replicas / 100);
  }

  #scale(replicas: number): void {
    this.#service.scale(this.#revision!, replicas, this.#id);
  }

  *#awaitReady(): Process {
    const revision = this.#revision!;
    // A stopped service's canary is stopped too, and ready when both are resumed.
    while (this.#service.stopped || !revision.complete) yield* wait(this.#service.changed);
  }

  #setWeight(weight: number): void {
    // The last step may have brought all traffic already, the abort may come before any.
    const known = this.#service.weights[CANARY] === weight;
    this.#weight = weight;
    this.#service.setWeights({ [STABLE]: 100 - weight, [CANARY]: weight });
    if (known) return;
    this.#event("Normal", "TrafficWeightUpdated", `Traffic weight of canary is now ${weight}`);
  }

  #startBackground(): void {
    const { analysis, service } = this.#canary;
    if (!analysis || this.#background) return;
    const run = new AnalysisRun(`${this.#id}/${analysis.name}`, analysis, service, this.#fleet);
    this.#background = run;
    const process = this.#process;
    spawn(
      this.#fleet.clock,
      (function* () {
        if (run.phase === "Running") yield* wait(run.over);
        if (run.phase !== "Successful") process.interrupt(run.message);
      })(),
    );
  }

  /** Traffic back to stable at once; the canary's pods go after Argo's 30 s. The spec stays. */
  *#abort(why: string): Process {
    const run = this.#background;
    if (run && run.phase !== "Running") {
      this.#event(
        "Warning",
        `AnalysisRun${run.phase}`,
        `Background Analysis Run '${run.id}' Status New: '${run.phase}'`,
      );
    }
    const message = `RolloutAborted: Rollout aborted update to revision canary: ${why}`;
    this.#setWeight(0);
    this.#tell("Degraded", message, true);
    this.#event("Warning", "RolloutAborted", message);
    run?.stop();
    yield* sleep(TIMINGS.scaleDownUs);
    this.#scale(0);
  }

  /** The canary is the service from now on; the old member keeps no replicas. */
  *#promote(): Process {
    this.#scale(Math.max(this.#revision!.replicas, this.#service.revision(STABLE)!.replicas));
    yield* this.#awaitReady();
    this.#setWeight(100);
    this.#background?.stop();
    this.#tell("Healthy", "");
    this.#event("Normal", "RolloutCompleted", "Rollout completed update to revision canary");
    yield* sleep(TIMINGS.scaleDownUs);
    this.#service.scale(this.#service.revision(STABLE)!, 0, this.#id);
  }

  #tell(phase: RolloutPhase, message: string, aborted = false): void {
    const { service, steps } = this.#canary;
    const step = steps[this.#step];
    this.#fleet.journal.tell({
      kind: "step",
      rollout: this.#id,
      service,
      step: this.#step,
      steps: steps.length,
      about: step ? about(step) : "start",
      phase,
      aborted,
      message,
    });
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#fleet.journal.event(type, reason, this.#revision!.object, message, "rollouts-controller");
  }
}

/** A step in a few words: `setWeight 25`, `pause 5m`. */
export function about(step: Step): string {
  switch (step.kind) {
    case "setWeight":
      return `setWeight ${step.weight}`;
    case "pause":
      return step.duration === undefined ? "pause" : `pause ${formatDuration(step.duration)}`;
    case "setCanaryScale":
      return `setCanaryScale ${
        step.replicas ?? (step.weight === undefined ? "matchTrafficWeight" : `${step.weight}%`)
      }`;
    case "analysisStep":
      return `analysis ${step.analysis.name}`;
    case "own":
      return step.policy;
  }
}
