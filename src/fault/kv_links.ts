// What faults of the links between prefill and decode engines have in common.

import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { KvTrouble } from "../fleet/kv_sender.ts";
import { Effect } from "./effect.ts";
import type { Aim, FaultProblem } from "./fault.ts";
import { lacking, revisionsOf, type Whose } from "./whose.ts";

/** The pods whose ends of the network are meant. */
export function prefillPods(whose: Whose, fleet: Fleet): string[] {
  return revisionsOf(whose, fleet).flatMap(({ workloads }) => workloads)
    .filter(({ plan }) => plan.role === "prefill")
    .flatMap(({ pods }) => pods).filter(({ alive }) => alive).map(({ name }) => name);
}

/** Holds the links of these to something, those of pods that come up meanwhile too. */
export function kvLink(
  { handOffs }: Fleet,
  { service, of }: Whose,
  trouble: Omit<KvTrouble, "isMeant" | "used">,
): Required<Pick<Aim, "begin" | "end" | "idle">> {
  const effect = new Effect("no keys and values were handed over");
  let restore = () => {};
  return {
    begin() {
      restore = handOffs.disturb({
        ...trouble,
        used: () => effect.note(),
        isMeant: (place) =>
          (service === undefined || place.service === service) &&
          (of === undefined || place.revision === of),
      });
    },
    end: () => restore(),
    idle: effect.idle,
  };
}

/** The problem of a fault of these links where no service meant has a prefill workload. */
export function withoutPrefill(services: readonly ServicePlan[], what: string): FaultProblem[] {
  const has = ({ prefill }: ServicePlan) => prefill !== undefined;
  return lacking(services, has, `Cannot ${what}`, "spec.prefill is missing");
}
