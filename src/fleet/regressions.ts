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

/** Their API server answers 500 to what it is asked, or not. */
export interface FailingVersion extends Concerns {
  /** Asked once for each request. */
  fails(): boolean;
}

export class Regressions {
  readonly slow = new Set<SlowVersion>();
  readonly failing = new Set<FailingVersion>();

  stepFactor(version: Version): number {
    let factor = 1;
    for (const rule of this.slow) if (rule.hits(version)) factor *= rule.factor;
    return factor;
  }

  fails(version: Version): boolean {
    // Asked for every request.
    if (this.failing.size === 0) return false;
    for (const rule of this.failing) if (rule.hits(version) && rule.fails()) return true;
    return false;
  }
}
