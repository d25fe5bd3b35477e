// The shapes in which a service is sized: each kind of GPU with each tensor parallelism, as scenarios.

import type { Shape } from "../report/sizing.ts";
import { gpusOfService, onGpu } from "../scenario/gpu_choice.ts";
import { type Plan, plan } from "../scenario/plan.ts";
import type { Problem } from "../scenario/problem.ts";
import type { Replicas } from "../scenario/sizing.ts";
import { withTensorParallel } from "../scenario/tensor_parallel.ts";
import type { SizeSpace } from "./size_search.ts";

export interface ShapeAxes {
  readonly gpu?: readonly string[];
  readonly tp?: readonly number[];
}

/** A shape with its scenario, or why there is none. */
export type PlannedShape =
  & Shape
  & (
    | { readonly data: unknown; readonly planned: Plan }
    | { readonly problems: readonly Problem[] }
  );

/** All of them; what is not said is as the scenario has it. */
export function shapesOf(
  data: unknown,
  before: Plan,
  service: string,
  { gpu, tp }: ShapeAxes,
): readonly PlannedShape[] {
  const there = gpusOfService(data, service);
  const kinds = gpu ?? there ?? [undefined];
  const own = before.services.find(({ name }) => name === service)?.serving?.tensorParallel ?? 1;
  return kinds.flatMap((kind) =>
    (tp ?? [own]).map((tensorParallel): PlannedShape => {
      const shape = { gpu: kind ?? gpusIn(before), tensorParallel };
      const placed = kind === undefined ? data : onGpu(data, service, kind);
      // What the service asks for itself stays as it is written.
      const changed = tp === undefined
        ? { data: placed }
        : withTensorParallel(placed, before, service, tensorParallel);
      if ("problem" in changed) return { ...shape, problems: [problemOf(changed.problem)] };
      const planned = plan(changed.data);
      if ("problems" in planned) return { ...shape, problems: planned.problems };
      return { ...shape, data: changed.data, planned };
    })
  );
}

function problemOf(reason: string): Problem {
  return { path: "services", message: `Cannot change its tensor parallelism: ${reason}` };
}

function gpusIn({ nodes }: Plan): string {
  return [...new Set(nodes.flatMap(({ gpu }) => gpu?.name ?? []))].join(", ");
}

export interface SpaceOptions {
  readonly maxReplicas: number;
  /** Replicas that compute prompts, where these are not to be varied. */
  readonly prefill?: number;
}

/** Where the search of a shape begins, and how far it may go. */
export function spaceOf(
  { planned, gpu }: Pick<Shape, "gpu"> & { readonly planned: Plan },
  service: string,
  { maxReplicas, prefill: fixed }: SpaceOptions,
): SizeSpace {
  const { serving, prefill, workloads } = planned.services.find(({ name }) => name === service)!;
  const gpusOf = (each: typeof serving) => each ? each.gpusPerPod * (each.pods ?? 1) : 0;
  const [main, ...others] = workloads;
  const own = others.find(({ role }) => role === "prefill");
  const start: Replicas = {
    replicas: main.replicas,
    ...(own ? { prefill: fixed ?? own.replicas } : {}),
  };
  return {
    start,
    gpus: { replica: gpusOf(serving), prefill: gpusOf(prefill) },
    maxReplicas,
    maxGpus: gpusOfCluster(planned, gpu),
    variesPrefill: fixed === undefined,
  };
}

/** Those of this kind; as many as one likes where GPUs are cut or shared. */
function gpusOfCluster({ nodes }: Plan, kind: string): number {
  const its = nodes.filter(({ gpu }) => gpu?.name === kind);
  if (its.length === 0 || its.some(({ mig, turns }) => mig || turns)) return Infinity;
  return its.reduce((sum, { gpus }) => sum + gpus, 0);
}
