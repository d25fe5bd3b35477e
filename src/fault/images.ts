// The images that the services and rollouts of a plan have.

import type { ServicePlan } from "../fleet/fleet_plan.ts";

/** Whether one of them is meant; so where no service is known. */
export function hasImage(
  services: readonly ServicePlan[],
  isMeant: (image: string) => boolean,
): boolean {
  return services.length === 0 ||
    services.some(({ workloads }) => workloads.some(({ image }) => isMeant(image)));
}
