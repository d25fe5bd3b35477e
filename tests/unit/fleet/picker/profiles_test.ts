import assert from "node:assert/strict";
import { maxScorePicker } from "../../../../src/fleet/picker/pickers.ts";
import {
  type Choice,
  type Filter,
  NOBODY,
  type Scorer,
} from "../../../../src/fleet/picker/ports.ts";
import { Profile } from "../../../../src/fleet/picker/profile.ts";
import {
  ALWAYS,
  disaggregatedProfiles,
  prefixDecider,
  singleProfile,
} from "../../../../src/fleet/picker/profile_handlers.ts";
import { Streams } from "../../../../src/sim/streams.ts";
import { found, request } from "./picker_rig.ts";

const POOL = { slots: Int32Array.of(0, 1, 2), count: 3 };

function scorer(...scores: number[]): Scorer {
  return {
    score: (_, { slots, count }, into) => {
      for (let i = 0; i < count; i++) into[i] = scores[slots[i]!]!;
    },
  };
}

const without = (slot: number): Filter => ({
  filter(_, candidates) {
    const left = candidates.slots.subarray(0, candidates.count).filter((each) => each !== slot);
    candidates.slots.set(left);
    candidates.count = left.length;
  },
});

function profile(scorers: [Scorer, number][], ...filters: Filter[]): Profile {
  const weighted = scorers.map(([scorer, weight]) => ({ scorer, weight }));
  const picker = maxScorePicker(new Streams(1).stream("ties"));
  return new Profile(filters, weighted, picker, () => 1);
}

Deno.test("Profile.run() adds up weighted scores, each cut to 0 … 1", () => {
  assert.equal(profile([[scorer(0.5, 0.4, 0), 2], [scorer(0, 0.3, 0), 3]]).run(request(), POOL), 1);
  // 5 counts as 1, and -9 as 0.
  assert.equal(profile([[scorer(5, 0, 0), 1], [scorer(0, 0, 1), 2]]).run(request(), POOL), 2);
  assert.equal(profile([[scorer(-9, 0, 0), 1], [scorer(1, 0, 0.5), 1]]).run(request(), POOL), 0);
});

Deno.test("Profile.run() leaves the pool as it was when filters take endpoints out", () => {
  const filtered = profile([[scorer(1, 0.5, 0.2), 1]], without(0), without(1));
  assert.equal(filtered.run(request(), POOL), 2);
  assert.deepEqual([[...POOL.slots], POOL.count], [[0, 1, 2], 3]);
  assert.equal(profile([], without(0), without(1), without(2)).run(request(), POOL), NOBODY);
});

Deno.test("Profile.run() keeps what comes from metrics until they are read again", () => {
  let version = 0;
  let best = 0;
  const fromMetrics: Scorer = {
    fromMetrics: true,
    score: (_, { slots, count }, into) => {
      for (let i = 0; i < count; i++) into[i] = slots[i] === best ? 1 : 0;
    },
  };
  const picker = maxScorePicker(new Streams(1).stream("ties"));
  const kept = new Profile([], [{ scorer: fromMetrics, weight: 1 }], picker, () => version);
  const runs = () => kept.run(request(), POOL);
  assert.equal(runs(), 0);
  best = 1;
  assert.equal(runs(), 0);
  version++;
  assert.equal(runs(), 1);
});

const choice = (): Choice => ({ slot: 7, prefillSlot: 7 });

Deno.test("singleProfile() chooses who computes the prompt and answers", () => {
  const chosen = choice();
  singleProfile(profile([[scorer(0, 1, 0), 1]])).choose(request(), POOL, chosen);
  assert.deepEqual(chosen, { slot: 1, prefillSlot: NOBODY });
});

Deno.test("disaggregatedProfiles() chooses who answers first, then who computes the prompt", () => {
  const decode = profile([[scorer(0, 1, 0), 1]]);
  const prefill = profile([[scorer(0, 0, 1), 1]]);
  const nobody = profile([], without(0), without(1), without(2));
  const chosen = choice();
  const choose = (...profiles: Parameters<typeof disaggregatedProfiles>) => {
    disaggregatedProfiles(...profiles).choose(request(), POOL, chosen);
    return chosen;
  };
  assert.deepEqual(choose(decode, prefill, ALWAYS), { slot: 1, prefillSlot: 2 });
  const asked: number[] = [];
  const never = { disaggregates: (_: unknown, slot: number) => asked.push(slot) < 0 };
  assert.deepEqual(choose(decode, prefill, never), { slot: 1, prefillSlot: NOBODY });
  assert.deepEqual(asked, [1]);
  assert.deepEqual(choose(decode, nobody, ALWAYS), { slot: 1, prefillSlot: NOBODY });
  assert.deepEqual(choose(nobody, prefill, ALWAYS), { slot: NOBODY, prefillSlot: NOBODY });
  assert.deepEqual(choose(decode, undefined, undefined), { slot: 1, prefillSlot: NOBODY });
});

Deno.test("prefixDecider() says so when enough of the prompt is new to who answers", () => {
  const prefix = found(16, [0, 8], 64);
  const decides = (nonCachedTokens: number, promptTokens: number, slot: number) =>
    prefixDecider({ nonCachedTokens, promptTokens }, prefix)
      .disaggregates(request({ promptTokens: 1000 }), slot);
  assert.equal(decides(1000, 0, 0), true);
  assert.equal(decides(1001, 0, 0), false);
  assert.equal(decides(488, 0, 1), true);
  assert.equal(decides(489, 0, 1), false);
  assert.equal(decides(1, 1001, 0), false);
  assert.equal(decides(0, 0, 0), false);
});
