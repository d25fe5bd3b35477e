// How a run came about, as text: its faults, and the Events that tell of services, nodes and rollouts.

import type { FaultState, FleetState, KubeEvent, RolloutState } from "../fleet/state.ts";
import { formatInstant } from "../view/format.ts";
import { table } from "../view/table.ts";
import { rolloutStepText } from "./now_text.ts";
import type { TextOptions } from "./text.ts";

/** A fault is no Kubernetes Event, but the cause of many; of one that happens again the last time is told. */
export function faultStory(
  id: string,
  { beganAt, lastBeganAt = beganAt, times = 1, endedAt, message, targets }: Omit<
    FaultState,
    "type"
  >,
) {
  const again = times === 1 ? "" : `${againText(times, beganAt)}: `;
  const about = again + [message, ...targets].join(", ");
  const begin = { at: lastBeganAt, reason: "FaultBegan", object: id, message: about };
  if (endedAt === undefined) return [begin];
  return [begin, { at: endedAt, reason: "FaultEnded", object: id, message: targets.join(", ") }];
}

/** `the last of 3 times since 2m00s` */
export function againText(times: number, firstUs: number): string {
  return `the last of ${times} times since ${formatInstant(firstUs)}`;
}

/** Of faults that hit nothing: whoever expects something of them is told why it did not come. */
export function idleStory({ at, idleFaults = {} }: NonNullable<FleetState["ended"]>) {
  return Object.entries(idleFaults).map(([object, missed]) => ({
    ...{ at, reason: "FaultWithoutEffect", object },
    message: `${missed} while it was in force`,
  }));
}

/** What became of each rollout, and why. */
export function outcomeLines({ rollouts }: FleetState, { width }: TextOptions): string[] {
  const rows = Object.entries(rollouts).map(([id, rollout]) => {
    const { service, phase, message } = rollout;
    return [id, service, phase, rolloutStepText(rollout), message];
  });
  if (rows.length === 0) return [];
  return ["  rollouts", ...table(rows, { indent: "    ", width, drop: [3] }), ""];
}

/** Of a rolling update no Event tells, but of its pods; a canary's controller tells its own. */
export function rollingStory(id: string, rollout: RolloutState) {
  const { strategy, about, message, startedAt, completedAt, abortedAt, stalledAt } = rollout;
  if (strategy !== "rolling") return [];
  const ended = completedAt ?? abortedAt;
  const now = ended === undefined && message !== "" ? `: ${message}` : "";
  const line = (at: number, reason: string, message: string) => ({
    at,
    reason,
    object: id,
    message,
  });
  return [
    line(startedAt, "RollingUpdateBegan", `${rollout.service}, ${about}${now}`),
    ...(stalledAt === undefined ? [] : [
      line(
        stalledAt,
        "RollingUpdateStalled",
        `${rollout.service}: its progress deadline is over`,
      ),
    ]),
    ...(completedAt === undefined ? [] : [line(completedAt, "RollingUpdateCompleted", message)]),
    ...(abortedAt === undefined ? [] : [line(abortedAt, "RollingUpdateUndone", message)]),
  ];
}

/** What people did about rollouts and in services, or could not. */
export function actionStory(
  { at, action, argument, origin }: NonNullable<FleetState["actions"]>[number],
) {
  const { rollout, service, fault, to, refused } = (argument ?? {}) as Record<
    string,
    string | undefined
  >;
  const object = rollout ?? service ?? fault;
  if (object === undefined) return [];
  const message = refused ??
    (fault !== undefined
      ? `somebody begins ${fault}, by hand`
      : rollout === undefined
      ? `somebody changes ${service}: ${to}`
      : `somebody says ${action} to the rollout of ${service}${origin ? ", by hand" : ""}`);
  return [{ at, reason: refused === undefined ? "Action" : "ActionRefused", object, message }];
}

/** Sources whose Normal events are part of the story; Warnings are, whoever says them. */
const TOLD = new Set([
  "horizontal-pod-autoscaler",
  "keda-operator",
  "llmisvc-controller",
  "node-controller",
  "node-remediation",
  "rollouts-controller",
]);
/** Objects that come and go with a service: it is the service that the story is about. */
const CHILDREN = new Set(["Created", "Updated", "Deleted"]);
const MAX_STORY = 16;

/** Whether a Kubernetes Event is part of the story. */
export function isTold({ type, source, reason }: KubeEvent): boolean {
  return type === "Warning" || TOLD.has(source) && !CHILDREN.has(reason);
}

interface Told {
  readonly at: number;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
}

/**
 * Events, oldest first, of which what an object says again, while nothing else becomes of it, is one, as
 * kubectl counts it: a pod that no quota lets in would take up the whole story.
 */
function counted(events: readonly Told[]): Told[] {
  const objects = new Map<string, { reason: string; said: Map<string, Told[]> }>();
  const groups: Told[][] = [];
  for (const event of events) {
    const { reason, object, message } = event;
    let now = objects.get(object);
    if (now?.reason !== reason) objects.set(object, now = { reason, said: new Map() });
    const same = now.said.get(message);
    if (same) same.push(event);
    else {
      const group = [event];
      now.said.set(message, group);
      groups.push(group);
    }
  }
  return groups.map((group) => {
    const [first, last] = [group[0]!, group.at(-1)!];
    // Before the message, which a narrow terminal cuts off.
    const again = `(x${group.length} until ${formatInstant(last.at)}) ${first.message}`;
    return group.length === 1 ? first : { ...first, message: again };
  });
}

export function storyLines(
  { events, faults, rollouts, actions = [], ended }: FleetState,
  { width }: TextOptions,
): string[] {
  const told = [
    ...Object.entries(faults).flatMap(([id, fault]) => faultStory(id, fault)),
    // Of one instant what somebody did comes before what became of it.
    ...actions.flatMap(actionStory),
    ...Object.entries(rollouts).flatMap(([id, rollout]) => rollingStory(id, rollout)),
    ...counted(events.filter(isTold)),
    ...(ended ? idleStory(ended) : []),
  ].sort((a, b) => a.at - b.at);
  if (told.length === 0) return [];
  const left = told.length - MAX_STORY;
  const rows = told.slice(-MAX_STORY).map(({ at, reason, object, message }) => [
    formatInstant(at),
    reason,
    object.slice(object.lastIndexOf("/") + 1),
    message,
  ]);
  const earlier = left > 0
    ? [`    (${left} earlier ${left === 1 ? "one is" : "ones are"} in the log)`]
    : [];
  return ["  events", ...earlier, ...table(rows, { indent: "    ", width, drop: [2] }), ""];
}
