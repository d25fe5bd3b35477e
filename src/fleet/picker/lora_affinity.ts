// `lora-affinity-scorer`: who has an adapter's weights in a slot already, or a slot for them.

import type { InFlight } from "./in_flight.ts";
import type { Scorer } from "./ports.ts";

/**
 * 1 where the adapter is active, 0.8 where a slot is free, 0.6 where it is waited for, else 0. vLLM tells
 * which adapters its running and waiting requests use; here the first `slots` adapters in flight count as
 * active and the others as waiting, which is the same as long as requests are admitted in order.
 */
export function loraAffinityScorer(slots: number, inFlight: InFlight): Scorer {
  return {
    score({ kind: { adapter } }, candidates, scores) {
      for (let i = 0; i < candidates.count; i++) {
        const adapters = inFlight.adapters(candidates.slots[i]!);
        const place = adapter === undefined ? -1 : placeOf(adapter, adapters);
        if (place >= 0 && place < slots) scores[i] = 1;
        else if (adapters.size < slots) scores[i] = 0.8;
        else scores[i] = place >= 0 ? 0.6 : 0;
      }
    },
  };
}

/** Maps keep the order in which keys came. */
function placeOf(adapter: string, adapters: ReadonlyMap<string, number>): number {
  if (!adapters.has(adapter)) return -1;
  let place = 0;
  for (const name of adapters.keys()) {
    if (name === adapter) break;
    place++;
  }
  return place;
}
