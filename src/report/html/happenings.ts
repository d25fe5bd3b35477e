// What happens in a run, as a report's timeline and its list of events tell it: faults, steps, checks, warnings.

import type { EventOf, FleetEvent } from "../../fleet/events.ts";
import type { FleetState, KubeEvent } from "../../fleet/state.ts";
import { LATENCIES, RATES, RATIOS } from "../../metrics/names.ts";
import { formatPpm, formatRate, formatUs } from "../../view/format.ts";
import { actionStory, faultStory, idleStory, isTold, rollingStory } from "../story_text.ts";
import type { CheckHistory, FaultSpan, RolloutHistory, StepChange, StoryLine } from "./data.ts";
import type { WeightHistory } from "./data.ts";
import { clipped } from "./text.ts";

/** Entries of each kind: more are no picture, and a page is to stay small. */
export const MOST_HAPPENINGS = 1_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Point = CheckHistory["points"][number];

export class Happenings {
  readonly #faults: Mutable<FaultSpan>[] = [];
  readonly #rollouts = new Map<
    string,
    { readonly service: string; readonly steps: StepChange[] }
  >();
  readonly #checks = new Map<string, Omit<CheckHistory, "points"> & { readonly points: Point[] }>();
  readonly #weights = new Map<string, WeightHistory["changes"][number][]>();
  readonly #told: KubeEvent[] = [];
  #weightChanges = 0;
  #steps = 0;
  #measurements = 0;
  /** What there was more of, by its kind. */
  readonly leftOut = { faults: 0, steps: 0, measurements: 0, events: 0, weights: 0 };

  take(event: FleetEvent): void {
    switch (event.kind) {
      case "fault":
        return this.#fault(event);
      case "step":
        return this.#step(event);
      case "measurement":
        return this.#measurement(event);
      case "weight":
        return this.#weight(event);
      case "event":
        if (!isTold(event)) return;
        if (this.#told.length >= MOST_HAPPENINGS) this.leftOut.events++;
        else this.#told.push(event);
    }
  }

  get faults(): FaultSpan[] {
    return this.#faults;
  }

  get rollouts(): RolloutHistory[] {
    return [...this.#rollouts].map(([id, rollout]) => ({ id: clipped(id), ...rollout }));
  }

  get weights(): WeightHistory[] {
    return [...this.#weights].map(([service, changes]) => ({ service: clipped(service), changes }));
  }

  get measurements(): CheckHistory[] {
    return [...this.#checks.values()];
  }

  /** In order of time; what happened at one instant stands as it was told. */
  story({ rollouts, actions = [], ended }: FleetState): StoryLine[] {
    const line = (type: StoryLine["type"], told: Omit<StoryLine, "type">): StoryLine => ({
      at: told.at,
      type,
      reason: clipped(told.reason),
      object: clipped(told.object.slice(told.object.lastIndexOf("/") + 1)),
      message: clipped(told.message),
    });
    const faults = this.#faults.flatMap(({ endedAt, ...span }) => {
      const fault = { ...span, targets: [...span.targets] };
      return faultStory(fault.id, endedAt === null ? fault : { ...fault, endedAt });
    });
    const rolling = Object.entries(rollouts).flatMap(([id, rollout]) => rollingStory(id, rollout));
    return [
      ...faults.map((told) => line("fault", told)),
      ...actions.flatMap(actionStory).map((told) => line("normal", told)),
      ...rolling.map((told) => line("normal", told)),
      ...this.#told.map((told) => line(told.type === "Warning" ? "warning" : "normal", told)),
      ...(ended ? idleStory(ended) : []).map((told) => line("fault", told)),
    ].sort((a, b) => a.at - b.at);
  }

  #fault({ fault: id, type, phase, targets, message, at }: EventOf<"fault">): void {
    const open = this.#faults.findLast((span) => span.id === clipped(id) && span.endedAt === null);
    if (phase === "end" && open) {
      open.endedAt = at;
      return;
    }
    if (this.#faults.length >= MOST_HAPPENINGS) {
      this.leftOut.faults++;
      return;
    }
    const texts = { id: clipped(id), type: clipped(type), message: clipped(message) };
    this.#faults.push({
      ...texts,
      // A rack's loss has hundreds; a few show which they are.
      targets: targets.length <= 20
        ? targets.map(clipped)
        : [...targets.slice(0, 20).map(clipped), `… ${targets.length - 20} more`],
      beganAt: at,
      endedAt: null,
    });
  }

  #step({ rollout, service, at, step, steps, about, phase, aborted, message }: EventOf<"step">) {
    if (++this.#steps > MOST_HAPPENINGS) {
      this.leftOut.steps++;
      return;
    }
    let known = this.#rollouts.get(rollout);
    if (!known) this.#rollouts.set(rollout, known = { service: clipped(service), steps: [] });
    const change = { at, step, steps, phase, aborted };
    known.steps.push({ ...change, about: clipped(about), message: clipped(message) });
  }

  #weight({ service, at, weights }: EventOf<"weight">): void {
    if (++this.#weightChanges > MOST_HAPPENINGS) {
      this.leftOut.weights++;
      return;
    }
    let changes = this.#weights.get(service);
    if (!changes) this.#weights.set(service, changes = []);
    const named = Object.entries(weights).map(([name, weight]) => [clipped(name), weight] as const);
    changes.push([at, Object.fromEntries(named)]);
  }

  #measurement({ analysis, check, at, phase, value }: EventOf<"measurement">): void {
    if (++this.#measurements > MOST_HAPPENINGS) {
      this.leftOut.measurements++;
      return;
    }
    const id = JSON.stringify([analysis, check]);
    let known = this.#checks.get(id);
    if (!known) {
      known = { analysis: clipped(analysis), check: clipped(check), points: [] };
      this.#checks.set(id, known);
    }
    known.points.push([at, phase, valueText(check, value)]);
  }
}

/** A check is named after its metric first (`ttft p95 below 1500ms of canary`), which has the unit. */
function valueText(check: string, value: number | undefined): string {
  if (value === undefined) return "";
  const [metric = ""] = check.split(" ");
  if (Object.hasOwn(LATENCIES, metric)) return formatUs(value);
  if (Object.hasOwn(RATIOS, metric)) return formatPpm(value);
  if (Object.hasOwn(RATES, metric)) return formatRate(value / 1000);
  return String(value);
}
