// Workloads whose pods claim devices: the annotations of KServe's managed DRA in what is placed.

import type { PodNeeds } from "../fleet/scheduling/pod_needs.ts";
import type { WorkloadPlan } from "../fleet/workload.ts";
import {
  claimTemplateName,
  MANAGED_CLAIM,
  MANAGED_REQUEST,
  type ManagedDevices,
  withManagedClaim,
} from "../kube/managed_dra.ts";

/** Its pods claim the devices that the service's annotations ask for, where they ask for any. */
export function withDevices(
  plan: WorkloadPlan,
  service: string,
  devices: ManagedDevices | undefined,
): WorkloadPlan {
  if (!devices) return plan;
  const { deviceClass, count, selectors } = devices;
  const requests = [{ name: MANAGED_REQUEST, deviceClass, count, selectors }];
  const claim = { name: MANAGED_CLAIM, template: claimTemplateName(service), requests };
  const claiming = (needs: PodNeeds): PodNeeds => ({
    ...needs,
    claims: [...needs.claims.filter(({ name }) => name !== MANAGED_CLAIM), claim],
  });
  const { worker, workerNeeds } = plan;
  return {
    ...plan,
    needs: claiming(plan.needs),
    template: withManagedClaim(plan.template, service, devices),
    ...(worker ? { worker: withManagedClaim(worker, service, devices) } : {}),
    ...(workerNeeds ? { workerNeeds: claiming(workerNeeds) } : {}),
  };
}
