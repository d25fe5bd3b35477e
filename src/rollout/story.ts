// What a rollout by a further member tells: its steps and phases, and the Events of its controller.

import type { EventReason } from "../fleet/event_reasons.ts";
import type { RolloutPhase } from "../fleet/events.ts";
import type { AnalysisRun } from "./analysis.ts";
import type { Members } from "./members.ts";
import { revisionText } from "./revision_change.ts";
import { type Script, scriptText } from "./script.ts";
import { about, kindOfStep } from "./steps/steps.ts";

export class RolloutStory {
  /** The step that it is in; -1 before the first. */
  step = -1;
  readonly #id: string;
  readonly #script: Script;
  readonly #members: Members;

  constructor(id: string, script: Script, members: Members) {
    this.#id = id;
    this.#script = script;
    this.#members = members;
  }

  begin(): void {
    const { revision, to } = this.#script;
    this.step = -1;
    this.tell("Progressing", scriptText(this.#script));
    const message = `Rollout updated to revision ${revision}, ${revisionText(to)}`;
    this.event("Normal", "RolloutUpdated", message);
  }

  /** The step that it is in, again where it was told already. */
  tellStep(): void {
    const step = this.#script.steps[this.step];
    const paused = step !== undefined && (kindOfStep(step).pauses?.(step) ?? false);
    this.tell(paused ? "Paused" : "Progressing", "");
  }

  stepCompleted(): void {
    const { steps } = this.#script;
    const number = `Step ${this.step + 1}/${steps.length} completed`;
    this.event("Normal", "RolloutStepCompleted", `${number} (${about(steps[this.step]!)})`);
  }

  /** An analysis run that was not Successful, as Argo's controller tells it. */
  analysisEnded({ id, phase }: AnalysisRun, what = this.#ofStep()): void {
    if (phase === "Pending" || phase === "Running" || phase === "Successful") return;
    const type = phase === "Inconclusive" ? "Normal" : "Warning";
    const message = `${what} Analysis Run '${id}' Status New: '${phase}'`;
    this.event(type, `AnalysisRun${phase}`, message);
  }

  /** What Argo's Events call an analysis that a step waits for. */
  #ofStep(): string {
    if (this.#script.strategy !== "blueGreen") return "Step";
    return this.#members.weight === 0 ? "PrePromotion" : "PostPromotion";
  }

  weight(weight: number): void {
    const { revision } = this.#script;
    this.event("Normal", "TrafficWeightUpdated", `Traffic weight of ${revision} is now ${weight}`);
  }

  tell(phase: RolloutPhase, message: string, aborted = false): void {
    const { service, steps, strategy } = this.#script;
    const step = steps[this.step];
    this.#members.fleet.journal.tell({
      kind: "step",
      rollout: this.#id,
      service,
      // Of a canary the log has never said it.
      ...(strategy === "canary" ? {} : { strategy }),
      step: this.step,
      steps: steps.length,
      about: step ? about(step) : "start",
      phase,
      aborted,
      message,
    });
  }

  event(type: "Normal" | "Warning", reason: EventReason, message: string): void {
    const { fleet, revision } = this.#members;
    fleet.journal.event(type, reason, revision.object, message, "rollouts-controller");
  }
}
