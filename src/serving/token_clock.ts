// How many tokens a decoding request gets with each step: one, or what speculation brings on average.

const PPM = 1e6;

/**
 * After `steps` decode steps each decoding request has got `at(steps)` tokens: whole tokens of a
 * steady average, the same for all requests of the engine. Which drafts are accepted is chance in a
 * real server; here the share that a whole batch has accepted is spread evenly over its steps.
 */
export class TokenClock {
  /** Tokens a million steps bring. */
  readonly #rate: number;

  /** `acceptedPpm`: accepted drafts a step, in millionths. */
  constructor(acceptedPpm = 0) {
    this.#rate = PPM + acceptedPpm;
  }

  at(steps: number): number {
    return this.#rate === PPM ? steps : Math.floor(steps * this.#rate / PPM);
  }

  /** The least number of steps that bring so many tokens. */
  stepsTo(tokens: number): number {
    return this.#rate === PPM ? tokens : Math.ceil(tokens * PPM / this.#rate);
  }

  /** The greatest number of steps that bring no more than so many tokens. */
  stepsWithin(tokens: number): number {
    return this.#rate === PPM ? tokens : Math.floor(((tokens + 1) * PPM - 1) / this.#rate);
  }

  /** Σ (at(from + i) − at(from)) for i from 0 to count − 1. */
  sum(from: number, count: number): number {
    if (this.#rate === PPM) return count * (count - 1) / 2;
    const start = from * this.#rate;
    const whole = Math.floor(start / PPM);
    return floorSum(count, PPM, this.#rate, start - whole * PPM);
  }
}

/**
 * Σ floor((a·i + b) / m) for i from 0 to n − 1, in logarithmic time (the sum over the lattice points
 * under a line; Graham, Knuth, Patashnik, "Concrete Mathematics", 3.4). Integers, exact below 2^53.
 */
function floorSum(n: number, m: number, a: number, b: number): number {
  let sum = 0;
  for (;;) {
    sum += n * (n - 1) / 2 * Math.floor(a / m) + n * Math.floor(b / m);
    a %= m;
    b %= m;
    const top = a * n + b;
    if (top < m) return sum;
    n = Math.floor(top / m);
    b = top % m;
    [m, a] = [a, m];
  }
}
