// A shared link by formula: 1 GB/s is 1000 bytes a µs; and what holds whatever starts and stops.
import assert from "node:assert/strict";
import { SharedLink, type Transfer } from "../../../src/serving/shared_link.ts";
import { Clock } from "../../../src/sim/clock.ts";
import fc from "../../fast_check.ts";

const LATENCY_US = 10;

function linkOf(clock: Clock, gigabytesPerSecond = 1): SharedLink {
  return new SharedLink(clock, { gigabytesPerSecond, latencyUs: LATENCY_US });
}

Deno.test("SharedLink.start() takes the latency and the bytes at full bandwidth when alone", () => {
  const clock = new Clock();
  const ends: number[] = [];
  linkOf(clock).start(5001, () => ends.push(clock.nowUs));
  clock.runUntil(100);
  // 10 µs, then 5.001 µs rounded up.
  assert.deepEqual(ends, [16]);
});

Deno.test("SharedLink shares the bandwidth equally among those that are there", () => {
  const clock = new Clock();
  const link = linkOf(clock);
  const ends: [string, number][] = [];
  link.start(100_000, () => ends.push(["long", clock.nowUs]));
  clock.at(40, () => void link.start(20_000, () => ends.push(["short", clock.nowUs])));
  clock.runUntil(60);
  assert.equal(link.sharing, 2);
  clock.runUntil(1000);
  // From 10: 40,000 alone until 50; then each has half: the short one's 20,000 take 40 µs, and
  // 40,000 of the long one are left at 90.
  assert.deepEqual(ends, [["short", 90], ["long", 130]]);
});

Deno.test("SharedLink.cancel() gives a transfer's share to the others, before its first byte too", () => {
  const clock = new Clock();
  const link = linkOf(clock);
  const ends: number[] = [];
  link.start(50_000, () => ends.push(clock.nowUs));
  const other = link.start(50_000, () => assert.fail("it was cancelled"));
  clock.at(30, () => assert.equal(link.cancel(other), true));
  clock.at(31, () => {
    const late = link.start(1, () => assert.fail("it was cancelled"));
    assert.equal(link.cancel(late), true);
    assert.equal(link.cancel(late), false);
    assert.equal(link.cancel(other), false);
  });
  clock.runUntil(1000);
  // 10,000 by 30 with half the bandwidth, the other 40,000 alone.
  assert.deepEqual(ends, [70]);
});

Deno.test("SharedLink takes n times as long for n equal transfers as for one", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 10 ** 9 }),
    fc.constantFrom(25, 32, 50, 64, 100),
    (count, bytes, gigabytesPerSecond) => {
      const clock = new Clock();
      const link = linkOf(clock, gigabytesPerSecond);
      const ends: number[] = [];
      for (let i = 0; i < count; i++) link.start(bytes, () => ends.push(clock.nowUs));
      clock.runUntil(10 ** 12);
      const us = LATENCY_US + Math.ceil(count * bytes / (gigabytesPerSecond * 1000));
      assert.deepEqual(ends, Array.from({ length: count }, () => us));
    },
  ));
});

Deno.test("SharedLink conserves bytes, whatever starts and is cancelled", () => {
  const jobs = fc.array(
    fc.record({
      atUs: fc.nat(5000),
      bytes: fc.integer({ min: 1, max: 2_000_000 }),
      cancelUs: fc.option(fc.nat(10_000), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(fc.property(jobs, (jobs) => {
    const clock = new Clock();
    const link = linkOf(clock);
    const ends = new Map<number, number>();
    for (const [index, { atUs, bytes, cancelUs }] of jobs.entries()) {
      clock.at(atUs, () => {
        const transfer: Transfer = link.start(bytes, () => {
          assert.ok(!ends.has(index));
          ends.set(index, clock.nowUs);
        });
        if (cancelUs === undefined) return;
        clock.after(cancelUs, () => assert.equal(link.cancel(transfer), !ends.has(index)));
      });
    }
    clock.runUntil(10 ** 9);
    assert.equal(link.sharing, 0);
    const done = jobs.map((job, index) => ({ ...job, endUs: ends.get(index) }));
    for (const { atUs, bytes, cancelUs, endUs } of done) {
      assert.ok(endUs !== undefined || cancelUs !== undefined, "a transfer never ended");
      // Never faster than alone.
      if (endUs !== undefined) assert.ok(endUs >= atUs + LATENCY_US + Math.ceil(bytes / 1000));
    }
    // In no stretch of time does the link carry more than it can, and it never idles with work left.
    const first = Math.min(...jobs.map(({ atUs }) => atUs)) + LATENCY_US;
    const whole = done.filter(({ endUs }) => endUs !== undefined);
    const bytes = whole.reduce((sum, job) => sum + job.bytes, 0);
    const last = Math.max(first, ...whole.map(({ endUs }) => endUs!));
    assert.ok(bytes <= (last - first) * 1000);
    const begun = Math.max(...jobs.map(({ atUs }) => atUs)) + LATENCY_US;
    const all = jobs.reduce((sum, job) => sum + job.bytes, 0);
    assert.ok(last <= begun + Math.ceil(all / 1000) + jobs.length);
  }));
});

Deno.test("SharedLink gives a transfer no more than its own most, and that to many until all is used", () => {
  const clock = new Clock();
  const link = new SharedLink(clock, {
    gigabytesPerSecond: 2,
    latencyUs: 0,
    eachGigabytesPerSecond: 1,
  });
  const over: [string, number][] = [];
  const start = (name: string, bytes: number) =>
    link.start(bytes, () => over.push([name, clock.nowUs]));
  start("a", 10_000);
  start("b", 10_000);
  clock.runUntil(5);
  // From here on four share what two could not use up.
  start("c", 5_000);
  start("d", 5_000);
  clock.runUntil(100);
  assert.deepEqual(over, [["a", 15], ["b", 15], ["c", 15], ["d", 15]]);
});

Deno.test("SharedLink.throttle() slows those that are under way, until it is taken back", () => {
  const clock = new Clock();
  const link = linkOf(clock);
  const ends: number[] = [];
  for (const bytes of [40_000, 60_000]) link.start(bytes, () => ends.push(clock.nowUs));
  clock.at(30, () => {
    const restore = link.throttle({ gigabytesPerSecond: 0.1 });
    const other = link.throttle({ eachGigabytesPerSecond: 0.2 });
    clock.at(130, other);
    clock.at(230, restore);
  });
  clock.runUntil(1000);
  // 10,000 each by 30, 50 bytes a µs each until 230; 20,000 are left of the first: 40 µs; then 20,000 alone.
  assert.deepEqual(ends, [270, 290]);
});

Deno.test("SharedLink.throttle() to 0 stops all that is under way and all that begins", () => {
  const clock = new Clock();
  for (const stop of [{ gigabytesPerSecond: 0 }, { eachGigabytesPerSecond: 0 }]) {
    const link = linkOf(clock);
    const beganUs = clock.nowUs;
    const ends: number[] = [];
    link.start(50_000, () => ends.push(clock.nowUs - beganUs));
    clock.after(30, () => clock.after(500, link.throttle(stop)));
    clock.after(100, () => void link.start(1_000, () => ends.push(clock.nowUs - beganUs)));
    clock.runUntil(beganUs + 10_000);
    // 20,000 by 30; from 530 on both: 2 µs for the short one, then the rest of the other.
    assert.deepEqual(ends, [532, 561]);
  }
});
