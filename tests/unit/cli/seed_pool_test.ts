// The pool of seeds: the same results as one after the other, in order, and an end at any time.
import assert from "node:assert/strict";
import { CliError } from "../../../src/cli/exit.ts";
import { inOrder, openSeedPool, PoolStopped, type SeedResult } from "../../../src/cli/seed_pool.ts";
import { PoolWorker } from "../../../src/cli/seed_pool_worker.ts";
import { planned, smallScenario } from "../scenario/small_run.ts";

const never = new AbortController().signal;
const small = smallScenario({ duration: "1m", expect: [], slo: { chat: { ttft: { p95: "2s" } } } });
const other = smallScenario({ name: "other", duration: "2m" });
const long = smallScenario({ duration: "1000h" });

/** Without wall time, the one figure that may differ. */
function figures({ wallMs: _, ...rest }: SeedResult) {
  return rest;
}

async function resultsOf(size: number, datas: readonly unknown[], seeds: number) {
  using pool = openSeedPool({ jobs: size, stop: never, gpuPrices: { "H100-SXM": 3 } });
  assert.equal(pool.size, size);
  const jobs = Array.from({ length: seeds }, (_, index) => index + 1)
    .flatMap((seed) => datas.map((data) => ({ data, seed })));
  const results: [string, ReturnType<typeof figures>][] = [];
  for await (const [job, result] of inOrder(pool, jobs)) {
    results.push([(job.data as { name: string }).name, figures(result)]);
  }
  return results;
}

// `deno test` checks the types of what a worker loads, and remembers that: one does it for all.
Deno.test.beforeAll(async () => {
  const worker = new PoolWorker({});
  await worker.run({ data: small, seed: 1 }, {});
  worker.end();
});

Deno.test("SeedPool gives what one thread gives, in the order of the jobs, when it has workers", async () => {
  const alone = await resultsOf(1, [other, small], 5);
  const together = await resultsOf(3, [other, small], 5);
  assert.deepEqual(together, alone);
  assert.deepEqual(alone.map(([name, { seed }]) => `${name} ${seed}`).slice(0, 4), [
    "other 1",
    "small 1",
    "other 2",
    "small 2",
  ]);
  assert.equal(new Set(alone.map(([, { hash }]) => hash)).size, 10);
  assert.ok(alone[1]![1].summary.services["chat"]!.costUsd! > 0);
});

for (const size of [1, 2]) {
  Deno.test(`SeedPool.run() tells the lines of the log when somebody listens, with ${size} at a time`, async () => {
    using pool = openSeedPool({ jobs: size, stop: never });
    const lines: string[] = [];
    let at = -1;
    const result = await pool.run({ data: small, seed: 3 }, {
      lines: (more) => void lines.push(...more),
      progress: (us) => {
        assert.ok(us >= at);
        at = us;
      },
    });
    assert.equal(lines.length, result.events);
    assert.match(lines.at(-1)!, /"run.ended"/);
    assert.equal(at, 60_000_000);
    const again = await pool.run({ data: small, seed: 3 });
    assert.equal(again.hash, result.hash);
  });

  Deno.test(`SeedPool rejects all that was not done with 105 when it is stopped, with ${size} at a time`, async () => {
    const stop = new AbortController();
    using pool = openSeedPool({ jobs: size, stop: stop.signal });
    const running = [1, 2, 3, 4, 5].map((seed) =>
      pool.run({ data: long, seed }, { progress: (us) => void (us > 0 && stop.abort()) })
    );
    const settled = await Promise.allSettled(running);
    for (const each of settled) {
      assert.ok(each.status === "rejected" && each.reason instanceof CliError);
      assert.equal(each.reason.exitCode, 105);
    }
    await assert.rejects(pool.run({ data: small, seed: 1 }), { exitCode: 105 });
  });

  Deno.test(`SeedPool.run() simulates the plan that came with the data, with ${size} at a time`, async () => {
    using pool = openSeedPool({ jobs: size, stop: never });
    // Another one than that of the data, to tell them apart.
    const job = { data: small, planned: planned(other), seed: 1 };
    assert.equal((await pool.run(job)).virtualUs, 120_000_000);
    assert.equal((await pool.run({ ...job, seed: 2 })).virtualUs, 120_000_000);
  });

  Deno.test(`SeedPool.run() rejects with what the engine threw, and goes on, with ${size} at a time`, async () => {
    using pool = openSeedPool({ jobs: size, stop: never });
    const broken = { ...small, duration: "never" };
    await assert.rejects(pool.run({ data: broken, seed: 1 }), (error: Error) => {
      assert.match(error.stack ?? "", /Cannot plan a job's scenario: duration: /);
      return !(error instanceof CliError);
    });
    assert.equal((await pool.run({ data: small, seed: 2 })).seed, 2);
  });
}

Deno.test("SeedPool ends its workers when it is disposed of, whatever they are at", async () => {
  let running: Promise<unknown>;
  {
    using pool = openSeedPool({ jobs: 2, stop: never });
    running = pool.run({ data: long, seed: 1 });
    // Nobody can wait for a worker that has not begun: the first sign of life is the begin.
    await new Promise((begun) =>
      pool.run({ data: long, seed: 2 }, { progress: begun }).catch(begun)
    );
  }
  await assert.rejects(running, { exitCode: 105 });
});

Deno.test("PoolWorker.run() rejects with 105 and its seed when the worker ends under it", async () => {
  const worker = new PoolWorker({});
  const running = worker.run({ data: long, seed: 7 }, {});
  worker.end();
  await assert.rejects(running, {
    exitCode: 105,
    message: "Interrupted: the worker that simulated seed 7 ended: it was stopped",
  });
});

Deno.test("inOrder() takes no more jobs than keep the pool busy when its reader stops", async () => {
  using pool = openSeedPool({ jobs: 2, stop: never });
  let taken = 0;
  function* jobs() {
    for (let seed = 1; seed <= 1000; seed++) {
      taken++;
      yield { data: small, seed };
    }
  }
  for await (const [{ seed }] of inOrder(pool, jobs())) if (seed === 2) break;
  assert.ok(taken <= 2 * pool.size + 2, `${taken} jobs were taken`);
});

Deno.test("SeedPool of one thread can be stopped between runs that are too short to breathe", async () => {
  const stop = new AbortController();
  using pool = openSeedPool({ jobs: 1, stop: stop.signal });
  const jobs = Array.from({ length: 1000 }, (_, index) => ({ data: small, seed: index + 1 }));
  setTimeout(() => stop.abort());
  await assert.rejects(Array.fromAsync(inOrder(pool, jobs)), PoolStopped);
});
