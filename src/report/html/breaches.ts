// When a service's percentiles were above its objectives, bin by bin.

import type { SloLimits } from "../../load/objectives.ts";
import { distribution, PERCENTILES, type Totals } from "../../metrics/totals.ts";
import { HELD_AGAINST, type Objective, OBJECTIVE_LABEL } from "../slo_limits.ts";
import type { Breach } from "./data.ts";
import { clipped } from "./text.ts";

interface Watched {
  readonly service: string;
  readonly metric: Objective;
  readonly percentile: (typeof PERCENTILES)[number];
  readonly limitUs: number;
  readonly spans: [fromUs: number, toUs: number][];
}

export class Breaches {
  readonly #watched: readonly Watched[];

  constructor(objectives: Readonly<Record<string, SloLimits>>, shown: ReadonlySet<string>) {
    this.#watched = Object.entries(objectives).flatMap(([service, limits]) =>
      shown.has(service) ? watchedOf(service, limits) : []
    );
  }

  /** What the services answered in a bin, by name. Bins that touch make one span. */
  take(measured: ReadonlyMap<string, Totals>, fromUs: number, toUs: number): void {
    for (const { service, metric, percentile, limitUs, spans } of this.#watched) {
      const totals = measured.get(service);
      const found = totals && distribution(totals.latencyUs[HELD_AGAINST[metric]]);
      if (!found || found[`p${percentile}`] <= limitUs) continue;
      const last = spans.at(-1);
      if (last?.[1] === fromUs) last[1] = toUs;
      else spans.push([fromUs, toUs]);
    }
  }

  /** Those that are kept too: a lane that stays empty says so. */
  get breaches(): Breach[] {
    return this.#watched.map(({ service, metric, percentile, limitUs, spans }) => ({
      ...{
        service: clipped(service),
        objective: `${OBJECTIVE_LABEL[metric]} p${percentile}`,
        metric: HELD_AGAINST[metric],
        limitUs,
        spans,
      },
    }));
  }
}

function watchedOf(service: string, limits: SloLimits): Watched[] {
  return (["ttft", "itl", "e2e"] as const).flatMap((metric) =>
    PERCENTILES.flatMap((percentile) => {
      const limitUs = limits[metric]?.[`p${percentile}`];
      return limitUs === undefined ? [] : [{ service, metric, percentile, limitUs, spans: [] }];
    })
  );
}
