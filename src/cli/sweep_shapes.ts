// The points of a sweep with each kind of GPU and each tensor parallelism that a service can have.

import { firstSentence } from "../report/sizing.ts";
import { plan } from "../scenario/plan.ts";
import type { Problem } from "../scenario/problem.ts";
import type { SweepGrid, SweepPoint } from "../scenario/sweep.ts";
import { oneService } from "./one_service.ts";
import { type ShapeAxes, shapesOf } from "./size_shapes.ts";

export interface SweepShapes extends ShapeAxes {
  readonly service?: string;
}

/**
 * Every point times every shape; `tell` hears which of them there cannot be, each once. Where there can be
 * none, what is wrong with the first.
 */
export function withShapes(
  { paths, points, seeds }: SweepGrid,
  { gpu, tp, service: wanted }: SweepShapes,
  tell: (text: string) => void,
): SweepGrid | { readonly problems: readonly Problem[] } {
  const axes = { ...(gpu ? { gpu } : {}), ...(tp ? { tp } : {}) };
  const left = new Set<string>();
  const problems: Problem[] = [];
  const all = points.flatMap(({ values, data }): SweepPoint[] => {
    const planned = plan(data);
    // Whoever made the points has planned them.
    if ("problems" in planned) return [];
    const service = oneService(planned, wanted, "whose shapes to vary");
    return shapesOf(data, planned, service, axes).flatMap((shape): SweepPoint[] => {
      const named = {
        ...(gpu ? { gpu: shape.gpu } : {}),
        ...(tp ? { tp: shape.tensorParallel } : {}),
      };
      if ("problems" in shape) {
        problems.push(...shape.problems);
        left.add(
          `tp ${shape.tensorParallel} on ${shape.gpu}: ${
            firstSentence(shape.problems[0]!.message)
          }`,
        );
        return [];
      }
      return [{ values: { ...values, ...named }, data: shape.data }];
    });
  });
  if (all.length === 0) return { problems: problems.slice(0, 1) };
  for (const text of left) tell(`left out: ${text}\n`);
  return {
    paths: [...paths, ...(gpu ? ["gpu"] : []), ...(tp ? ["tp"] : [])],
    points: all,
    seeds,
  };
}
