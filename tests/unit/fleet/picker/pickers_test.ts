import assert from "node:assert/strict";
import {
  maxScorePicker,
  randomPicker,
  weightedRandomPicker,
} from "../../../../src/fleet/picker/pickers.ts";
import type { Picker } from "../../../../src/fleet/picker/ports.ts";
import { Streams } from "../../../../src/sim/streams.ts";

const DRAWS = 30_000;

/** How often each place is picked, over `DRAWS` draws. */
function shares(picker: Picker, sums: readonly number[]): number[] {
  const candidates = { slots: Int32Array.from(sums.keys()), count: sums.length };
  const counts = sums.map(() => 0);
  for (let draw = 0; draw < DRAWS; draw++) {
    counts[picker.pick(candidates, Float64Array.from(sums))]!++;
  }
  return counts.map((count) => count / DRAWS);
}

/** Within the normal approximation of the binomial's 99.9 % band. */
function assertNear(found: readonly number[], wanted: readonly number[]): void {
  for (const [index, p] of wanted.entries()) {
    const band = 3.29 * Math.sqrt(p * (1 - p) / DRAWS);
    assert.ok(Math.abs(found[index]! - p) <= band, `${found} instead of ${wanted}`);
  }
}

const stream = () => new Streams(7).stream("picker/chat/ties");

Deno.test("maxScorePicker() takes the highest sum, and draws nothing for it", () => {
  const used = stream();
  const picker = maxScorePicker(used);
  assert.deepEqual(shares(picker, [1, 3, 2]), [0, 1, 0]);
  assert.equal(used.uniform(), stream().uniform());
});

Deno.test("maxScorePicker() takes each of the highest equally often", () => {
  assertNear(shares(maxScorePicker(stream()), [5, 1, 5, 5]), [1 / 3, 0, 1 / 3, 1 / 3]);
});

Deno.test("randomPicker() takes each equally often, whatever its sum", () => {
  assertNear(shares(randomPicker(stream()), [9, 0, 1, 2]), [0.25, 0.25, 0.25, 0.25]);
});

Deno.test("weightedRandomPicker() takes each in proportion to its sum", () => {
  assertNear(shares(weightedRandomPicker(stream()), [6, 0, 1, 3]), [0.6, 0, 0.1, 0.3]);
});

Deno.test("weightedRandomPicker() takes any when all sums are 0", () => {
  assertNear(shares(weightedRandomPicker(stream()), [0, 0]), [0.5, 0.5]);
});
