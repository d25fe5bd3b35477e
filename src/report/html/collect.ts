// A log's events, folded once in order, as the data of a report's page and the state at the run's end.

import type { FleetEvent } from "../../fleet/events.ts";
import { fold } from "../../fleet/fold.ts";
import type { SaidPrices } from "../../fleet/gpu_prices.ts";
import { type FleetState, initialState } from "../../fleet/state.ts";
import type { SloLimits } from "../../load/objectives.ts";
import { formatCount } from "../../view/format.ts";
import { podsNow } from "../pods_now.ts";
import { Breaches } from "./breaches.ts";
import { ColumnsFilling } from "./columns.ts";
import type { ReportData } from "./data.ts";
import { type Extent, type Grid, gridOf, instantUs, MOST_PODS } from "./grid.ts";
import { Happenings } from "./happenings.ts";
import { PodHistories } from "./pod_histories.ts";

export interface CollectOptions {
  readonly extent: Extent;
  readonly objectives: Readonly<Record<string, SloLimits>>;
  /** The user's own: the scenario's go before. */
  readonly gpuPrices?: SaidPrices | undefined;
}

export class ReportCollector {
  readonly state: FleetState = initialState();
  readonly #grid: Grid;
  readonly #extent: Extent;
  readonly #columns: ColumnsFilling;
  readonly #breaches: Breaches;
  readonly #pods = new PodHistories();
  readonly #happenings = new Happenings();
  #bin = 0;
  #instant = 0;

  constructor({ extent, objectives, gpuPrices }: CollectOptions) {
    this.#extent = extent;
    this.#grid = gridOf(extent);
    this.#columns = new ColumnsFilling(this.#grid.bins, extent.services, gpuPrices);
    this.#breaches = new Breaches(objectives, extent.services);
  }

  take(event: FleetEvent): void {
    this.#passTo(event.at);
    fold(this.state, event);
    this.#happenings.take(event);
    if (event.kind === "window") this.#columns.window(event);
  }

  /** After the last event; once. */
  finish(): ReportData {
    this.#passTo(Infinity);
    const { binUs, bins, strideBins } = this.#grid;
    return {
      endUs: this.#extent.endUs,
      warmupUs: this.state.run?.warmupUs ?? 0,
      ...{ binUs, bins, strideBins },
      services: this.#columns.services(this.state),
      pods: this.#pods.pods,
      rollouts: this.#happenings.rollouts,
      weights: this.#happenings.weights,
      faults: this.#happenings.faults,
      measurements: this.#happenings.measurements,
      breaches: this.#breaches.breaches,
      story: this.#happenings.story(this.state),
      omitted: this.#omitted(),
    };
  }

  /** Ends the bins and instants before `atUs`: what happens at an instant still belongs to it. */
  #passTo(atUs: number): void {
    const { endUs } = this.#extent;
    const { binUs, bins, instants } = this.#grid;
    for (;;) {
      const binEndUs = this.#bin < bins ? Math.min(endUs, (this.#bin + 1) * binUs) : Infinity;
      const nextUs = this.#instant < instants
        ? instantUs(this.#grid, this.#instant, endUs)
        : Infinity;
      const dueUs = Math.min(binEndUs, nextUs);
      if (dueUs === Infinity || dueUs >= atUs) return;
      if (nextUs === dueUs) this.#pods.take(this.#instant++, podsNow(this.state, dueUs));
      if (binEndUs === dueUs) this.#endBin(dueUs);
    }
  }

  #endBin(atUs: number): void {
    const fromUs = this.#bin * this.#grid.binUs;
    const seconds = Math.max(1, atUs - fromUs) / 1e6;
    const end = { index: this.#bin++, atUs, seconds, state: this.state };
    this.#breaches.take(this.#columns.end(end), fromUs, atUs);
  }

  #omitted(): string[] {
    const { servicesLeftOut } = this.#extent;
    const { faults, steps, measurements, events, weights } = this.#happenings.leftOut;
    const pods = this.#pods.leftOut.size;
    const sentences: [number, string][] = [
      [servicesLeftOut, "services that were asked less than those shown"],
      [pods, `pods beyond the first ${formatCount(MOST_PODS)}`],
      [faults, "faults"],
      [steps, "steps of rollouts"],
      [measurements, "measurements of analysis runs"],
      [weights, "changes of weights"],
      [events, "Kubernetes Events"],
    ];
    return sentences.flatMap(([count, what]) =>
      count === 0 ? [] : [`${formatCount(count)} ${what}`]
    );
  }
}
