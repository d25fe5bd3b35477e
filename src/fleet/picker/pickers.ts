// Pickers: one endpoint of those that have a sum of scores.
//
// `maxNumOfEndpoints` above 1 gives the gateway more to try when the first does not answer; a gateway
// here does not try again, so the first is all that counts.

import type { Stream } from "../../sim/streams.ts";
import type { Candidates, Picker } from "./ports.ts";

/** `max-score-picker`: the highest sum, any of the highest with equal chance. */
export function maxScorePicker(stream: Stream): Picker {
  return {
    pick({ count }, sums) {
      let best = 0, ties = 1;
      for (let i = 1; i < count; i++) {
        const sum = sums[i]!, most = sums[best]!;
        if (sum > most) {
          best = i;
          ties = 1;
        } else if (sum === most) ties++;
      }
      if (ties === 1) return best;
      return nthEqual(sums, sums[best]!, stream.integer(0, ties - 1));
    },
  };
}

function nthEqual(sums: Float64Array, value: number, nth: number): number {
  let left = nth;
  for (let i = 0;; i++) if (sums[i] === value && left-- === 0) return i;
}

/** `random-picker`: any of them, whatever its scores. */
export function randomPicker(stream: Stream): Picker {
  return { pick: ({ count }) => stream.integer(0, count - 1) };
}

/**
 * `weighted-random-picker`: each with a chance in proportion to its sum; any where all are 0. Upstream
 * takes the highest of U^(1/sum), which for one endpoint is the same chance; here without a power, whose
 * last bits differ between engines of JavaScript.
 */
export function weightedRandomPicker(stream: Stream): Picker {
  const any = randomPicker(stream);
  return {
    pick(candidates: Candidates, sums) {
      const { count } = candidates;
      let total = 0;
      for (let i = 0; i < count; i++) total += Math.max(0, sums[i]!);
      if (total === 0) return any.pick(candidates, sums);
      let left = stream.uniform() * total;
      let last = 0;
      for (let i = 0; i < count; i++) {
        const sum = Math.max(0, sums[i]!);
        if (sum === 0) continue;
        last = i;
        left -= sum;
        if (left < 0) return i;
      }
      return last;
    },
  };
}
