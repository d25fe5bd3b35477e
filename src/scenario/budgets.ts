// PodDisruptionBudgets of a cluster as a scenario writes them: one for the model servers of a service.

import { z } from "zod";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { virtualTimestamp } from "../sim/timestamp.ts";
import type { ParsedScenario } from "./schema.ts";

const pods = z.union([
  z.int().min(0),
  z.string().regex(/^\d{1,3}%$/, "write a number of pods or a share such as 25%"),
]);

/** As policy/v1 has it: one of the two. */
export const budgetSchema = z.union([
  z.strictObject({ minAvailable: pods }),
  z.strictObject({ maxUnavailable: pods }),
], "write a budget as { minAvailable: 1 } or { maxUnavailable: 1 }, in pods or a share");

/** Named after their service, in its namespace. */
export function budgetObjects(
  { cluster: { budgets = {} } }: Pick<ParsedScenario, "cluster">,
  services: readonly { readonly name: string; readonly object: KubeObject }[],
): KubeObject[] {
  return services.flatMap(({ name, object: { metadata: { namespace = "default" } } }) => {
    const budget = Object.hasOwn(budgets, name) ? budgets[name] : undefined;
    if (!budget) return [];
    const labels = { "app.kubernetes.io/name": name, "kserve.io/component": "workload" };
    return [{
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name, namespace, creationTimestamp: virtualTimestamp(0) },
      spec: { selector: { matchLabels: labels }, ...budget } as JsonObject,
    }];
  });
}
