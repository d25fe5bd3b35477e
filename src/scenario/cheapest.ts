// The search for the cheapest pair of two counts that holds, by trying as few as may be. Knows no scenario.

/** Two counts, each at least 1. */
export type Pair = readonly [number, number];

/** Whether a pair holds and, where it does not, which of the two it seems to lack: that is a hint. */
export type PairAnswer = { readonly holds: true } | {
  readonly holds: false;
  readonly lacks: readonly [boolean, boolean];
};

export interface PairSpace {
  readonly start: Pair;
  /** What one of each costs. */
  readonly costs: Pair;
  /** The most of each. */
  readonly max: Pair;
  /** What a pair may cost at most. */
  readonly budget: number;
}

/**
 * The pair that costs least of those that hold, if more of either never does worse: a pair that does not
 * hold rules out all that are no larger in both, one that holds all that cost as much. Undefined where
 * nothing within the budget holds; each pair is asked once.
 *
 * Hints only steer: what is lacking is doubled from `start` on until a pair holds; then, among the pairs
 * that have more of what was lacking, the one is asked whose answer rules out most, whichever it is. What
 * hints alone ruled out is asked about last, all of it at once: a pair as large as the largest of each.
 */
export async function cheapestPair(
  ask: (pair: Pair) => Promise<PairAnswer>,
  space: PairSpace,
): Promise<Pair | undefined> {
  const search = new PairSearch(space);
  for (let next = search.next(); next; next = search.next()) search.told(next, await ask(next));
  return search.found;
}

class PairSearch {
  readonly #costs: Pair;
  readonly #budget: number;
  /** Of which nothing is known yet. */
  #open: readonly Pair[];
  readonly #held: Pair[] = [];
  /** The next of those that are doubled. */
  #doubled: Pair | undefined;
  /** What a pair must have by the hints; undefined once they were wrong. */
  #least: Pair | undefined = [1, 1];
  #isUnlikely = false;

  constructor(space: PairSpace) {
    this.#costs = space.costs;
    this.#budget = space.budget;
    this.#open = pairsOf(space);
    this.#doubled = this.#openOne(space.start);
  }

  /** The cheapest that held. */
  get found(): Pair | undefined {
    return this.#held.toSorted((a, b) => costOf(a, this.#costs) - costOf(b, this.#costs))[0];
  }

  /** What to ask about; undefined when all is known. */
  next(): Pair | undefined {
    this.#isUnlikely = false;
    if (this.#open.length === 0) return undefined;
    if (this.#doubled) return this.#doubled;
    const least = this.#least;
    const likely = least ? this.#open.filter((each) => isWithin(least, each)) : this.#open;
    if (likely.length > 0) return mostTelling(likely, this.#costs);
    const whole = ruledOut(this.#open, least!);
    this.#isUnlikely = costOf(whole, this.#costs) <= this.#budget &&
      !this.#held.some((each) => isWithin(each, whole));
    if (this.#isUnlikely) return whole;
    this.#least = undefined;
    return mostTelling(this.#open, this.#costs);
  }

  told(pair: Pair, answer: PairAnswer): void {
    if (answer.holds) {
      const cost = costOf(pair, this.#costs);
      this.#held.push(pair);
      this.#doubled = undefined;
      if (this.#isUnlikely) this.#least = undefined;
      this.#open = this.#open.filter((each) => costOf(each, this.#costs) < cost);
      return;
    }
    if (!this.#isUnlikely && this.#least) this.#least = atLeast(this.#least, pair, answer.lacks);
    this.#open = this.#open.filter((each) => !isWithin(each, pair));
    this.#doubled = this.#doubled && this.#openOne(grown(pair, answer.lacks));
  }

  #openOne(pair: Pair): Pair | undefined {
    return this.#open.find((each) => isSame(each, pair));
  }
}

export function costOf([a, b]: Pair, [costA, costB]: Pair): number {
  return a * costA + b * costB;
}

function pairsOf({ costs, max: [maxA, maxB], budget }: PairSpace): Pair[] {
  const pairs: Pair[] = [];
  for (let a = 1; a <= maxA; a++) {
    for (let b = 1; b <= maxB; b++) {
      if (costOf([a, b], costs) <= budget) pairs.push([a, b]);
    }
  }
  return pairs;
}

function grown([a, b]: Pair, [lacksA, lacksB]: readonly [boolean, boolean]): Pair {
  const isBoth = lacksA === lacksB;
  return [lacksA || isBoth ? 2 * a : a, lacksB || isBoth ? 2 * b : b];
}

/** What lacks one count lacks it however much there is of the other. */
function atLeast(
  [leastA, leastB]: Pair,
  [a, b]: Pair,
  [lacksA, lacksB]: readonly [boolean, boolean],
): Pair {
  return [
    lacksA ? Math.max(leastA, a + 1) : leastA,
    lacksB ? Math.max(leastB, b + 1) : leastB,
  ];
}

/** As much of each as the pairs have that have too little of the first by the hints, else of the second. */
function ruledOut(open: readonly Pair[], [leastA]: Pair): Pair {
  const few = open.filter(([a]) => a < leastA);
  const those = few.length > 0 ? few : open;
  return [Math.max(...those.map(([a]) => a)), Math.max(...those.map(([, b]) => b))];
}

/** Of equal ones the cheapest: it is simulated soonest. */
function mostTelling(open: readonly Pair[], costs: Pair): Pair {
  let best: { readonly pair: Pair; readonly ruledOut: number; readonly cost: number } | undefined;
  for (const pair of open) {
    const cost = costOf(pair, costs);
    const ifHolds = open.filter((each) => costOf(each, costs) >= cost).length;
    const ifFails = open.filter((each) => isWithin(each, pair)).length;
    const ruledOut = Math.min(ifHolds, ifFails);
    const isBetter = !best || ruledOut > best.ruledOut ||
      (ruledOut === best.ruledOut && cost < best.cost);
    if (isBetter) best = { pair, ruledOut, cost };
  }
  return best!.pair;
}

function isWithin([a, b]: Pair, [c, d]: Pair): boolean {
  return a <= c && b <= d;
}

function isSame([a, b]: Pair, [c, d]: Pair): boolean {
  return a === c && b === d;
}
