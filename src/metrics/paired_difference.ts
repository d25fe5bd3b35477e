// How two samples of the same seeds differ, and how sure that is: the paired t interval.

/** The share of all intervals that hold the true difference. */
const CONFIDENCE = 0.95;

export interface PairedDifference {
  readonly pairs: number;
  /** Means of the two. */
  readonly a: number;
  readonly b: number;
  /** Mean of `b - a`. */
  readonly difference: number;
  /** Where the true mean difference lies, with {@linkcode CONFIDENCE}; absent for less than two pairs. */
  readonly interval?: { readonly low: number; readonly high: number };
  /** 0 is not in the interval. */
  readonly significant: boolean;
}

/**
 * Pairs `a[i]` with `b[i]`: runs of one seed see the same arrivals and lengths (common random numbers), so
 * that what both have by chance falls out of their difference. The interval is d̄ ± t · s/√n with t the
 * 97.5 % quantile of Student's distribution of n − 1 degrees of freedom (A. M. Law, Simulation Modeling
 * and Analysis, 5th ed., §10.2.1). Pairs of which one is null are left out; undefined where none is left.
 */
export function pairedDifference(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
): PairedDifference | undefined {
  const pairs = a.flatMap((left, index) => {
    const right = b[index] ?? null;
    return left === null || right === null ? [] : [{ left, right }];
  });
  const count = pairs.length;
  if (count === 0) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / count;
  const differences = pairs.map(({ left, right }) => right - left);
  const difference = mean(differences);
  const means = {
    pairs: count,
    a: mean(pairs.map(({ left }) => left)),
    b: mean(pairs.map(({ right }) => right)),
    difference,
  };
  if (count < 2) return { ...means, significant: false };
  const squares = differences.map((each) => (each - difference) ** 2);
  const deviation = Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / (count - 1));
  const half = studentQuantile(count - 1) * deviation / Math.sqrt(count);
  const interval = { low: difference - half, high: difference + half };
  return { ...means, interval, significant: interval.low > 0 || interval.high < 0 };
}

/** The t between whose minus and plus Student's distribution has {@linkcode CONFIDENCE}. */
export function studentQuantile(degreesOfFreedom: number): number {
  let [low, high] = [0, 1];
  while (within(high, degreesOfFreedom) < CONFIDENCE) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (within(middle, degreesOfFreedom) < CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of −t to t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4. */
function within(t: number, degreesOfFreedom: number): number {
  const angle = Math.atan(t / Math.sqrt(degreesOfFreedom));
  const square = Math.cos(angle) ** 2;
  const isOdd = degreesOfFreedom % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = degreesOfFreedom === 1 ? 0 : term;
  for (let n = isOdd ? 3 : 2; n < degreesOfFreedom; n += 2) {
    term *= square * (n - 1) / n;
    sum += term;
  }
  const terms = Math.sin(angle) * sum;
  return isOdd ? 2 / Math.PI * (angle + terms) : terms;
}
