// What a person changes in a service while it runs, as `kubectl` would: its weight, a mirror, whether it is there.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import { STABLE } from "../fleet/revision_names.ts";
import { MAX_WEIGHT } from "../fleet/route_members.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import { spawn } from "../sim/process.ts";

/** As many as a service of a scenario may have. */
const MAX_REPLICAS = 10_000;

export const changeSchema = z.strictObject({
  kind: z.literal("change"),
  service: z.string(),
  name: z.string().optional(),
  when: whenSchema,
  /** `spec.router.route.weight`: a proportion within the route group. */
  weight: z.int().min(0).max(MAX_WEIGHT).optional(),
  /** `spec.replicas`; where an autoscaler decides on them, that is within its bounds. */
  replicas: z.int().min(0).max(MAX_REPLICAS).optional(),
  /** The annotation `serving.kserve.io/stop`, put there or taken away. */
  stopped: z.boolean().optional(),
  /** As by `kubectl delete`. */
  deleted: z.literal(true).optional(),
  /** An HTTPRoute's RequestMirror: copies of so many percent of the requests go to another service. */
  mirror: z.strictObject({
    to: z.string(),
    percent: z.number().min(0).max(100),
  }).optional(),
}).refine(
  ({ weight, replicas, stopped, deleted, mirror }) =>
    [weight, replicas, stopped, deleted, mirror].some((each) => each !== undefined),
  { message: "say what changes: weight, replicas, mirror, stopped or deleted" },
);

export type Change = z.output<typeof changeSchema>;

/** Waits for the time of the change, tells it and makes it. */
export function startChange(change: Change, fleet: Fleet): void {
  spawn(
    fleet.clock,
    (function* () {
      yield* awaitWhen(change.when, fleet);
      make(change, fleet);
    })(),
  );
}

function make(change: Change, fleet: Fleet): void {
  const { service: name, weight, replicas, stopped, deleted, mirror } = change;
  const service = fleet.services.get(name)!;
  const refused = service.deleted ? { refused: "Cannot change the service: it is deleted" } : {};
  fleet.journal.tell({
    kind: "action",
    action: "change",
    argument: { service: name, to: changeText(change), ...refused },
  });
  if (service.deleted) return;
  if (weight !== undefined) service.setWeight(STABLE, weight);
  if (replicas !== undefined) service.scale(service.revision(STABLE)!, replicas, "spec");
  if (mirror) {
    service.setMirror(fleet.services.get(mirror.to)!.revision(STABLE)!, mirror.percent);
  }
  if (stopped !== undefined) stopped ? service.stop() : service.resume();
  if (deleted) service.delete();
}

/** A change in a few words: `weight 7`, `mirror 25% to shadow`. */
export function changeText({ weight, replicas, stopped, deleted, mirror }: Change): string {
  return [
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(replicas === undefined ? [] : [`replicas ${replicas}`]),
    ...(stopped === undefined ? [] : [stopped ? "stop" : "resume"]),
    ...(deleted ? ["delete"] : []),
    ...(mirror ? [`mirror ${mirror.percent}% to ${mirror.to}`] : []),
  ].join(", ");
}
