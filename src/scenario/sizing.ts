// A scenario with another size of one service: its replicas, the rate of what is sent to it, its objectives.

import { isRecord } from "../kube/fields.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import type { Plan } from "./plan.ts";
import type { ParsedScenario } from "./schema.ts";
import { plansMeantBy } from "./targets.ts";

type Fields = Readonly<Record<string, unknown>>;
type Percentile = "p50" | "p90" | "p95" | "p99";

/** Durations, as `slo` has them. */
export type Limits = Readonly<
  Partial<Record<"ttft" | "itl" | "e2e", Readonly<Partial<Record<Percentile, string>>>>>
>;

/** How many of a service: its replicas, and those of prefill where it has these. */
export interface Replicas {
  readonly replicas: number;
  readonly prefill?: number;
}

/** The data with so many replicas of a service. */
export function withReplicas(
  data: unknown,
  service: string,
  { replicas, prefill }: Replicas,
): unknown {
  return withService(data, service, (object) => {
    const own = object.spec?.["prefill"];
    return {
      ...object,
      spec: {
        ...object.spec,
        replicas,
        ...(prefill === undefined
          ? {}
          : { prefill: { ...isRecord(own) ? own : {}, replicas: prefill } as JsonObject }),
      },
    };
  });
}

/** The data where the object of a service is another one. */
export function withService(
  data: unknown,
  service: string,
  change: (object: KubeObject) => KubeObject,
): unknown {
  const { services } = data as { services: readonly KubeObject[] };
  return {
    ...data as object,
    services: services.map((each) => each.metadata?.name === service ? change(each) : each),
  };
}

/** The data where limits of a service are these, and the others as they were. */
export function withLimits(data: unknown, service: string, limits: Limits): unknown {
  if (Object.keys(limits).length === 0) return data;
  const { slo } = data as { slo?: unknown };
  const all: Fields = isRecord(slo) ? slo : {};
  const own: Fields = isRecord(all[service]) ? all[service] : {};
  const merged = Object.fromEntries(
    Object.entries(limits).map(([metric, limit]) => {
      const before = own[metric];
      return [metric, { ...isRecord(before) ? before : {}, ...limit }];
    }),
  );
  return { ...data as object, slo: { ...all, [service]: { ...own, ...merged } } };
}

/** Kinds of loads with one rate. */
const RATED: readonly string[] = ["poisson", "constant", "gamma"];

/** What is sent to a service each second, or why that is no one number. */
export function rpsOf(
  { scenario, services }: Plan,
  service: string,
): { readonly rps: number } | { readonly problem: string } {
  const loads = loadsTo(scenario, services, service);
  const other = loads.find(({ kind }) => !RATED.includes(kind));
  if (loads.length === 0) return { problem: `nothing is sent to "${service}"` };
  if (other) return { problem: `the load "${other.name}" (${other.kind}) has no one rate` };
  const rates = loads.map((load) => "rps" in load ? load.rps : 0);
  return { rps: rates.reduce((sum, each) => sum + each, 0) };
}

/** The data where all that is sent to a service is so many times as much. */
export function withRate(
  data: unknown,
  { scenario, services }: Plan,
  service: string,
  factor: number,
): unknown {
  const names = new Set(loadsTo(scenario, services, service).map(({ name }) => name));
  const { load } = data as { load: readonly (Fields & { rps: number })[] };
  return {
    ...data as object,
    load: load.map((each) =>
      names.has(String(each["name"]))
        ? { ...each, rps: Number((each.rps * factor).toPrecision(6)) }
        : each
    ),
  };
}

function loadsTo(
  { load }: ParsedScenario,
  services: Plan["services"],
  service: string,
): ParsedScenario["load"] {
  return load.filter(({ to }) =>
    plansMeantBy(to, services).some((meant) => meant.name === service)
  );
}
