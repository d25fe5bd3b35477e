// Whether one distribution is shifted against another: the Mann-Whitney U test on histograms, in integers.

import type { DenseHistogram } from "./histogram.ts";
import { PPM } from "./names.ts";

/** How two samples compare; equal values are ties, and values of one bucket are equal. */
export interface RankComparison {
  /** Parts per million of the pairs in which `sample` is above `baseline`, a tie counting half: 500,000 is none. */
  readonly abovePpm: number;
  /** Standard deviations of U from what it is without a shift, in thousandths; above 0: `sample` is above. */
  readonly zMilli: number;
}

/**
 * The Mann-Whitney U test with ties: U is the number of pairs in which `sample` is above `baseline`, ties
 * half; without a shift its mean is n·m/2 and its variance n·m/12 · ((N + 1) − Σ(t³ − t) / (N(N − 1))) with
 * t the values of a tie, N = n + m; z is corrected for continuity by ½ (E. L. Lehmann, Nonparametrics, 1975,
 * §1.2 and §1.4; R's `wilcox.test(exact = FALSE)`, by which Kayenta's judge tests). All in integers, z
 * rounded towards 0. Undefined where either sample is empty or all values are alike.
 */
export function compareRanks(
  sample: DenseHistogram,
  baseline: DenseHistogram,
): RankComparison | undefined {
  const n = BigInt(sample.count);
  const m = BigInt(baseline.count);
  const { twiceU, ties } = ranks(sample, baseline);
  const all = n + m;
  // 12 · N(N − 1) times the variance.
  const spread = n * m * ((all + 1n) * all * (all - 1n) - ties);
  if (n === 0n || m === 0n || spread === 0n) return undefined;
  // 2 · (U − mean), half a pair nearer to 0.
  const doubled = twiceU - n * m;
  const size = doubled < 0n ? -doubled : doubled;
  const distance = size === 0n ? 0n : size - 1n;
  // z² = (distance / 2)² · 12 · N(N − 1) / spread.
  const square = distance * distance * 3n * all * (all - 1n) * 1_000_000n / spread;
  const zMilli = Number(rootOf(square));
  return {
    abovePpm: Number((twiceU * BigInt(PPM) + n * m) / (2n * n * m)),
    zMilli: doubled < 0n ? 0 - zMilli : zMilli,
  };
}

/** Twice U, which halves of ties make a whole number, and Σ(t³ − t). */
function ranks(sample: DenseHistogram, baseline: DenseHistogram) {
  const starts = [sample, baseline].filter(({ counts }) => counts.length > 0);
  const first = Math.min(...starts.map(({ base }) => base));
  const last = Math.max(...starts.map(({ base, counts }) => base + counts.length));
  let twiceU = 0n;
  let ties = 0n;
  let below = 0n;
  for (let bucket = first; bucket < last; bucket++) {
    const mine = sample.counts[bucket - sample.base] ?? 0;
    const theirs = baseline.counts[bucket - baseline.base] ?? 0;
    if (mine + theirs === 0) continue;
    const tied = BigInt(mine + theirs);
    ties += tied * tied * tied - tied;
    twiceU += BigInt(mine) * (2n * below + BigInt(theirs));
    below += BigInt(theirs);
  }
  return { twiceU, ties };
}

/** The whole part of a square root: Newton's steps from above. */
function rootOf(square: bigint): bigint {
  if (square < 2n) return square;
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  while (true) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
