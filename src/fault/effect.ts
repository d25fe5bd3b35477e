// Whether a fault did anything while it was in force: its rules note it when they are asked. Knows no kind.

export class Effect {
  readonly #missed: string;
  #had = false;

  /** `missed`: what did not happen if nothing was noted, such as `no image was pulled`. */
  constructor(missed: string) {
    this.#missed = missed;
  }

  note(): void {
    this.#had = true;
  }

  /** What a rule answers: it is one unless it is undefined or false. */
  of<T>(answer: T): T {
    if (answer !== undefined && answer !== false) this.#had = true;
    return answer;
  }

  /** What did not happen so far; undefined: the fault had an effect. */
  readonly idle = (): string | undefined => this.#had ? undefined : this.#missed;
}
