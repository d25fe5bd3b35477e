// How finely a run is drawn: bins and scrubber instants, so many that a page stays small.

/** What a log holds, as a first reading finds it. */
export interface Extent {
  readonly endUs: number;
  /** Services that are shown, and how many are not. */
  readonly services: ReadonlySet<string>;
  readonly servicesLeftOut: number;
  /** Revisions of those shown, and those of them that got a mirror's copies. */
  readonly revisions: number;
  /** Pods that were ever there. */
  readonly pods: number;
}

export interface Grid {
  readonly binUs: number;
  readonly bins: number;
  /** Bins from one instant of the scrubber to the next. */
  readonly strideBins: number;
  /** Instants of the scrubber, begin and end included. */
  readonly instants: number;
}

/** A bin is two pixels and more of a chart on a wide screen; finer ones cannot be told apart. */
const MOST_BINS = 360;
/** Coarser than this a run's shape is lost; what is too wide for it is left out instead. */
const LEAST_BINS = 60;
/** Numbers of columns, and of pods: the largest page, of 600 services with 8 pods each, has 12 MB. */
const MOST_NUMBERS = 1_000_000;
const COLUMNS = 25;
const POD_COLUMNS = 3;

/** Revisions that still get {@linkcode LEAST_BINS}. */
export const MOST_REVISIONS = 600;
/** Pods that still get {@linkcode LEAST_BINS} instants. */
export const MOST_PODS = 5_000;

const SECOND = 1_000_000;
/** Seconds that people count in. */
const WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600];
const DAY = 86_400;

export function gridOf(
  { endUs, revisions, pods }: Pick<Extent, "endUs" | "revisions" | "pods">,
): Grid {
  const binUs = widthFor(endUs, affordable(revisions * COLUMNS));
  const bins = Math.max(1, Math.ceil(endUs / binUs));
  const most = affordable(Math.min(pods, MOST_PODS) * POD_COLUMNS);
  const strideBins = Math.max(1, Math.ceil(bins / most));
  return { binUs, bins, strideBins, instants: Math.ceil(bins / strideBins) + 1 };
}

/** When the scrubber's instant `index` is. */
export function instantUs({ binUs, strideBins }: Grid, index: number, endUs: number): number {
  return Math.min(endUs, index * strideBins * binUs);
}

/** Places on the time axis, where each takes so many numbers. */
function affordable(numbers: number): number {
  const most = Math.floor(MOST_NUMBERS / Math.max(1, numbers));
  return Math.min(MOST_BINS, Math.max(LEAST_BINS, most));
}

function widthFor(endUs: number, mostBins: number): number {
  const least = endUs / SECOND / mostBins;
  const seconds = WIDTHS.find((width) => width >= least) ?? Math.ceil(least / DAY) * DAY;
  return seconds * SECOND;
}
