// What is wrong with how images and models come, for as long as it is: faults put it here, pods ask.

import type { Pod } from "./pod.ts";

/** Whether a pull that begins now fails, and containerd's words for why. */
export type RefusePull = (image: string, pod: Pod) => string | undefined;

/** Whether a model's download that begins now fails, and the last words of the init container. */
export type RefuseDownload = (pod: Pod) => string | undefined;

/** A claim that takes so long to attach and mount. */
export interface SlowMount {
  /** Undefined: every one. */
  readonly claim: string | undefined;
  readonly attachUs: number;
  /** Hears of each pod that waits for it. */
  readonly used?: () => void;
}

/** Whether a claim (`default/models`) is meant: by its name, with its namespace or without; undefined: any. */
export function isClaim(meant: string | undefined, claim: string): boolean {
  return meant === undefined || meant === claim || claim.endsWith(`/${meant}`);
}

export class SupplyTroubles {
  readonly pulls = new Set<RefusePull>();
  readonly downloads = new Set<RefuseDownload>();
  readonly mounts = new Set<SlowMount>();

  /** Asked once for each pull that goes to the registry. */
  refusesPull(image: string, pod: Pod): string | undefined {
    for (const refuse of this.pulls) {
      const why = refuse(image, pod);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** Asked once for each start of an init container. */
  refusesDownload(pod: Pod): string | undefined {
    for (const refuse of this.downloads) {
      const why = refuse(pod);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** How long it takes until a pod has this claim, beside what that always takes. */
  mountUs(claim: string): number {
    const slow = [...this.mounts].filter((each) => isClaim(each.claim, claim));
    for (const { used } of slow) used?.();
    return Math.max(0, ...slow.map(({ attachUs }) => attachUs));
  }
}
