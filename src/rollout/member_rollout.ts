// The controller of a rollout by a further member: its steps one after the other, and what people do about it.

import { type Act, actWords } from "../fleet/acts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { Revision } from "../fleet/revision.ts";
import { awaitWhen } from "../fleet/when.ts";
import {
  Interrupt,
  type Process,
  type ProcessHandle,
  Signal,
  sleep,
  spawn,
  wait,
} from "../sim/process.ts";
import { actRefusal, type RolloutControls, type Standing } from "./act.ts";
import type { AnalysisRun } from "./analysis.ts";
import { RolloutAnalyses } from "./background.ts";
import { Members } from "./members.ts";
import type { Script } from "./script.ts";
import type { NamedAnalysis, SteppedRollout } from "./step.ts";
import { type AnyStep, kindOfStep } from "./steps/steps.ts";
import { RolloutStory } from "./story.ts";

/** What interrupts the stage that a rollout is in. */
type Command =
  | { readonly kind: "skip" | "full" | "retry" | "undo" }
  | { readonly kind: "abort"; readonly why: string };

/** A part of a rollout's life, and the one that follows it. */
interface Stage {
  (): Process<Stage>;
}

/** Argo's message where people hold a rollout, and where its analysis could not tell. */
const HELD = "paused by a person";
const INCONCLUSIVE = "InconclusiveAnalysisRun";

/** The new revision is planned as `plan`; `id` names the rollout in the log. */
export class MemberRollout implements RolloutControls, SteppedRollout {
  readonly members: Members;
  readonly #id: string;
  readonly #script: Script;
  readonly #fleet: Fleet;
  readonly #process: ProcessHandle;
  readonly #analyses: RolloutAnalyses;
  readonly #story: RolloutStory;
  #standing: Standing = "has not begun";
  #command: Command | undefined;
  /** Why the next step does not begin. */
  #held: string | undefined;
  readonly #released = new Signal();

  constructor(id: string, script: Script, plan: ServicePlan, fleet: Fleet) {
    const { service, revision, to, dynamicStableScale, progressDeadline } = script;
    this.#id = id;
    this.#script = script;
    this.#fleet = fleet;
    this.members = new Members({
      ...{ id, service, revision, plan, dynamicStableScale },
      replicas: to.replicas,
      progressDeadlineUs: progressDeadline,
      onOverdue: (revision, overdue) => this.#onOverdue(revision, overdue),
      onWeight: (weight) => this.#story.weight(weight),
    }, fleet);
    this.#analyses = new RolloutAnalyses(id, service, fleet, (run) => this.#onBackgroundEnd(run));
    this.#story = new RolloutStory(id, script, this.members);
    this.#process = spawn(fleet.clock, this.#life());
  }

  refusal(act: Act): string | undefined {
    if (this.#command) {
      return `Cannot ${actWords(act)} the rollout: it does something else just now`;
    }
    return actRefusal(act, this.#standing, this.#held !== undefined);
  }

  act(act: Act): void {
    switch (act) {
      case "promote":
        if (this.#held === undefined) return this.#order({ kind: "skip" });
        return this.#release();
      case "promoteFull":
        return this.#order({ kind: "full" });
      case "abort":
        return this.#order({ kind: "abort", why: "" });
      case "pauseRollout":
        return this.hold(HELD);
      case "resume":
        return this.#release();
      default:
        return this.#order({ kind: act });
    }
  }

  /** The next step does not begin before a person says so. */
  hold(why: string): void {
    this.#held = why;
    this.#story.tell("Paused", why);
  }

  #release(): void {
    this.#held = undefined;
    this.#story.tellStep();
    this.#released.fire();
  }

  /** It can be aborted; what was commanded at this instant goes first. */
  get #underWay(): boolean {
    return !this.#command &&
      (this.#standing === "is in its steps" || this.#standing === "is through its steps");
  }

  #order(command: Command): void {
    this.#command = command;
    this.#process.interrupt(command.kind);
  }

  *#life(): Process {
    yield* awaitWhen(this.#script.at, this.#fleet);
    let stage: Stage = () => this.#attempt();
    while (true) stage = yield* stage();
  }

