// What KServe's admission refuses of a service that a scenario brings: no cluster would have it.

import type { ServicePlan } from "../fleet/fleet_plan.ts";
import { celCauses } from "../kube/validate_cel.ts";
import { serviceCauses } from "../kube/validate_webhook.ts";
import type { Problem } from "./problem.ts";

/** `spec.scaling.minReplicas: Invalid value: 5: minReplicas (5) cannot …`. */
const CAUSE = /^([\w.[\]"/-]+): (.*)$/s;

/** All that its webhook says, else what the rules in its schema say, which are fewer words for the same. */
export function admissionProblems({ name, object }: ServicePlan, index: number): Problem[] {
  const { metadata: { namespace = "default", annotations = {} }, spec = {} } = object;
  const refused = serviceCauses({ version: "v1alpha2", name, namespace, annotations, spec });
  const causes = refused.length > 0 ? refused : celCauses(spec);
  return causes.map((cause) => {
    const [, field = "spec", message = cause] = CAUSE.exec(cause) ?? [];
    return { path: `services[${index}].${field}`, message };
  });
}
