// What `mtop size` refuses before it simulates: options that would do nothing, and what cannot be sized.

import type { Plan } from "../scenario/plan.ts";
import { CliError } from "./exit.ts";
import type { SizeOptions } from "./size.ts";

/** Throws a `CliError` where an option would do nothing, whatever the scenario holds. */
export function refuseIdle(
  { gpus, maxRps, rps, namespace }: Pick<SizeOptions, "gpus" | "maxRps" | "rps" | "namespace">,
  isFile: boolean,
): void {
  if (gpus !== undefined && !maxRps) {
    throw new CliError("Cannot share out --gpus without a rate to look for: add --max-rps");
  }
  if (!isFile) return;
  if (rps !== undefined) {
    throw new CliError(
      `Cannot take --rps for a scenario file, which has loads: add --set 'load[0].rps=${rps}'`,
    );
  }
  if (namespace !== undefined) {
    throw new CliError("Cannot look for a scenario file in a namespace: leave --namespace out");
  }
}

/** Throws a `CliError` where prefill replicas are named of a service that has none. */
export function refuseIdlePrefill(
  planned: Plan,
  service: string,
  { prefill }: Pick<SizeOptions, "prefill">,
): void {
  const has = workloadsOf(planned, service).some(({ role }) => role === "prefill");
  if (prefill === undefined || has) return;
  throw new CliError(`Cannot fix --prefill: "${service}" does not prefill apart`);
}

/** Throws a `CliError` where a service has no objective to be sized for. */
export function requireLimits(data: unknown, service: string): void {
  const { slo } = data as { slo?: Readonly<Record<string, unknown>> };
  if (Object.keys(slo?.[service] ?? {}).length > 0) return;
  throw new CliError(
    `Cannot size "${service}" without an objective: add --ttft-p95 2s, --itl-p95 60ms`,
  );
}

/** Throws a `CliError` where the replicas of a service are not for the search to decide on. */
export function refuseScaled(planned: Plan, service: string): void {
  const own = planned.scenario.autoscalers.some((each) => each.service === service);
  if (!own && workloadsOf(planned, service).every(({ scaling }) => scaling === undefined)) return;
  const hint = `try --max-rps, or take ${own ? "it" : "spec.scaling"} away with --set${
    own ? " autoscalers=[]" : ""
  }`;
  throw new CliError(`Cannot size "${service}": an autoscaler decides on its replicas; ${hint}`);
}

function workloadsOf({ services }: Plan, service: string) {
  return services.find(({ name }) => name === service)?.workloads ?? [];
}
