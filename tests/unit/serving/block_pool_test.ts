// Runs of blocks by examples: what is taken first, and what can still be found.
import assert from "node:assert/strict";
import { BlockPool } from "../../../src/serving/block_pool.ts";

/** A pool of 10 in which these runs were used and given back, in this order. */
function poolWith(runs: readonly { key: number; size: number }[]): BlockPool {
  const pool = new BlockPool(10);
  const used = runs.map(({ key, size }) => {
    pool.take(size);
    return pool.open(key, size);
  });
  for (const run of used) pool.release(run);
  return pool;
}

Deno.test("BlockPool.take() takes blocks that hold nothing before those that were freed first", () => {
  const pool = poolWith([{ key: 1, size: 3 }, { key: 2, size: 3 }]);
  assert.equal(pool.free, 10);
  pool.take(4);
  assert.deepEqual([1, 2].map((key) => pool.size(pool.find(key))), [3, 3]);
  pool.take(2);
  assert.deepEqual([1, 2].map((key) => pool.size(pool.find(key))), [1, 3]);
  pool.take(1);
  assert.equal(pool.find(1), -1);
  assert.deepEqual([pool.size(pool.find(2)), pool.free], [3, 3]);
});

Deno.test("BlockPool.hold() keeps a run from being taken, and release() makes it the last", () => {
  const pool = poolWith([{ key: 1, size: 5 }, { key: 2, size: 5 }]);
  const run = pool.find(1);
  pool.hold(run);
  pool.hold(run);
  assert.equal(pool.free, 5);
  pool.release(run);
  assert.equal(pool.free, 5);
  pool.release(run);
  assert.equal(pool.free, 10);
  pool.take(5);
  assert.deepEqual([pool.find(2), pool.size(pool.find(1))], [-1, 5]);
});

Deno.test("BlockPool.park() gives a run that only its owner can take back, and says when it is lost", () => {
  const lost: number[] = [];
  const pool = new BlockPool(6, (run) => lost.push(run));
  pool.take(6);
  const first = pool.park(2), second = pool.park(3);
  pool.discard(1);
  pool.take(1);
  assert.deepEqual([pool.size(first), pool.free, lost], [1, 5, []]);
  pool.unpark(first);
  assert.equal(pool.free, 4);
  pool.take(3);
  assert.deepEqual([lost, pool.free], [[second], 1]);
});

/** Sizes of the runs of a key. */
function sizes(pool: BlockPool, key: number): number[] {
  const all: number[] = [];
  for (let run = pool.find(key); run >= 0; run = pool.following(run)) all.push(pool.size(run));
  return all;
}

Deno.test("BlockPool.fill() adds to what its holder alone has, and follows on what others have too", () => {
  const pool = new BlockPool(10);
  pool.take(7);
  pool.fill(1, 0, 2);
  pool.fill(1, 2, 1);
  assert.deepEqual(sizes(pool, 1), [3]);
  pool.holdFirst(pool.find(1), 2);
  assert.deepEqual(sizes(pool, 1), [2, 1]);
  pool.fill(1, 3, 1);
  assert.deepEqual(sizes(pool, 1), [2, 2]);
  // Who holds two fills the third as well: it is there, and the copy is free.
  pool.fill(1, 2, 1);
  assert.deepEqual([sizes(pool, 1), pool.free], [[2, 1, 1], 4]);
  // And the fourth, and one beyond it.
  pool.fill(1, 3, 2);
  assert.deepEqual([sizes(pool, 1), pool.blocksOf(1), pool.free], [[2, 1, 1, 1], 5, 5]);
});

Deno.test("BlockPool.releaseFirst() frees what nobody else holds, to be taken from its end", () => {
  const pool = new BlockPool(6);
  pool.take(6);
  pool.fill(1, 0, 4);
  pool.discard(2);
  pool.holdFirst(pool.find(1), 1);
  pool.releaseFirst(1, 4);
  assert.deepEqual([sizes(pool, 1), pool.free], [[1, 3], 5]);
  pool.releaseFirst(1, 1);
  assert.deepEqual([pool.free, pool.inUse(pool.find(1))], [6, false]);
  // Two that hold nothing, then the last of the key; half of a free run can be held.
  pool.take(3);
  assert.deepEqual(sizes(pool, 1), [1, 2]);
  pool.holdFirst(pool.find(1), 1);
  pool.holdFirst(pool.following(pool.find(1)), 1);
  assert.deepEqual([sizes(pool, 1), pool.free], [[1, 1, 1], 1]);
  pool.take(1);
  assert.deepEqual([sizes(pool, 1), pool.free], [[1, 1], 0]);
});