  /** Goes on with what is under way until it ends, or is commanded otherwise. */
  *#heed(process: Process): Process<Command | undefined> {
    try {
      yield* process;
      return undefined;
    } catch (error) {
      if (!(error instanceof Interrupt)) throw error;
      const command = this.#command;
      this.#command = undefined;
      return command ?? { kind: "abort", why: String(error.cause) };
    }
  }

  /** All steps, and what follows the last one. */
  *#attempt(): Process<Stage> {
    const { steps, ends, revision } = this.#script;
    this.#analyses.again();
    this.members.make();
    this.#story.begin();
    this.#standing = "is in its steps";
    for (const [index, step] of steps.entries()) {
      this.#story.step = index;
      const command = yield* this.#heed(this.#take(step));
      if (command && command.kind !== "skip") return this.#follow(command);
      this.#story.stepCompleted();
    }
    if (ends === "promote") return () => this.#promote();
    // It was looked at and goes.
    return () => this.#complete(`, revision ${revision} is removed`, () => this.members.scale(0));
  }

  #follow(command: Command): Stage {
    switch (command.kind) {
      case "abort":
        return () => this.#abort(command.why);
      case "undo":
        return () => this.#undo();
      case "retry":
        return () => this.#attempt();
      default:
        this.#analyses.background?.stop();
        return () => this.#promote();
    }
  }

  *#take(step: AnyStep): Process {
    this.#story.tellStep();
    const { startingStep, endingStep } = this.#script;
    if (startingStep === this.#story.step) this.#startBackground();
    if (endingStep === this.#story.step) this.#analyses.background?.stop();
    const process = kindOfStep(step).take(step, this);
    if (process) yield* process;
    while (this.#held !== undefined) yield* wait(this.#released);
  }

  get stepId(): string {
    return `${this.#id}/${this.#story.step}`;
  }

  *analyse(analyses: readonly NamedAnalysis[], durationUs?: number): Process {
    const step = String(this.#story.step);
    const named = analyses.map(({ analysis, name }, index) => ({
      analysis,
      name: name ?? (index === 0 ? step : `${step}.${analysis.name}`),
    }));
    const ended = yield* this.#analyses.runAll(named, durationUs);
    if (ended) this.#story.analysisEnded(ended);
    if (ended?.phase === "Inconclusive") this.hold(INCONCLUSIVE);
    else if (ended) throw new Interrupt(ended.message);
  }

  setWeight(weight: number): void {
    this.members.setWeight(weight);
    if (this.#script.startingStep === undefined) this.#startBackground();
  }

  #startBackground(): void {
    if (this.#script.analysis) this.#analyses.startBackground(this.#script.analysis);
  }

  #onBackgroundEnd(run: AnalysisRun): void {
    if (!this.#underWay) return;
    if (run.phase !== "Inconclusive") return this.#order({ kind: "abort", why: run.message });
    this.#story.analysisEnded(run, "Background");
    if (this.#standing === "is in its steps") this.hold(INCONCLUSIVE);
  }

  /** Traffic back to stable at once; the new revision's pods go after a delay. The spec stays. */
  *#abort(why: string): Process<Stage> {
    const { revision, abortScaleDownDelay: delay, rollback, dynamicStableScale } = this.#script;
    this.#standing = "is aborted";
    this.#held = undefined;
    const run = this.#analyses.background;
    const failed = run?.phase === "Failed" || run?.phase === "Error";
    if (failed) this.#story.analysisEnded(run, "Background");
    const reason = why === "" ? "" : `: ${why}`;
    const message = `RolloutAborted: Rollout aborted update to revision ${revision}${reason}`;
    this.members.mirror(0);
    if (!dynamicStableScale) this.members.setWeight(0);
    this.#story.tell("Degraded", message, true);
    this.#story.event("Warning", "RolloutAborted", message);
    run?.stop();
    if (rollback) return () => this.#undo();
    const command = yield* this.#heed(this.#leave(delay));
    return this.#follow(command!);
  }

  /** Stable takes the traffic back; the new revision's pods go after a delay, none if that is 0. */
  *#leave(delayUs: number): Process {
    if (this.#script.dynamicStableScale) yield* this.members.giveBack();
    if (delayUs > 0) {
      yield* sleep(delayUs);
      this.members.scale(0);
    }
    yield* wait(new Signal<never>());
  }

  /** The new revision is the service from now on; the old member keeps no replicas. */
  *#promote(): Process<Stage> {
    const { members } = this;
    this.#standing = "is through its steps";
    this.#held = undefined;
    const command = yield* this.#heed(members.takeOver());
    if (command) return this.#follow(command);
    const { revision } = this.#script;
    return () => this.#complete(` update to revision ${revision}`, () => members.retireStable());
  }

  /** `retire` takes the pods of a revision that is no longer needed. */
  *#complete(what: string, retire: () => void): Process<Stage> {
    const { scaleDownDelay } = this.#script;
    this.#analyses.background?.stop();
    this.#standing = "is completed";
    this.#story.tell("Healthy", "");
    this.#story.event("Normal", "RolloutCompleted", `Rollout completed${what}`);
    const command = yield* this.#heed((function* () {
      yield* sleep(scaleDownDelay);
      retire();
      yield* wait(new Signal<never>());
    })());
    return this.#follow(command!);
  }

  /** The spec is what it was before; where the old pods are gone, they come first. */
  *#undo(): Process<Stage> {
    const { members } = this;
    const { scaleDownDelay } = this.#script;
    this.#standing = "is undone";
    this.#held = undefined;
    this.#analyses.background?.stop();
    yield* this.#heed(this.#goBack());
    this.#story.tell("Healthy", "undone: the spec is what it was before", true);
    this.#story.event("Normal", "RolloutUndone", "Rollout is back at revision stable");
    yield* sleep(scaleDownDelay);
    members.scale(0);
    while (true) yield* this.#heed(wait(new Signal<never>()));
  }

  *#goBack(): Process {
    const { members } = this;
    members.mirror(0);
    members.reviveStable();
    if (members.weight === 0) return;
    this.#story.tell("Progressing", "undo", true);
    yield* members.awaitReady(members.stable);
    members.setWeight(0);
  }

  #onOverdue(revision: Revision, overdue: boolean): void {
    const message = `ReplicaSet "${revision.main.replicaSet}" has timed out progressing.`;
    if (!overdue) return this.#story.tellStep();
    if (this.#script.progressDeadlineAbort && this.#underWay) throw new Interrupt(message);
    this.#story.tell("Degraded", `ProgressDeadlineExceeded: ${message}`);
    this.#story.event("Warning", "ProgressDeadlineExceeded", message);
  }
}
