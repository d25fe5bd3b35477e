// Whose faults are those that hit no single pod or node: a service's, or one revision's of it.

import { z } from "zod";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { Revision } from "../fleet/revision.ts";
import type { FaultProblem } from "./fault.ts";

export const whoseFields = {
  /** All of them when left out. */
  service: z.string().optional(),
  of: z.string().optional(),
};

export interface Whose {
  readonly service?: string | undefined;
  readonly of?: string | undefined;
}

/** What a fault says of it: in its selector, or itself. */
export function whoseOf(fault: object): Whose {
  return "on" in fault ? fault.on as Whose : fault;
}

export function isMeant(
  { service, of }: Whose,
  revision: Pick<Revision, "service" | "name">,
): boolean {
  return (service === undefined || revision.service === service) &&
    (of === undefined || revision.name === of);
}

/** The revisions that are there now. */
export function revisionsOf(whose: Whose, fleet: Fleet): Revision[] {
  return [...fleet.services.values()].flatMap(({ revisions }) => [...revisions.values()])
    .filter((revision) => isMeant(whose, revision));
}

/** ` of chat canary`; nothing where all are meant. */
export function whoseText({ service, of }: Whose): string {
  const words = [service, of].filter((word) => word !== undefined);
  return words.length > 0 ? ` of ${words.join(" ")}` : "";
}

/** For the log: `chat stable`. */
export function nameOf({ service, name }: Revision): string {
  return `${service} ${name}`;
}

/** The problem of a fault of endpoint pickers where none of the services meant has one. */
export function withoutPicker(services: readonly ServicePlan[], what: string): FaultProblem[] {
  const has = ({ workloads }: ServicePlan) => workloads.some(({ role }) => role === "scheduler");
  return lacking(services, has, `Cannot ${what}`, "spec.router.scheduler is missing");
}

/** The problem of a fault of what none of the services meant has. */
export function lacking(
  services: readonly ServicePlan[],
  has: (service: ServicePlan) => boolean,
  what: string,
  why: string,
): FaultProblem[] {
  if (services.length === 0 || services.some(has)) return [];
  const names = services.map(({ name }) => `"${name}"`).join(", ");
  const verb = services.length === 1 ? "has" : "have";
  return [{ path: "service", message: `${what}: ${names} ${verb} none, ${why}` }];
}
