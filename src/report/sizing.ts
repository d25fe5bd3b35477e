// What was tried to size a service, and what came of it: data for text and JSON, and what it comes to.

/** A limit under the worst of the seeds; null where nothing was observed. */
export interface WorstLimit {
  readonly label: string;
  readonly limitMs: number;
  readonly worstMs: number | null;
}

/** One size that was simulated under all seeds. */
export interface Trial {
  /** What was looked for: replicas, or requests a second. */
  readonly value: number;
  readonly replicas: number;
  /** Replicas that compute prompts, of a service that does so apart. */
  readonly prefill?: number;
  /** Requests a second that were sent; null where that is no one number. */
  readonly rps: number | null;
  readonly holds: boolean;
  readonly limits: readonly WorstLimit[];
  /** Share of the attempts that failed or were rejected, under the worst seed. */
  readonly errorRate: number | null;
  /**
   * Share of the requests that were late already as the run ended and still without an answer, under the
   * worst seed: no percentile knows of them. Null where some are held against objectives of their load.
   */
  readonly lateShare: number | null;
  /** GPUs that were held on average. */
  readonly gpus: number | null;
  readonly costUsdPerHour: number | null;
  readonly costPerMillionOutputTokensUsd: number | null;
}

/** How a replica is made: sizes of one shape are compared with each other. */
export interface Shape {
  /** Kinds of GPUs, where several cannot be told apart with commas between them. */
  readonly gpu: string;
  readonly tensorParallel: number;
}

/** The best size of one shape. */
export interface Candidate extends Shape {
  /** Of all figures of its trials; null where nothing was tried. */
  readonly calibration: string | null;
  /** Null where none holds, or where the shape cannot be. */
  readonly best: Trial | null;
  /** Why it was not tried. */
  readonly cannot?: string;
  /** GPUs of the cluster, where these kept the search from going on. */
  readonly bound?: number;
  /** In the order in which they were tried. */
  readonly trials: readonly Trial[];
  /** The best size under other rates, for a plot. */
  readonly rates?: readonly Trial[];
}

export interface Sizing {
  readonly service: string;
  readonly of: "replicas" | "rps";
  readonly seeds: number;
  /** Largest share of errors that holds. */
  readonly maxErrors: number;
  /** All shapes, the best first: fewest GPUs or highest rate, then what costs least. */
  readonly candidates: readonly Candidate[];
}

/** Best first; those without an answer last, in the order in which they were given. */
export function ranked(candidates: readonly Candidate[], of: Sizing["of"]): Candidate[] {
  const ranks = new Map(candidates.map((each) => [each, rankOf(each, of)]));
  return candidates.toSorted((a, b) => {
    const [left, right] = [ranks.get(a)!, ranks.get(b)!];
    const differs = left.findIndex((each, index) => each !== right[index]);
    return differs < 0 ? 0 : left[differs]! - (right[differs] ?? 0);
  });
}

/** Least is best: the GPUs or the rate, what it costs, how near its limits are. */
function rankOf({ best }: Candidate, of: Sizing["of"]): readonly number[] {
  if (!best) return [Infinity];
  // Means over the seeds: pods that end a second later are no more GPUs.
  const gpus = best.gpus === null ? Infinity : Math.round(best.gpus * 10);
  const cost = best.costUsdPerHour === null ? Infinity : Math.round(best.costUsdPerHour * 10);
  const margin = marginOf(best)?.margin ?? 0;
  return [...(of === "rps" ? [-best.value] : []), gpus, cost, -margin];
}

/** How near a size is to the limit that is nearest: 0.2 is 20 % away. */
export function marginOf({ limits }: Trial): { label: string; margin: number } | undefined {
  const margins = limits.flatMap(({ label, limitMs, worstMs }) =>
    worstMs === null ? [] : [{ label, margin: (limitMs - worstMs) / limitMs }]
  );
  return margins.sort((a, b) => a.margin - b.margin)[0];
}

/** GPUs as people count them; undefined where unknown. */
export function gpusHeld({ gpus }: Trial): number | undefined {
  return gpus === null ? undefined : Number(gpus.toFixed(1));
}

/** What a size is over. */
export function brokenLimits({ limits }: Trial): readonly WorstLimit[] {
  return limits.filter(({ worstMs, limitMs }) => worstMs === null || worstMs > limitMs);
}

/**
 * Whether so many requests are late and unanswered that some limit's percentile would be over it with them,
 * which those of answered requests alone cannot tell.
 */
export function isStarved({ limits, lateShare }: Pick<Trial, "limits" | "lateShare">): boolean {
  const allowed = limits.map(({ label }) => 1 - Number(/\d+$/.exec(label)?.[0] ?? 0) / 100);
  return lateShare !== null && lateShare > Math.max(...allowed);
}

/** Whether that alone rules a size out. */
export function isOnlyStarved(trial: Trial): boolean {
  return brokenLimits(trial).length === 0 && isStarved(trial);
}

/** Trials that have one less, or one more, of something than this one. */
export interface Neighbours {
  readonly less: readonly Trial[];
  readonly more: readonly Trial[];
}

/** Of replicas; rates have none. */
export function neighboursOf(best: Trial, trials: readonly Trial[]): Neighbours {
  const at = (replicas: number, prefill: number) =>
    trials.filter((each) => each.replicas === replicas && (each.prefill ?? 0) === prefill);
  const { replicas, prefill = 0 } = best;
  const apart = best.prefill !== undefined;
  return {
    less: [...at(replicas - 1, prefill), ...apart ? at(replicas, prefill - 1) : []],
    more: [...at(replicas + 1, prefill), ...apart ? at(replicas, prefill + 1) : []],
  };
}

/** `-o json`: the best of all on top, then every candidate with all that was tried. */
export function sizingJson(sizing: Sizing): string {
  const { candidates, ...asked } = sizing;
  const [first] = candidates;
  const nearest = first?.best ? marginOf(first.best) : undefined;
  const document = {
    ...asked,
    answer: first?.best?.value ?? null,
    best: first?.best
      ? { gpu: first.gpu, tensorParallel: first.tensorParallel, ...first.best }
      : null,
    nearest: nearest?.label ?? null,
    margin: nearest?.margin ?? null,
    calibration: first?.calibration ?? null,
    trials: first?.trials ?? [],
    candidates: candidates.map((candidate) => {
      const nearest = candidate.best ? marginOf(candidate.best) : undefined;
      return { ...candidate, nearest: nearest?.label ?? null, margin: nearest?.margin ?? null };
    }),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** vLLM's own words go on with what one could try. */
export function firstSentence(text: string): string {
  return text.split(/\.(?:\s|$)/)[0]!;
}
