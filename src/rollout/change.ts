// What a person changes in a service while it runs, as `kubectl` would: its pods, its weight, whether it is there.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { STABLE } from "../fleet/revision_names.ts";
import { MAX_WEIGHT } from "../fleet/route_members.ts";
import { awaitWhen, whenSchema } from "../fleet/when.ts";
import { sloSchema } from "../load/objectives.ts";
import { formatDuration } from "../sim/duration.ts";
import { spawn } from "../sim/process.ts";
import { revisionChangeSchema, revisionText } from "./revision_change.ts";

/** As many as a service of a scenario may have. */
const MAX_REPLICAS = 10_000;

/** An error budget is of the whole run. */
const limitsSchema = sloSchema.omit({ goodput: true, window: true });

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
  /** Its pods, as by `kubectl apply`: its Deployments or LeaderWorkerSets replace them in turn. */
  to: revisionChangeSchema.optional(),
  /** What its requests are held against that end from then on, all of it. */
  slo: limitsSchema.optional(),
}).refine(
  ({ kind: _, service: _service, name: _name, when: _when, ...changes }) =>
    Object.values(changes).some((each) => each !== undefined),
  { message: "say what changes: weight, replicas, mirror, to, slo, stopped or deleted" },
);

export type Change = z.output<typeof changeSchema>;

/**
 * Waits for the time of the change, tells it and makes it. `plan` is what the service is to be, where its
 * pods or its objectives change; `id` names the change in the log.
 */
export function startChange(
  id: string,
  change: Change,
  plan: ServicePlan | undefined,
  fleet: Fleet,
): void {
  spawn(
    fleet.clock,
    (function* () {
      yield* awaitWhen(change.when, fleet);
      make(id, change, plan, fleet);
    })(),
  );
}

function make(id: string, change: Change, plan: ServicePlan | undefined, fleet: Fleet): void {
  const { service: name, weight, replicas, stopped, deleted, mirror } = change;
  const service = fleet.services.get(name)!;
  const refused = service.deleted ? { refused: "Cannot change the service: it is deleted" } : {};
  fleet.journal.tell({
    kind: "action",
    action: "change",
    argument: { service: name, to: changeText(change), ...refused },
    ...(service.deleted ? {} : judgedBy(plan, change)),
  });
  if (service.deleted) return;
  if (plan) become(plan, id, change, fleet);
  if (weight !== undefined) service.setWeight(STABLE, weight);
  if (replicas !== undefined) service.scale(service.revision(STABLE)!, replicas, "spec");
  if (mirror) {
    service.setMirror(fleet.services.get(mirror.to)!.revision(STABLE)!, mirror.percent);
  }
  if (stopped !== undefined) stopped ? service.stop() : service.resume();
  if (deleted) service.delete();
}

/** Whoever folds the log learns from it what requests are held against from now on. */
function judgedBy(plan: ServicePlan | undefined, { slo }: Change) {
  return slo && plan?.slo ? { slo: { [plan.name]: plan.slo } } : {};
}

/** Its objectives and its pods are as planned. */
function become(plan: ServicePlan, id: string, { to, slo }: Change, fleet: Fleet): void {
  if (slo && plan.slo) fleet.judge(plan.name, plan.slo);
  if (to) fleet.update(plan, id);
}

/** A change in a few words: `weight 7`, `mirror 25% to shadow`. */
export function changeText(change: Change): string {
  const { weight, replicas, stopped, deleted, mirror, to, slo } = change;
  return [
    ...(to ? [revisionText(to)] : []),
    ...(slo ? [sloText(slo)] : []),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(replicas === undefined ? [] : [`replicas ${replicas}`]),
    ...(stopped === undefined ? [] : [stopped ? "stop" : "resume"]),
    ...(deleted ? ["delete"] : []),
    ...(mirror ? [`mirror ${mirror.percent}% to ${mirror.to}`] : []),
  ].join(", ");
}

/** `objectives ttft p95 1s, itl p95 60ms`. */
function sloText(slo: NonNullable<Change["slo"]>): string {
  const limits = Object.entries(slo).flatMap(([metric, percentiles]) =>
    Object.entries(percentiles ?? {}).flatMap(([percentile, us]) =>
      us === undefined ? [] : `${metric} ${percentile} ${formatDuration(us)}`
    )
  );
  return limits.length === 0 ? "no objectives" : `objectives ${limits.join(", ")}`;
}
