// A simulated cluster made of manifests, without any load: what it holds, and a clock to move.
import { loadAll } from "js-yaml";
import { Fleet } from "../../../src/fleet/fleet.ts";
import { Journal } from "../../../src/fleet/journal.ts";
import type { KubeEvent } from "../../../src/fleet/state.ts";
import type { Condition } from "../../../src/kube/conditions.ts";
import type { KubeObject } from "../../../src/kube/object.ts";
import { planPresent } from "../../../src/scenario/present.ts";
import { Clock } from "../../../src/sim/clock.ts";
import { Streams } from "../../../src/sim/streams.ts";

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

export interface World {
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly journal: Journal;
  objects(kind: string): KubeObject[];
  service(name?: string): KubeObject;
  events(): readonly KubeEvent[];
}

export function worldOf(yaml: string): World {
  const objects = (loadAll(yaml) as (KubeObject | null)[]).filter((object) => object !== null);
  const plan = planPresent({ kind: "present", seed: 1, objects }, 60 * MINUTE);
  const clock = new Clock();
  const journal = new Journal(clock, () => {});
  const { nodes, services, network } = plan;
  const fleetPlan = { nodes, services, warmupUs: 0, ...(network ? { network } : {}) };
  const fleet = new Fleet(fleetPlan, clock, new Streams(1), journal);
  const all = () => Object.values(journal.state.objects);
  return {
    clock,
    fleet,
    journal,
    objects: (kind) => all().filter((object) => object.kind === kind),
    service: (name) =>
      all().find(({ kind, metadata }) =>
        kind === "LLMInferenceService" && (name === undefined || metadata.name === name)
      )!,
    events: () => journal.state.events,
  };
}

export function goldenWorld(shape: string): World {
  const file = new URL(`../../golden/fleet/${shape}.in.yaml`, import.meta.url);
  return worldOf(Deno.readTextFileSync(file));
}

export function conditionOf({ status }: KubeObject, type: string): Condition | undefined {
  const conditions = (status?.["conditions"] ?? []) as unknown as readonly Condition[];
  return conditions.find((condition) => condition.type === type);
}
