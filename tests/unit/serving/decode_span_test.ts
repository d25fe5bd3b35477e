// A span of decode steps against the same steps one by one.
import assert from "node:assert/strict";
import { bucketOf } from "../../../src/metrics/histogram.ts";
import { DecodeSpan } from "../../../src/serving/decode_span.ts";
import { TokenClock } from "../../../src/serving/token_clock.ts";
import fc from "../../fast_check.ts";

const spans = fc.record({
  acceptedPpm: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000_000 })),
  nowUs: fc.nat(1e12),
  from: fc.nat(10_000),
  firstPs: fc.integer({ min: 1, max: 3e10 }),
  slopePs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e8 })),
  steps: fc.integer({ min: 1, max: 200 }),
});

type Span = typeof spans extends fc.Arbitrary<infer T> ? T : never;

/** When each step ends, the first entry being the start; and how long each takes, in whole µs. */
function oneByOne({ acceptedPpm, nowUs, from, firstPs, slopePs, steps }: Span) {
  const clock = new TokenClock(acceptedPpm);
  const endsUs = [nowUs], lengthsUs: number[] = [];
  let sumPs = 0;
  for (let step = 0; step < steps; step++) {
    const ps = firstPs + slopePs * (clock.at(from + step) - clock.at(from));
    sumPs += ps;
    lengthsUs.push(Math.floor(ps / 1e6));
    endsUs.push(nowUs + Math.floor(sumPs / 1e6));
  }
  return { endsUs, lengthsUs };
}

function spanOf({ acceptedPpm, nowUs, from, firstPs, slopePs }: Span): DecodeSpan {
  const span = new DecodeSpan(new TokenClock(acceptedPpm));
  span.rebase(nowUs);
  span.begin(nowUs, from, firstPs, slopePs);
  return span;
}

Deno.test("DecodeSpan.endUs() is when the steps end one by one", () => {
  fc.assert(fc.property(spans, (each) => {
    const span = spanOf(each);
    for (const [steps, us] of oneByOne(each).endsUs.entries()) assert.equal(span.endUs(steps), us);
  }));
});

Deno.test("DecodeSpan.stepsBy() counts the steps that are over, at and between their ends", () => {
  fc.assert(fc.property(spans, fc.double({ min: 0, max: 1.1, noNaN: true }), (each, share) => {
    const span = spanOf(each);
    const { endsUs } = oneByOne(each);
    const total = endsUs.at(-1)! - each.nowUs;
    for (const us of [each.nowUs + Math.floor(total * share), ...endsUs]) {
      const over = endsUs.filter((end) => end <= us).length - 1;
      assert.equal(span.stepsBy(us, 0, each.steps), over);
    }
  }));
});

Deno.test("DecodeSpan.eachLength() puts each step into its histogram bucket", () => {
  fc.assert(fc.property(spans, fc.nat(100), fc.nat(199), (each, tokenUs, skip) => {
    const first = Math.min(skip, each.steps - 1);
    const expected = new Map<number, number>(), told = new Map<number, number>();
    const add = (counts: Map<number, number>, us: number, count: number) =>
      counts.set(bucketOf(us), (counts.get(bucketOf(us)) ?? 0) + count);
    for (const us of oneByOne(each).lengthsUs.slice(first)) add(expected, us + tokenUs, 1);
    spanOf(each).eachLength(first, each.steps, tokenUs, (us, steps) => add(told, us, steps));
    assert.deepEqual(told, expected);
  }));
});

Deno.test("DecodeSpan.goOn() loses no fraction of a µs between two spans of the same batch", () => {
  fc.assert(fc.property(spans, fc.nat(199), (each, cut) => {
    const first = Math.max(1, Math.min(cut, each.steps - 1));
    const whole = spanOf(each), inTwo = spanOf(each);
    const clock = new TokenClock(each.acceptedPpm);
    inTwo.goOn(first);
    const firstPs = each.firstPs +
      each.slopePs * (clock.at(each.from + first) - clock.at(each.from));
    inTwo.begin(inTwo.endUs(0), each.from + first, firstPs, each.slopePs);
    assert.equal(inTwo.endUs(each.steps - first), whole.endUs(each.steps));
  }));
});

Deno.test("DecodeSpan.within() ends a span before its sum is no exact integer any more", () => {
  const span = new DecodeSpan(new TokenClock());
  span.rebase(0);
  // A step of 100 s: 45 of them are below 2^52 ps, 46 are not.
  span.begin(0, 0, 100e12, 0);
  assert.equal(span.within(1000), 45);
  assert.equal(span.within(7), 7);
});
