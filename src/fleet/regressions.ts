// Versions that serve worse than they should, for as long as they do: faults put them here, servers ask.

/** What a server runs, and for whom. */
export interface Version {
  readonly service: string;
  readonly revision: string;
  readonly image: string;
}

interface Concerns {
  hits(version: Version): boolean;
}

/** Their engines' steps take so many times as long. */
export interface SlowVersion extends Concerns {
  readonly factor: number;
}

/** Their API server answers 500 to what it is asked, or cuts its answers, or does not. */
export interface FailingVersion extends Concerns {
  /** Asked once for each request. */
  fails(): boolean;
  /** After how many of so many tokens (above 1) the answer breaks off; absent: 500 comes before any. */
  readonly cutAfter?: (tokens: number) => number;
}

export class Regressions {
  readonly slow = new Set<SlowVersion>();
  readonly failing = new Set<FailingVersion>();

  stepFactor(version: Version): number {
    let factor = 1;
    for (const rule of this.slow) if (rule.hits(version)) factor *= rule.factor;
    return factor;
  }

  /** How the request that comes now fails; undefined: it does not. */
  failureOf(version: Version): FailingVersion | undefined {
    // Asked for every request.
    if (this.failing.size === 0) return undefined;
    for (const rule of this.failing) if (rule.hits(version) && rule.fails()) return rule;
    return undefined;
  }
}
