// One second of requests: what goes in comes out once, and only once.
import assert from "node:assert/strict";
import { bucketOf } from "../../../src/metrics/histogram.ts";
import { emptyCounts } from "../../../src/metrics/request_counts.ts";
import { WindowAccumulator } from "../../../src/metrics/window.ts";
import fc from "../../fast_check.ts";
import { observation, tell } from "./observations.ts";

Deno.test("WindowAccumulator.take() gives nothing when nothing happened", () => {
  assert.equal(new WindowAccumulator().take(), undefined);
  assert.equal(new WindowAccumulator({ ttftUs: 1 }).take(), undefined);
});

Deno.test("WindowAccumulator.take() gives the second's data and begins anew", () => {
  const window = new WindowAccumulator();
  window.arrived();
  window.arrived();
  window.rejected();
  window.queued(0);
  window.firstToken(1500, 40);
  window.tokens(20, 3);
  window.tokens(20, 2);
  window.completed(1500, 25, 1600);
  window.failed();
  assert.deepEqual(window.take(), {
    requests: { arrived: 2, completed: 1, failed: 1, rejected: 1, good: 0 },
    promptTokens: 40,
    outputTokens: 6,
    latencyUs: {
      ttft: { sum: 1500, buckets: [bucketOf(1500), 1] },
      itl: { sum: 100, buckets: [20, 5] },
      tpot: { sum: 25, buckets: [25, 1] },
      e2e: { sum: 1600, buckets: [bucketOf(1600), 1] },
      queue: { sum: 0, buckets: [0, 1] },
    },
  });
  assert.equal(window.take(), undefined);
});

Deno.test("WindowAccumulator.take() has the samples of steps() and the sum of stepped()", () => {
  const window = new WindowAccumulator();
  window.steps(20, 3);
  window.stepped(62, 3);
  assert.deepEqual(window.take(), {
    requests: emptyCounts(),
    promptTokens: 0,
    outputTokens: 3,
    latencyUs: { itl: { sum: 62, buckets: [20, 3] } },
  });
  // A span of steps may be told in another second than its samples.
  window.stepped(40, 2);
  assert.deepEqual(window.take()?.latencyUs, { itl: { sum: 40, buckets: [] } });
});

Deno.test("WindowAccumulator.take() has prefix lookups where there were some", () => {
  const window = new WindowAccumulator();
  window.prefix(100, 0);
  window.prefix(60, 48);
  const taken = window.take();
  assert.equal(taken?.prefixQueries, 160);
  assert.equal(taken?.prefixHits, 48);
  window.arrived();
  assert.ok(!("prefixQueries" in window.take()!));
});

Deno.test("WindowAccumulator.take() leaves out the histograms that had no sample", () => {
  const window = new WindowAccumulator();
  window.completed(10, undefined, 30);
  assert.deepEqual(window.take()?.latencyUs, { e2e: { sum: 30, buckets: [30, 1] } });
  window.rejected();
  assert.deepEqual(window.take(), {
    requests: { ...emptyCounts(), rejected: 1 },
    promptTokens: 0,
    outputTokens: 0,
    latencyUs: {},
  });
});

Deno.test("WindowAccumulator.take() gives data that later requests leave alone", () => {
  fc.assert(fc.property(
    fc.array(observation, { minLength: 1 }),
    fc.array(observation),
    (first, second) => {
      const window = new WindowAccumulator({ e2eUs: 1000 });
      for (const seen of first) tell(window, seen);
      const taken = window.take();
      const before = JSON.stringify(taken);
      for (const seen of second) tell(window, seen);
      window.take();
      assert.equal(JSON.stringify(taken), before);
      // A log holds it as JSON.
      assert.deepEqual(JSON.parse(before), taken);
    },
  ));
});

Deno.test("WindowAccumulator counts as good what stays at or below every objective", () => {
  const good = (ttftUs: number, tpotUs: number | undefined, e2eUs: number) => {
    const window = new WindowAccumulator({ ttftUs: 500, itlUs: 30, e2eUs: 9000 });
    window.completed(ttftUs, tpotUs, e2eUs);
    const { completed, good } = window.take()!.requests;
    assert.equal(completed, 1);
    return good;
  };
  assert.equal(good(500, 30, 9000), 1);
  assert.equal(good(501, 30, 9000), 0);
  assert.equal(good(500, 31, 9000), 0);
  assert.equal(good(500, 30, 9001), 0);
  // An answer of one token has no gaps to be slow.
  assert.equal(good(500, undefined, 9000), 1);
});

Deno.test("WindowAccumulator holds a request against its own objectives where it has some", () => {
  const accumulator = new WindowAccumulator({ e2eUs: 100 });
  accumulator.completed(10, 1, 101, 0, { e2eUs: 101 });
  accumulator.completed(10, 1, 100, 0, { e2eUs: 99 });
  accumulator.completed(10, 1, 100);
  assert.equal(accumulator.take()!.requests.good, 2);
});

Deno.test("WindowAccumulator counts what came before an attempt to goodput, and to no latency", () => {
  const slo = { ttftUs: 50, e2eUs: 100 };
  const good = (triedUs: number) => {
    const accumulator = new WindowAccumulator(slo);
    accumulator.completed(40, 1, 80, triedUs);
    const { requests, latencyUs } = accumulator.take()!;
    assert.equal(latencyUs.e2e!.sum, 80);
    return requests.good;
  };
  assert.deepEqual([0, 10, 11, 21].map(good), [1, 1, 0, 0]);
});

Deno.test("WindowAccumulator.take() tells of retried attempts where there are some", () => {
  const accumulator = new WindowAccumulator();
  accumulator.failed();
  assert.ok(!("retried" in accumulator.take()!.requests));
  accumulator.failed();
  accumulator.retried();
  assert.deepEqual(accumulator.take()!.requests, { ...emptyCounts(), failed: 1, retried: 1 });
  accumulator.failed();
  assert.ok(!("retried" in accumulator.take()!.requests));
});

Deno.test("WindowAccumulator counts nothing as good when there is no objective", () => {
  const window = new WindowAccumulator();
  window.completed(1, 1, 1);
  assert.equal(window.take()?.requests.good, 0);
});

Deno.test("WindowAccumulator.idle is so when all that arrived has ended and was told", () => {
  const window = new WindowAccumulator();
  assert.equal(window.idle, true);
  window.arrived();
  window.take();
  assert.equal(window.idle, false, "its request has not ended");
  window.failed();
  assert.equal(window.idle, false, "its end was not told");
  window.take();
  assert.equal(window.idle, true);
});
